import pytest
import torch

from deepen.errors import SettingError
from deepen.games import Go
from deepen.matches.openings import openings


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
