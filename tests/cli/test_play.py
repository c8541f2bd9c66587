from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from deepen.cli import app
from deepen.cli.play import name_of
from deepen.errors import FolderError, SettingError


def run(*words, input=None):
    found = CliRunner().invoke(app, list(map(str, words)), input=input)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


@pytest.mark.parametrize(
    ("world", "name"),
    [
        ("ALE/Pong-v5", "pong"), ("CartPole-v1", "cartpole"), ("connect4", "connect4"), ("go:9:6.5", "go-9-6.5"),
        ("MinAtar/space_invaders", "space_invaders"), ("my.worlds:Maze", "maze"), ("gomoku:9", "gomoku-9"),
    ],
)  # fmt: skip
def test_a_folder_is_called_after_the_world(world, name):
    assert name_of(world) == name


def test_played_watched_matched_and_spoken_to(tmp_path):
    place = tmp_path / "ttt"
    how = ("--steps", 200, "--size", "tiny", "--episodes", 2, "--set", "simulations=4", "--out", place)
    said = " ".join(run("play", "tictactoe", *how).split())
    assert "points" in said and "deepen match" in said
    assert not place.with_name("ttt.run").exists()
    assert " wins after " in (shown := run("watch", place, "--against", "random")) or "a draw" in shown
    assert shown.count(shown.strip().splitlines()[-1]) == 1  # the end is said once
    assert "the film is" in run("watch", place, "--out", tmp_path / "game.gif")
    assert "random" in run("match", place, "--against", "random", "--games", 2, "--out", tmp_path / "played")
    assert len(json.loads((tmp_path / "played" / "match.json").read_text())[0]["games"]) == 2
    spoken = run("gtp", place, input="boardsize 3\nplay b A1\ngenmove w\nquit\n")
    assert spoken.startswith("=") and "? " not in spoken
    for command in ("predict", "evaluate"):
        with pytest.raises(
            SettingError, match=f"is a player, and reads no data: deepen {command}.*deepen match"
        ):
            run(command, place, tmp_path / "x.csv")
    assert "How it plays" in _page(run, place, tmp_path)
    with pytest.raises(FolderError, match="holds a model already"):
        run("play", "tictactoe", *how)


def _page(run, place, tmp_path):
    run("report", place, "--out", tmp_path / "page.html")
    return (tmp_path / "page.html").read_text()


def test_wrong_words_are_refused(tmp_path):
    with pytest.raises(SettingError, match="no game or environment"):
        run("play", "tictacto", "--out", tmp_path / "x")
    with pytest.raises(SettingError, match="NAME=VALUE"):
        run("play", "tictactoe", "--set", "simulations", "--out", tmp_path / "x")
    with pytest.raises(SettingError, match="--world-set"):
        run("play", "tictactoe", "--world-set", "sticky", "--out", tmp_path / "x")
    with pytest.raises(SettingError, match="one method"):
        run("play", "tictactoe", "--method", "dqn", "--out", tmp_path / "x")
    assert not list(tmp_path.iterdir())  # nothing was begun
