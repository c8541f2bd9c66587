from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from deepen.games import Go
from deepen.games.area import area, owners


def test_dame_are_nobodys(drawn: Callable[..., Any]) -> None:
    _, boards = drawn(
        ".X.O.",
        ".X.O.",
        "XX.OO",
        "..XXO",
        "..XO.",
    )
    assert owners(boards.stones)[0].tolist() == [
        [1, 1, 0, -1, -1],
        [1, 1, 0, -1, -1],
        [1, 1, 0, -1, -1],
        [1, 1, 1, 1, -1],
        [1, 1, 1, -1, -1],
    ]
    assert area(boards.stones).tolist() == [13 - 9]


def test_no_stone_is_taken_for_dead(drawn: Callable[..., Any]) -> None:
    _, boards = drawn("O....", ".....", ".....", ".XXX.", ".....")
    assert area(boards.stones).tolist() == [3 - 1]  # both colours reach all the rest


def test_an_empty_board_and_one_stone() -> None:
    rules = Go(9, komi=7)
    boards = rules.begin(2)
    assert area(boards.stones).tolist() == [0, 0]
    boards = rules.play(boards, torch.tensor([40, 81]))
    assert area(boards.stones).tolist() == [81, 0]
    assert rules.score(boards).tolist() == [74.0, -7.0]


def test_a_long_way_round_is_filled(drawn: Callable[..., Any]) -> None:
    _, boards = drawn("X........", *["OOOOOOOO.", ".........", ".OOOOOOOO", "........."] * 2)
    # the only black stone reaches every free place, and so do the white ones
    assert area(boards.stones).tolist() == [1 - 32]
    assert int((owners(boards.stones) == 0).sum()) == 81 - 33


def test_the_area_changes_sign_with_the_colours(wander: Callable[..., Any]) -> None:
    rules = Go(5)
    boards = wander(rules, rules.begin(50), 30)
    assert torch.equal(area(-boards.stones), -area(boards.stones))
    assert area(boards.stones).unique().numel() > 5
