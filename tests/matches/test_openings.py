import pytest
import torch

from deepen.errors import SettingError
from deepen.games import Go
from deepen.games.registry import game
from deepen.matches.openings import beginnings, openings


def test_openings_end_no_game_and_do_not_pass(rules):
    for made in openings(rules, 50, 6, seed=0):
        boards = rules.begin(1)
        for move in made:
            assert bool(rules.legal(boards)[0, move])
            boards = rules.play(boards, torch.tensor([move]))
        assert not bool(boards.over)
    assert openings(rules, 3, 0, seed=0) == [[], [], []]
    go = Go(3)
    assert go.places not in {m for made in openings(go, 100, 2, seed=0) for m in made}
    full = Go(2)  # the second move of chance may leave nothing but the pass; two of them would end the game
    assert all(len(made) == 6 for made in openings(full, 5, 6, seed=0))
    with pytest.raises(SettingError, match="hardly any game lasts so long"):
        openings(rules, 40, 9, seed=0)


def test_openings_repeat_and_differ(rules):
    made = openings(rules, 50, 6, 0)
    assert made == openings(rules, 50, 6, 0) != openings(rules, 50, 6, 1)
    assert len({tuple(moves) for moves in made}) > 20


@pytest.mark.parametrize("name", ["connect4", "tictactoe", "go:5"])
def test_beginnings_are_of_all_lengths_alike_and_end_no_game(name):
    game_rules = game(name)
    boards = beginnings(game_rules, 3000, 5, torch.Generator().manual_seed(0))
    assert not bool(boards.over.any())
    counts = torch.bincount(boards.moves, minlength=6)
    assert len(counts) == 6 and int(counts.sum()) == 3000
    assert counts[1:5].min() > 430 and counts[1:5].max() < 570  # 500 each; five deviations are 100
    assert torch.equal(
        boards.stones.ne(0).flatten(1).sum(1).int() >= boards.moves - 2, torch.ones(3000).bool()
    )
    one = boards.moves == 1
    shares = torch.bincount(boards.last[one], minlength=game_rules.actions).float() / one.sum()
    places = game_rules.actions - name.startswith("go")  # no pass
    assert (shares[:places] - 1 / places).abs().max() < 0.09 and not shares[places:].any()
    again = beginnings(game_rules, 3000, 5, torch.Generator().manual_seed(0))
    assert torch.equal(boards.stones, again.stones)
    assert not beginnings(game_rules, 3, 0, torch.Generator()).moves.any()
