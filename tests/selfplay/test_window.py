"""The window: which positions count, what is drawn, and the board's symmetries."""

from __future__ import annotations

import pytest
import torch

from deepen.games.connect4 import Connect4
from deepen.games.go import Go
from deepen.games.tictactoe import TicTacToe
from deepen.selfplay.window import Positions, Window, window_size

RULES = TicTacToe()


def numbered(first: int, n: int) -> Positions:
    """Positions that carry their number as outcome."""
    number = torch.arange(first, first + n).float()
    return Positions(torch.zeros(n, 4, 3, 3), torch.zeros(n, 9), number / 1024)


def test_the_size_grows_as_the_papers() -> None:
    """c (1 + b ((N / c)^a - 1) / a): with N of 16 c and a of 3/4 the power is 8."""
    assert window_size(16_000, 1000) == int(1000 * (1 + 0.4 * 7 / 0.75))
    sizes = [window_size(n, 1000) for n in range(1, 50_000, 7)]
    assert sizes == sorted(sizes)
    assert all(size <= n for size, n in zip(sizes, range(1, 50_000, 7), strict=True))


def test_only_the_latest_are_drawn_each_as_often() -> None:
    window = Window(RULES, least=8, most=64)
    for first in range(0, 60, 6):
        window.add(numbered(first, 6))
    n = len(window)
    assert n == window_size(60, 8)
    drawn = window.draw(40_000, torch.Generator().manual_seed(0)).outcome * 1024
    counts = torch.bincount(drawn.long(), minlength=60)
    assert (counts[: 60 - n] == 0).all()
    expected = 40_000 / n
    assert ((counts[60 - n :] - expected).abs() < 5 * expected**0.5).all()


def test_the_ring_goes_over_the_oldest() -> None:
    window = Window(RULES, least=10, most=10)
    window.add(numbered(0, 7))
    window.add(numbered(7, 7))
    assert window.total == 14 and len(window) == 10
    assert window.state_dict()["outcome"].mul(1024).tolist() == list(range(4, 14))
    window.add(numbered(14, 25))  # more at once than there is room for
    assert window.state_dict()["outcome"].mul(1024).tolist() == list(range(29, 39))


@pytest.mark.parametrize("rules", [TicTacToe(), Connect4()])
def test_symmetries_turn_position_and_policy_together(rules: TicTacToe | Connect4) -> None:
    """The policy says where the one stone lies; so it must after any turn, and all turns come up."""
    window = Window(rules, least=100, most=100)
    move = rules.actions // 2 + 1
    boards = rules.play(rules.begin(1), torch.tensor([move]))
    policy = torch.zeros(1, rules.actions)
    policy[0, move] = 1
    window.add(Positions(rules.planes(boards), policy, torch.zeros(1)))
    drawn = window.draw(64, torch.Generator().manual_seed(0))
    stone = drawn.planes[:, 1]  # the other's, as the turn has passed
    if rules.actions == stone[0].numel():
        assert torch.equal(stone.flatten(1), drawn.policy)
    else:
        assert torch.equal(stone.sum(1), drawn.policy)
    assert len(drawn.policy.unique(dim=0)) == (4 if rules.name == "tictactoe" else 2)


def test_resumed_equals_uninterrupted() -> None:
    window = Window(RULES, least=8, most=30)
    for first in range(0, 40, 8):
        window.add(numbered(first, 8))
    again = Window(RULES, least=8, most=30)
    again.load_state_dict(window.state_dict())
    for w in (window, again):
        w.add(numbered(40, 3))
    assert again.total == window.total and len(again) == len(window)
    a, b = (w.draw(100, torch.Generator().manual_seed(1)) for w in (window, again))
    assert torch.equal(a.outcome, b.outcome)


def test_the_owners_of_places_turn_with_the_board() -> None:
    rules = Go(5)
    window = Window(rules, least=100, most=100)
    boards = rules.play(rules.begin(1), torch.tensor([7]))
    planes = rules.planes(boards)
    owners = planes[:, 3:6].sum(1).to(torch.int8)  # where the other's stone lies
    window.add(Positions(planes, torch.zeros(1, 26), torch.zeros(1), owners))
    drawn = window.draw(64, torch.Generator().manual_seed(0))
    assert drawn.owners is not None
    assert torch.equal(drawn.owners, drawn.planes[:, 3:6].sum(1).to(torch.int8))
    assert (
        len(drawn.owners.unique(dim=0)) == 4
    )  # of eight turns of a place on a diagonal, or beside the middle
