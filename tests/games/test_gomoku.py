from __future__ import annotations

from types import ModuleType

import pytest
import torch

from deepen.errors import SettingError
from deepen.games import Gomoku


def test_six_in_a_row_win_too() -> None:
    rules = Gomoku(9)
    boards = rules.begin(1)
    for word in ["A1", "A9", "B1", "B9", "C1", "C9", "E1", "E9", "F1", "F9", "D1"]:
        assert boards.over.tolist() == [False]
        boards = rules.play(boards, torch.tensor([rules.move(word)]))
    assert (boards.over.tolist(), boards.winner.tolist()) == ([True], [1])


def test_sizes() -> None:
    assert (Gomoku().name, Gomoku(15).shape.h, Gomoku(9).longest) == ("gomoku", 15, 81)
    for size in (4, 20):
        with pytest.raises(SettingError, match=rf"sizes 5 to 19; came: {size}"):
            Gomoku(size)


def test_rules_are_openspiels(against: ModuleType) -> None:
    seen = against.compare("gomoku:9", games=50)
    assert seen.disagreements == 0, seen.first
    assert (seen.games, seen.moves > 1500) == (50, True)
