"""A run that learns a board game: its matches in the end, and what happens where it is stopped or something fails."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
import torch

from deepen.compute.signals import StopFlag
from deepen.errors import SettingError, Stopped, TrainingError
from deepen.learning.budget import Clock
from deepen.learning.job import Job
from deepen.selfplay import run as module
from deepen.selfplay.run import run

SMALL = {
    "channels": 8, "blocks": 1, "simulations": 2, "quick": 2, "games": 8, "least": 100, "most": 1_000, "batch": 16,
}  # fmt: skip


def learned(*, steps=100, seconds=math.inf, games=4, size=None, settings=SMALL, world="tictactoe", **more):
    job = Job(
        clock=Clock(seconds),
        device=torch.device("cpu"),
        steps=steps if seconds == math.inf else math.inf,
        **more,
    )
    return run(job, world, size=size, settings=settings, games=games)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and opponents that take no time."""
    monkeypatch.setattr(module, "strength", lambda rules, seed: lambda net: {"against_chance": 0.5})
    monkeypatch.setattr(module, "_opponents", lambda rules: ("random", "minimax:1"))


def test_a_score_against_each_who_was_played() -> None:
    player = learned(games=12)
    assert [(m["other"], len(m["games"])) for m in player.matches] == [("random", 12), ("minimax:1", 12)]
    assert player.scores["test"].part == "against minimax:1" and "against random" in player.scores
    assert player.scores["test"].headline.n == 12
    assert player.searching.simulations == 128


def test_the_clock_is_kept_and_fewer_games_are_said() -> None:
    began = time.monotonic()
    player = learned(seconds=2.0, games=100_000)
    assert time.monotonic() - began < 2 + 2
    assert any(note.startswith("there was time for") for note in player.notes)


def test_stopped_before_the_first_game_was_over() -> None:
    stop = StopFlag()
    stop.set("a test")
    with pytest.raises(Stopped, match="before"):
        learned(stop=stop)


class Watch:
    """Asks for the end when a stage begins."""

    def __init__(self, stop: StopFlag, stage: str) -> None:
        self.stop, self.at = stop, stage

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        if name == self.at:
            self.stop.set("a test")

    def note(self, text: str) -> None: ...
    def progress(self, now) -> None: ...


def test_stopped_in_the_matches_the_player_is_kept() -> None:
    stop = StopFlag()
    player = learned(stop=stop, watch=Watch(stop, "playing against minimax:1"), games=8)
    assert player.history.ended == "complete"
    assert list(player.scores) == ["test"] and player.score.part == "against random"
    assert "there was time for 0 games of 8 against minimax:1" in player.notes


def test_no_game_in_the_time_is_said() -> None:
    with pytest.raises(TrainingError, match="no game came to its end"):
        learned(world="go:19", seconds=0.5, settings={**SMALL, "games": 2})


def test_an_opponent_that_fails_does_not_lose_the_player(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_opponents", lambda rules: ("gnugo:1",))  # which plays Go alone
    player = learned()
    assert player.scores == {} and player.matches == ()
    assert any(note.startswith("there are no games against gnugo:1: ") for note in player.notes)


def test_the_same_call_goes_on_and_another_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "_FEWEST_SIMULATIONS", 4)
    learned(folder=tmp_path, steps=200)
    player = learned(folder=tmp_path, steps=400)
    assert any(note.startswith("going on after step") for note in player.notes)
    with pytest.raises(SettingError, match="channels: 8; came: 16"):
        learned(folder=tmp_path, settings={**SMALL, "channels": 16})


def test_a_size_is_channels_and_blocks() -> None:
    more = {name: value for name, value in SMALL.items() if name not in ("channels", "blocks")}
    player = learned(size="tiny", settings=more, steps=20, games=1)
    assert (player.settings["channels"], player.settings["blocks"]) == (16, 1)
    with pytest.raises(SettingError, match="given already"):
        learned(size="tiny")
