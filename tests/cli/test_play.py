from __future__ import annotations

import json
import signal
import time

import pytest
from typer.testing import CliRunner

import deepen
import deepen.cli
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
    for command in ("predict", "evaluate", "encode"):
        with pytest.raises(
            SettingError, match=f"is a player, and reads no data: deepen {command}.*deepen match"
        ):
            run(command, place, tmp_path / "x.csv")
    assert "How it plays" in _page(run, place, tmp_path)
    with pytest.raises(FolderError, match=f"holds a model already.*learn on from it with --from {place}"):
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


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_learned(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    for verb in ("play", "pretrain"):
        monkeypatch.setattr(f"deepen.verbs.{verb}.{verb}", lambda *_, **__: pytest.fail("it began"))
        with pytest.raises(FolderError, match="stands in the way"):
            run(verb, "tictactoe", "--out", tmp_path / "mine")
        with pytest.raises(FolderError, match="cannot be written"):
            run(verb, "tictactoe", "--out", tmp_path / "mine" / "letter.txt" / "x")


CORRIDOR = """
class Corridor:
    action_space = 2

    def reset(self, seed=None):
        self.at = 0
        return [0.0], {}

    def step(self, action):
        self.at += 1
        return [float(self.at)], float(action), self.at == LENGTH, False, {}
"""
HOW = (
    "--set",
    "copies=2",
    "--set",
    "length=8",
    "--set",
    "minibatches=2",
    "--set",
    "width=8",
    "--episodes",
    4,
)


def corridor(folder, monkeypatch, name, length):
    (folder / f"{name}.py").write_text(CORRIDOR.replace("LENGTH", str(length)))
    monkeypatch.syspath_prepend(folder)
    return f"{name}:Corridor"


def test_stopped_it_keeps_a_player_and_the_same_call_goes_on(tmp_path, monkeypatch):
    world, place = corridor(tmp_path, monkeypatch, "short_world", 5), tmp_path / "model"
    from deepen.cli import show

    def stops(self, now):
        raised.append(now.step)
        if len(raised) == 3:
            signal.raise_signal(signal.SIGINT)

    raised = []
    monkeypatch.setattr(show.Screen, "progress", stops)
    words = ("play", world, *HOW, "--out", place)
    said = run(*words, "--steps", 1_000_000)
    assert "stopped by Ctrl-C; to go on, call the same again" in said and "4 episodes" in said
    assert (tmp_path / "model.run" / "checkpoints").is_dir()
    first = deepen.load(place).about["environment steps"]
    said = run(*words, "--steps", first + 1_000)
    assert "going on after step" in said and not (tmp_path / "model.run").exists()
    assert deepen.load(place).about["environment steps"] == pytest.approx(first + 1_000, abs=32)
    with pytest.raises(FolderError, match="holds a model already"):
        run(*words)


def test_stopped_while_it_learns_on_in_place_its_history_is_told_once(tmp_path, monkeypatch):
    world, place = corridor(tmp_path, monkeypatch, "lasting_world", 5), tmp_path / "model"
    run("play", world, *HOW, "--out", place, "--steps", 500)
    first = deepen.load(place)
    from deepen.cli import show

    def stops(self, now):
        raised.append(now.step)
        if len(raised) == 3:
            signal.raise_signal(signal.SIGINT)

    raised = []
    with monkeypatch.context() as patch:
        patch.setattr(show.Screen, "progress", stops)
        run(
            "play", world, "--from", place, "--replace", "--out", place, "--episodes", 4, "--steps", 1_000_000
        )
    stopped = deepen.load(place)
    assert stopped.history.ended.startswith("stopped")
    assert len(stopped.history.moments) > len(first.history.moments)
    steps = stopped.about["environment steps"] - first.about["environment steps"] + 500
    run("play", world, "--from", place, "--out", place, "--episodes", 4, "--steps", steps)
    last = deepen.load(place)
    assert last.history.moments[: len(first.history.moments)] == first.history.moments
    assert last.about["environment steps"] == pytest.approx(first.about["environment steps"] + steps, abs=32)
    seen = [m.step for m in last.history.moments]
    assert seen == sorted(set(seen)) and last.about["seconds before"] == first.about["seconds"]


def test_a_player_without_a_score_is_no_failure(tmp_path, monkeypatch):
    world = corridor(tmp_path, monkeypatch, "endless_world", -1)
    words = ("play", world, *HOW, "--minutes", 0.02)
    said = run(*words, "--out", tmp_path / "one")  # the clock of this process ran out long ago
    assert "the clock ran out before anything was learned" in said and "the player is in" in said
    monkeypatch.setattr(deepen.cli, "STARTED", time.monotonic())
    assert run(*words, "--out", tmp_path / "two", "--quiet").strip() == str(tmp_path / "two")
