from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from deepen.environments import own
from deepen.errors import SettingError, TrainingError
from deepen.shapes import Grid, Vector


class Corridor:
    """Nothing inherited, no space declared but the number of actions."""

    action_space = 2

    def __init__(self, length: int = 3, render_mode: str = "its own") -> None:
        self.length, self.render_mode = length, render_mode

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.at, self.seed = 0, seed
        return np.array([0.0, seed % 7 if seed is not None else 0]), {}

    def step(self, action: int) -> Any:
        self.at += 1 if action else -1
        return [self.at, 0], -1.0, self.at == self.length, False, {}

    def render(self) -> Any:
        return np.full((4, 5, 3), self.at) if self.render_mode == "rgb_array" else None


class Seedless:
    action_space = 2

    def reset(self) -> Any:
        return np.zeros((4, 4, 3), np.uint8), {}

    def step(self, action: int) -> Any:
        return np.ones((4, 4, 3), np.uint8), 0.0, False, False, {}


def test_a_class_that_inherits_nothing() -> None:
    made = own.make(Corridor, 2, name="corridor", length=2)
    assert (made.shape, made.actions, made.name, made.dtype) == (Vector(2), 2, "corridor", torch.float32)
    made.begin(0)
    assert made._games[0].seed != made._games[1].seed
    made.step(torch.tensor([1, 0]))
    moved = made.step(torch.tensor([1, 0]))
    assert moved.ended.tolist() == [True, False] and moved.last.tolist() == [[2, 0], [-2, 0]]
    assert moved.seen[0].tolist() == [0, 0]


def test_what_it_is_called_where_nobody_says() -> None:
    assert own.make(Corridor, 1).name == f"{__name__}:Corridor"


def test_a_function_and_a_reset_without_a_seed() -> None:
    made = own.make(lambda: Seedless(), 2, name="seedless")
    assert made.shape == Grid(3, 4, 4) and made.begin(3).sum() == 0
    assert made.step(torch.tensor([0, 0])).seen.sum() == 96


def test_pictures_only_where_they_were_asked_for() -> None:
    made = own.make(Corridor, 2, pictures=True)
    made.begin(0)
    made.step(torch.tensor([1, 1]))
    picture = made.picture()
    assert picture is not None and picture.shape == (4, 5, 3) and picture.dtype == np.uint8
    assert made._games[1].render_mode == "its own"
    assert own.make(Corridor, 1).picture() is None
    blind = own.make(Seedless, 1, pictures=True)
    blind.begin(0)
    assert blind.picture() is None
    blind.close()


def test_what_is_no_environment() -> None:
    with pytest.raises(SettingError, match=r"Corridor: is an environment already.*Give Corridor itself"):
        own.make(Corridor(), 2)
    with pytest.raises(SettingError, match=r"dict has no reset and no step and no action_space"):
        own.make(dict, 2)

    def fails() -> None:
        raise FileNotFoundError("level.txt")

    with pytest.raises(
        SettingError, match=r"fails: the environment could not be made; came: FileNotFoundError: level"
    ):
        own.make(fails, 1)

    class Empty(Seedless):
        def reset(self) -> Any:
            return None

    with pytest.raises(SettingError, match=r"cannot be read off reset\(\).*TypeError"):
        own.make(Empty, 1)


def test_one_that_changes_its_shape() -> None:
    class Growing(Corridor):
        def step(self, action: int) -> Any:
            return np.zeros(3), 0.0, False, False, {}

    made = own.make(Growing, 1, name="growing")
    made.begin(0)
    with pytest.raises(TrainingError, match=r"growing, step 1, copy 0, action 0: .*shape.*\(2,\).*\(3,\)"):
        made.step(torch.tensor([0]))


def test_found_by_module_and_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_own_games.py").write_text("class Rooms:\n    class Small:\n        pass\n")
    (tmp_path / "my_broken_games.py").write_text("1 / 0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p not in {"", str(tmp_path)}])
    before = list(sys.path)
    assert own.load("my_own_games:Rooms.Small").__name__ == "Small"
    assert own.load("my_own_games.py:Rooms").__name__ == "Rooms"
    assert sys.path == before
    with pytest.raises(SettingError, match="my_own_games: has no 'Room'. Did you mean 'Rooms'?"):
        own.load("my_own_games:Room")
    with pytest.raises(SettingError, match="my_broken_games: cannot be imported; came: ZeroDivisionError"):
        own.load("my_broken_games:Rooms")
    with pytest.raises(SettingError, match="no_such_games: cannot be imported; came: ModuleNotFoundError"):
        own.load("no_such_games:Rooms")
    assert sys.path == before
    for name in ("my_own_games", "my_broken_games"):
        sys.modules.pop(name, None)
