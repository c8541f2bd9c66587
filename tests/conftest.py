"""What every test shares: a cache of its own, and where real data sets lie."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from deepen import cli

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPEN_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def data_folder() -> Path:
    """The folder of real data sets; the test is skipped where there is none."""
    folder = Path(os.environ.get("DEEPEN_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"needs the real data sets in {folder}; name their folder by DEEPEN_DATA")
    return folder


@dataclass(frozen=True)
class Ran:
    """What came of a command: its exit code, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """The command as a user calls it, but in this process: a process of its own imports torch for seconds."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")

    def ran(*arguments: object, where: Path) -> Ran:
        with monkeypatch.context() as patch:
            patch.chdir(where)
            patch.setattr(cli, "STARTED", time.monotonic())
            patch.setattr(sys, "argv", ["deepen", *map(str, arguments)])
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                cli.main()
        return Ran(int(ended.value.code or 0), *capsys.readouterr())

    return ran


@pytest.fixture
def few_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each net want few passes: inside a clock it is soon done, and has room whatever else the machine does."""
    from deepen.learning.recipe import Recipe
    from deepen.training import learn

    known = learn.recipes_for

    def short(*args: Any, **kwargs: Any) -> tuple[Recipe, ...]:
        return tuple(
            Recipe.from_dict({**recipe.to_dict(), "most_epochs": 4.0}) for recipe in known(*args, **kwargs)
        )

    monkeypatch.setattr(learn, "recipes_for", short)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Forty small pictures in two class folders: stripes that lie and stripes that stand."""
    rng = np.random.default_rng(0)
    for name, axis in (("lying", 0), ("standing", 1)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(20):
            stripes = np.repeat((np.arange(12) + rng.integers(4)) % 4 < 2, 12).reshape(12, 12)
            pixels = (stripes if axis == 0 else stripes.T) * 160 + rng.integers(0, 80, (12, 12))
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "photos" / name / f"{number:02d}.png")
    return tmp_path / "photos"


@pytest.fixture
def patients(tmp_path: Path) -> Path:
    """A table of 240 patients whose outcome follows from age and from whether they smoke."""
    rng = np.random.default_rng(0)
    lines = ["id,age,smoker,zip,outcome"]
    for number in range(240):
        age, smoker = int(rng.integers(20, 90)), bool(rng.integers(2))
        ill = age + 30 * smoker + rng.normal(0, 4) > 70
        shown = "" if number % 17 == 0 else age
        lines.append(
            f"{number},{shown},{'yes' if smoker else 'no'},{rng.integers(3):05d},{'ill' if ill else 'well'}"
        )
    path = tmp_path / "patients.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Ten years of monthly sales in two stores, with a price that is known four months ahead."""
    rng = np.random.default_rng(0)
    lines = ["month,store,price,sales"]
    for store, size in (("north", 1.0), ("south", 3.0)):
        for t in range(124):
            price = 4 + int(rng.integers(3))
            sold = size * (300 + 2 * t + 60 * np.sin(2 * np.pi * t / 12) - 20 * price + rng.normal(0, 8))
            month = np.datetime64("2010-01") + t
            lines.append(f"{month},{store},{price},{f'{sold:.1f}' if t < 120 else ''}")
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
