from __future__ import annotations

from types import ModuleType

import pytest
import torch

from deepen.errors import SettingError
from deepen.games import Boards, Connect4


def after(columns: str) -> tuple[Connect4, Boards]:
    rules = Connect4()
    boards = rules.begin(1)
    for word in columns:
        boards = rules.play(boards, torch.tensor([rules.move(word)]))
    return rules, boards


def test_the_number_of_positions_by_plies() -> None:
    """The number of different positions after so many plies: Tromp's counts (OEIS A212693)."""
    rules = Connect4()
    boards, counts = rules.begin(1), []
    for _ in range(6):
        row, move = rules.legal(boards).nonzero(as_tuple=True)
        boards = rules.play(boards[row], move)
        _, first = boards.stones.flatten(1).unique(dim=0, return_inverse=True)
        keep = torch.full((int(first.max()) + 1,), 0).scatter(0, first, torch.arange(len(first)))
        boards = boards[keep]
        counts.append(len(boards))
    assert counts == [7, 49, 238, 1120, 4263, 16422]


@pytest.mark.parametrize(
    ("columns", "winner"),
    [
        ("121212", 0),
        ("1213141", 1),
        ("12325272", -1),
        ("1122334", 1),
        ("12237334444", 1),
        ("76651554444", 1),
        ("123", 0),
    ],
)
def test_who_won(columns: str, winner: int) -> None:
    _, boards = after(columns)
    assert (boards.winner.tolist(), boards.over.tolist()) == ([winner], [winner != 0])


def test_a_full_column_is_closed_and_a_full_board_is_a_draw() -> None:
    rules, boards = after("111111")
    assert rules.legal(boards)[0].tolist() == [False] + [True] * 6
    _, boards = after("121212212121343434434343565656656565777777")
    assert (boards.over.tolist(), boards.winner.tolist(), boards.moves.tolist()) == ([True], [0], [42])
    assert torch.equal(rules.play(boards, torch.tensor([0])).stones, boards.stones)


def test_the_last_stone_is_marked_in_its_place() -> None:
    rules, boards = after("44")
    assert rules.text(boards).splitlines()[4:] == [
        " ·  ·  · (○) ·  ·  ·",
        " ·  ·  ·  ●  ·  ·  ·",
        " 1  2  3  4  5  6  7",
    ]
    planes = rules.planes(boards)
    assert planes[0, 2].nonzero().tolist() == [[4, 3]]
    assert planes[0, 0].nonzero().tolist() == [[5, 3]]
    _, first = after("4")
    assert rules.planes(first)[0, 3].unique().tolist() == [0.0]
    assert rules.planes(rules.begin(1))[0, 2].sum() == 0


def test_no_such_column() -> None:
    for word in ("0", "8", "D", "", "²"):
        with pytest.raises(SettingError, match=r"no such column; allowed: 1 to 7"):
            Connect4().move(word)


def test_rules_are_openspiels(against: ModuleType) -> None:
    seen = against.compare("connect4", games=50)
    assert seen.disagreements == 0, seen.first
    assert (seen.games, seen.moves > 600) == (50, True)
