import pytest
import torch

from deepen.errors import SettingError
from deepen.games import Connect4, Go, TicTacToe
from deepen.matches.rollouts import Rollouts, by_chance, play_out


def after(rules, *words, copies=1):
    boards = rules.begin(copies)
    for word in words:
        boards = rules.play(boards, torch.full((copies,), rules.move(word)))
    return boards


def test_chance_is_even_among_the_legal_moves():
    legal = torch.tensor([[False, True, True, False, True]]).repeat(6000, 1)
    counts = by_chance(legal, torch.Generator().manual_seed(0)).bincount(minlength=5)
    assert counts[[0, 3]].tolist() == [0, 0]
    # 2000 each are meant; the standard deviation is 37.
    assert (counts[[1, 2, 4]] - 2000).abs().max() < 150


def test_games_are_played_to_their_ends():
    rules = TicTacToe()
    winner = play_out(rules, rules.begin(4000), torch.Generator().manual_seed(0))
    share = [(winner == w).float().mean().item() for w in (1, 0, -1)]
    # By chance the first player wins 58.5 %, 12.7 % are drawn, and the second wins 28.8 % (known of the game).
    assert share == pytest.approx([0.585, 0.127, 0.288], abs=0.03)
    won = after(rules, "A3", "A1", "B3", "B1", "C3", copies=2)
    assert play_out(rules, won, torch.Generator()).tolist() == [1.0, 1.0]


def test_wins_are_found_and_losses_parried():
    rules = TicTacToe()
    player = Rollouts(rules, simulations=200, exploration=1.0)
    wins = after(rules, "A3", "A1", "B3", "B1")
    parries = after(rules, "B2", "A3", "C3")  # A1 would give the first player three in a row
    both = wins.cat([wins, parries])
    assert [rules.word(m) for m in player.choose(both).tolist()] == ["C3", "A1"]


def test_visits_and_worth_are_those_of_the_search():
    rules = Connect4()
    boards = after(rules, "1", "7", "1", "7", "1", "7", copies=3)  # a fourth at 1 wins
    visits, worth = Rollouts(rules, simulations=60).searched(boards)
    assert visits.sum(1).tolist() == [60.0] * 3
    assert (worth.abs() <= visits).all()
    assert torch.equal(worth[:, 0], visits[:, 0])  # a win is a win each time
    assert (visits.argmax(1) == 0).all()


def test_the_first_visits_are_one_for_each_move():
    rules = Connect4()
    visits, _ = Rollouts(rules, simulations=7).searched(rules.begin(5))
    assert torch.equal(visits, torch.ones(5, 7))


def test_boards_that_are_over_are_left_alone():
    rules = TicTacToe()
    over = after(rules, "A3", "A1", "B3", "B1", "C3")
    boards = over.cat([over, rules.begin(1)])
    visits, _ = Rollouts(rules, simulations=20).searched(boards)
    assert visits.sum(1).tolist() == [0.0, 20.0]
    assert Rollouts(rules, simulations=20).choose(boards).shape == (2,)


def test_the_same_seed_gives_the_same_moves():
    rules = TicTacToe()
    one, same, other = (Rollouts(rules, simulations=25, seed=s).choose(rules.begin(40)) for s in (1, 1, 2))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_go_is_played_too():
    rules = Go(3)
    assert bool(
        rules.legal(rules.begin(2))
        .gather(1, Rollouts(rules, simulations=5).choose(rules.begin(2))[:, None])
        .all()
    )


def test_settings_are_checked():
    with pytest.raises(SettingError, match="simulations"):
        Rollouts(TicTacToe(), simulations=0)
    with pytest.raises(SettingError, match="exploration"):
        Rollouts(TicTacToe(), exploration=-1)
