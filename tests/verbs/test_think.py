from __future__ import annotations

from pathlib import Path

import pytest

import deepen
from deepen.errors import SettingError


def test_a_win_in_one_is_found_and_told(player, tmp_path: Path) -> None:
    found = deepen.think(player, "A3 A1 B3 B1", simulations=64, to=tmp_path / "tree.png")
    assert found["move"] == "C3"
    best = max(found["moves"], key=lambda told: told["visits"])
    assert best["move"] == "C3" and best["over"] and best["value"] == 1.0
    assert (tmp_path / "tree.png").stat().st_size > 3000
    assert deepen.think(player, ["A3", "A1", "B3", "B1"], simulations=64)["move"] == "C3"


@pytest.mark.parametrize(
    ("after", "options", "message"),
    [
        ("A3 A3", {}, "move 2: is illegal there"),
        ("A3 Z9", {}, "Z9"),
        ("A3 A1 B3 B1 C3", {}, "the game is over"),
        ("A3 A1 B3 B1 C3 C1", {}, "move 6: the game was over before"),
        ("", {"simulations": 0}, "at least one"),
    ],
)
def test_what_is_no_position_to_think_about(player, after, options, message) -> None:
    with pytest.raises(SettingError, match=message):
        deepen.think(player, after, **options)
