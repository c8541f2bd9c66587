"""``deepen watch``: text or a film, and a program that is ended when the game is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from deepen.cli import app
from deepen.errors import FolderError, SettingError
from deepen.matches import gtp_client


def run(*words):
    found = CliRunner().invoke(app, list(map(str, words)))
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


def test_a_game_as_text(place):
    lines = run("watch", place, "--seed", 2, "--device", "cpu").strip().splitlines()
    assert "X: deepen, no simulations, O: deepen, no simulations" in lines
    assert " after " in lines[-1]
    assert lines == run("watch", place, "--seed", 2, "--device", "cpu").strip().splitlines()


def test_a_game_as_a_film(place, tmp_path):
    said = run("watch", place, "--out", tmp_path / "game.gif", "--longest", 3, "--fps", 4, "--device", "cpu")
    assert said.endswith(f"; the film is {tmp_path / 'game.gif'}\n") and "●" not in said
    with Image.open(tmp_path / "game.gif") as film:
        assert film.n_frames == 4 and film.info["duration"] == 250


PROGRAM = """
import sys
from pathlib import Path
for line in sys.stdin:
    print("= B2\\n" if line.startswith("genmove") else "=\\n", flush=True)
    if line.startswith("quit"):
        break
"""


def test_a_program_is_ended_with_the_game(place, monkeypatch, tmp_path):
    closed = []

    class Spoken(gtp_client.Gtp):
        def close(self):
            closed.append(self.name)
            super().close()

    monkeypatch.setattr("deepen.verbs.match.Gtp", Spoken)
    (tmp_path / "program.py").write_text(PROGRAM)
    words = f"gtp:{sys.executable} -S {tmp_path / 'program.py'}"
    said = run("watch", place, "--against", words, "--longest", 1, "--seed", 1, "--device", "cpu")
    assert "1. X B2; " in said.strip().splitlines()[-1]
    assert (
        len(closed) == 1 and closed[0].startswith(f"{Path(sys.executable).name} -S ") and len(closed[0]) == 40
    )


def test_what_cannot_be_watched(place, tmp_path):
    with pytest.raises(SettingError, match="Did you mean 'random'"):
        run("watch", place, "--against", "randm")
    with pytest.raises(SettingError, match="kind of film"):
        run("watch", place, "--out", tmp_path / "game.mpeg")
    with pytest.raises(FolderError, match="no such folder"):
        run("watch", tmp_path / "none")
