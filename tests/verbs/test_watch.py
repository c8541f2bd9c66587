from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from test_play import PLAYED, Corridor

import deepen
from deepen.errors import SettingError


def test_a_game_as_text_move_by_move(player) -> None:
    shown: list[str] = []
    end = deepen.watch(player, against="random", show=shown.append)
    assert end.split(" after ")[0] in ("X wins", "O wins", "a draw")
    assert len(shown) == int(end.split(" after ")[1].split()[0]) + 1
    assert "●" in shown[1]


def test_the_same_seed_shows_the_same_game_and_another_another(player) -> None:
    games = []
    for seed in (0, 0, 2, 4):
        shown: list[str] = []
        deepen.watch(player, seed=seed, show=shown.append)
        games.append(shown)
    assert games[0] == games[1]
    assert len({tuple(g) for g in games}) > 1


def test_a_game_as_a_film_with_a_frame_for_each_move(player, tmp_path: Path) -> None:
    end = deepen.watch(player, to=tmp_path / "game.gif")
    with Image.open(tmp_path / "game.gif") as film:
        assert film.n_frames == int(end.split(" after ")[1].split()[0]) + 1


def test_an_episode_as_text_and_what_cannot_be_shown(player, tmp_path: Path) -> None:
    walker = deepen.play(Corridor, **{**PLAYED, "steps": 300})
    assert deepen.watch(walker, longest=20).startswith("step ")
    with pytest.raises(SettingError, match="drawn"):
        deepen.watch(walker, to=tmp_path / "x.gif")
    with pytest.raises(SettingError, match="board games"):
        deepen.watch(walker, against="random")
    with pytest.raises(SettingError, match=r"\.mp4"):
        deepen.watch(player, to=tmp_path / "x.avi")
    with pytest.raises(SettingError, match="no player"):
        deepen.watch(object())
