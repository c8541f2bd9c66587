"""A run that learns a board game: its matches in the end, and what happens where it is stopped or something fails."""

from __future__ import annotations

import dataclasses
import math
import time
from pathlib import Path

import pytest
import torch

from deepen.compute.signals import StopFlag
from deepen.errors import SettingError, Stopped, TrainingError
from deepen.learning.budget import Clock
from deepen.learning.job import Job
from deepen.records import History
from deepen.selfplay import run as module
from deepen.selfplay.run import run

SMALL = {
    "channels": 8, "blocks": 1, "simulations": 2, "quick": 2, "games": 8, "least": 100, "most": 1_000, "batch": 16,
}  # fmt: skip


def learned(
    *, steps=100, seconds=math.inf, games=4, size=None, settings=SMALL, world="tictactoe", before=None, **more
):
    job = Job(
        clock=Clock(seconds),
        device=torch.device("cpu"),
        steps=steps if seconds == math.inf else math.inf,
        **more,
    )
    return run(job, world, size=size, settings=settings, games=games, before=before)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and opponents that take no time."""
    monkeypatch.setattr(module, "strength", lambda rules, **_: lambda net: {"against_chance": 0.5})
    monkeypatch.setattr(module, "_opponents", lambda rules: ("random", "minimax:1"))


def test_a_score_against_each_who_was_played() -> None:
    player = learned(games=12)
    assert [(m["other"], len(m["games"])) for m in player.matches] == [("random", 12), ("minimax:1", 12)]
    assert player.scores["test"].part == "against minimax:1" and "against random" in player.scores
    assert player.scores["test"].headline.n == 12
    assert player.searching.simulations == 128 and player.searching.proofs


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


def weights(player) -> torch.Tensor:
    return torch.cat([p.flatten() for p in player.net.parameters()])


def test_a_player_learns_on_from_where_it_was() -> None:
    one = learned(steps=300, settings={**SMALL, "optimiser": "adamw", "rate": 3e-3})
    assert one.net_settings["channels"] == 8  # not the usual 32
    two = learned(before=one, settings={"rate": 1e-4}, steps=20)
    assert two.settings == {**one.settings, "rate": 1e-4} and two.net_settings == one.net_settings
    first, moments = one.history.moments, two.history.moments
    assert moments[: len(first)] == first and moments[-1].step > first[-1].step
    assert two.about["seconds before"] == one.about["seconds"] and "seconds before" not in one.about
    assert (
        0 < (weights(one) - weights(two)).abs().max() < 0.02
    )  # a few steps at a small rate lead nowhere else


def test_the_policy_of_experts_goes_on_by_playing_against_itself() -> None:
    expert = dataclasses.replace(learned(), method="experts", settings={"share": 0.5}, history=History())
    more = {name: value for name, value in SMALL.items() if name not in ("channels", "blocks")}
    player = learned(before=expert, settings=more, steps=20)
    assert (player.method, player.settings["channels"], player.settings["blocks"]) == ("alphazero", 8, 1)


def test_another_net_or_game_is_no_beginning() -> None:
    one = learned()
    with pytest.raises(SettingError, match="another channels; allowed: 8; came: 16"):
        learned(before=one, settings={"channels": 16})
    with pytest.raises(SettingError, match="the player it goes on from"):
        learned(before=one, size="tiny", settings={})
    with pytest.raises(SettingError, match="another game; allowed: connect4; came: tictactoe"):
        learned(before=one, world="connect4")


def test_a_run_that_learns_on_is_another_than_one_from_nothing(tmp_path: Path) -> None:
    one = learned()
    two = learned(folder=tmp_path, before=one, steps=100)
    again = learned(folder=tmp_path, before=two, steps=200)  # as where it stands in the other's place
    assert any(note.startswith("going on after step") for note in again.notes)
    steps = [moment.step for moment in again.history.moments]
    assert again.history.moments[: len(two.history.moments)] == two.history.moments
    assert steps == sorted(set(steps)) and again.about["seconds before"] == one.about["seconds"]
    with pytest.raises(SettingError, match="asked something else; allowed: from: a player; came: None"):
        learned(folder=tmp_path, steps=300)


def test_a_size_is_channels_and_blocks() -> None:
    more = {name: value for name, value in SMALL.items() if name not in ("channels", "blocks")}
    player = learned(size="tiny", settings=more, steps=20, games=1)
    assert (player.settings["channels"], player.settings["blocks"]) == (16, 1)
    with pytest.raises(SettingError, match="given already"):
        learned(size="tiny")
