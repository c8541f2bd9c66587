"""A run in an environment: its stages, its clock, and what happens where something fails."""

from __future__ import annotations

import math
import re
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from deepen.compute.precision import Precision
from deepen.compute.signals import StopFlag
from deepen.errors import SettingError, Stopped, TrainingError
from deepen.learning.budget import Clock
from deepen.learning.job import Job
from deepen.reinforcement.run import run

HOW = {"copies": 2, "length": 8, "minibatches": 2, "epochs": 1, "width": 8}
made: list[Walk] = []


class Walk:
    """Steps to the right until the end."""

    action_space = 2
    fails_after = math.inf
    steps = 0  # of all copies

    def __init__(self):
        self.open = True
        made.append(self)

    def reset(self, seed=None):
        self.at = 0
        return self.seen(), {}

    def step(self, action):
        type(self).steps += 1
        if self.steps > self.fails_after:
            raise RuntimeError("the wire is cut")
        self.at = max(0, self.at + 2 * int(action) - 1)
        return self.seen(), float(self.at == 3), self.at == 3, False, {}

    def seen(self):
        return np.eye(4, dtype=np.float32)[self.at]

    def close(self):
        self.open = False


def learned(world=Walk, *, steps=600, seconds=math.inf, method="pqn", size=None, settings=HOW, **more):
    episodes = more.pop("episodes", 6)
    making = more.pop("making", {"longest": 30})
    world.steps = 0
    job = Job(
        clock=Clock(seconds),
        device=torch.device("cpu"),
        steps=steps if seconds == math.inf else math.inf,
        **more,
    )
    return run(job, world, method=method, size=size, settings=settings, making=making, episodes=episodes)


def test_a_run_is_scored_beside_chance_and_closes_what_it_opened() -> None:
    made.clear()
    player = learned()
    assert player.scores["test"].part == "6 episodes" and "at random" in player.scores
    assert player.about["environment steps"] == pytest.approx(600, abs=16)
    assert made and not any(one.open for one in made)


class Pictures(Walk):
    """Shows where it stands as a picture large enough for the net of pixels."""

    def seen(self):
        return np.full((1, 36, 36), 60 * self.at, dtype=np.uint8)


FEW = {"copies": 2, "batch": 4, "begin": 8, "replay": 100, "width": 8}


def test_with_a_clock_pixels_are_computed_in_the_way_that_was_quickest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from deepen.reinforcement import run as module

    way, passed = Precision(half=True), []
    learn = module.learn
    monkeypatch.setattr(module, "quickest", lambda *_, seconds: way)
    monkeypatch.setattr(module, "learn", lambda *a, **k: passed.append(k["precision"]) or learn(*a, **k))
    player = learned(Pictures, method="dqn", seconds=0.6, settings=FEW)
    assert passed == [way] and player.about["precision"] == "bfloat16"
    way = None  # without one it is not asked, or the same seed would not give the same weights
    player = learned(Pictures, method="dqn", steps=40, settings=FEW, making={"longest": 30})
    assert passed[1:] == [Precision()] and player.about["precision"] == "float32"


class Cut(Walk):
    """Goes on for ever, whatever is done."""

    def step(self, action):
        return self.seen(), 0.0, False, False, {}


def test_what_an_environment_notes_reaches_the_player_once() -> None:
    player = learned(Cut, making={"longest": 5})
    assert sum("an episode was cut after 5 steps" in note for note in player.notes) <= 2
    assert any("an episode was cut after 5 steps" in note for note in player.notes)


def test_episodes_without_an_end_leave_a_player_without_a_score(tmp_path: Path) -> None:
    began = time.monotonic()
    player = learned(Cut, seconds=1.5, making={})
    assert time.monotonic() - began < 1.5 + 3
    assert "test" not in player.scores
    assert any("no episode came to an end" in note for note in player.notes)
    player.save(tmp_path / "model")


def test_a_clock_that_ran_out_before_is_said() -> None:
    player = learned(seconds=1e-9)
    assert "the clock ran out before anything was learned: allow more minutes" in player.notes


def test_a_failure_in_the_score_does_not_lose_the_player(monkeypatch: pytest.MonkeyPatch) -> None:
    from deepen.reinforcement import run as module

    whole = module.play_episodes

    def fails_in_the_end(environment, act, episodes, *more, **options):
        if act.__name__ == "act" and hasattr(act, "__self__"):  # the player's own
            raise TrainingError("the wire is cut", where="Walk")
        return whole(environment, act, episodes, *more, **options)

    monkeypatch.setattr(module, "play_episodes", fails_in_the_end)
    player = learned()
    assert "test" not in player.scores and any("the wire is cut" in note for note in player.notes)


class Breaking(Walk):
    """Fails in the middle of the training."""


def test_a_failure_in_the_middle_keeps_what_was_learned_and_the_same_call_goes_on(tmp_path: Path) -> None:
    Breaking.fails_after = 3_000
    with pytest.raises(TrainingError, match="the wire is cut"):
        learned(Breaking, steps=4_000, folder=tmp_path)
    assert len(list((tmp_path / "checkpoints").iterdir())) == 1
    Breaking.fails_after = math.inf
    player = learned(Breaking, steps=4_000, folder=tmp_path)
    assert any(note.startswith("going on after step") for note in player.notes)
    assert player.about["environment steps"] == pytest.approx(4_000, abs=16)
    with pytest.raises(SettingError, match="width: 8; came: 9"):
        learned(Breaking, steps=4_000, folder=tmp_path, settings={**HOW, "width": 9})


def test_stopped_before_anything_was_learned() -> None:
    stop = StopFlag()
    stop.set("a test")
    with pytest.raises(Stopped, match="before anything"):
        learned(stop=stop)


class Stopping(Walk):
    """Asks for the end in the middle."""

    stop: StopFlag

    def step(self, action):
        if self.steps == 700:
            self.stop.set("a test")
        return super().step(action)


def test_stopped_in_the_middle_it_is_scored_all_the_same() -> None:
    Stopping.stop = StopFlag()
    player = learned(Stopping, steps=100_000, stop=Stopping.stop)
    assert player.history.ended == "stopped by a test" and player.scores["test"].headline.n == 6


@pytest.mark.parametrize(("size", "width"), [("tiny", 64), ("small", 128), (2.0, 256)])
def test_a_size_is_a_width(size, width) -> None:
    more = {name: value for name, value in HOW.items() if name != "width"}
    player = learned(size=size, settings=more, steps=32)
    assert player.settings["width"] == width


def test_few_steps_begin_earlier() -> None:
    player = learned(method="dqn", steps=100, settings={"width": 8, "copies": 2, "batch": 8})
    assert player.settings["begin"] == 50
    assert player.about["environment steps"] == pytest.approx(100, abs=10)
    assert any("begins to learn after 50 steps, not 1,000" in note for note in player.notes)
    asked = learned(method="dqn", steps=100, settings={"width": 8, "copies": 2, "batch": 8, "begin": 60})
    assert asked.settings["begin"] == 60


@pytest.mark.parametrize(
    ("method", "name", "said"),
    [
        ("pqn", "prioritised", "DQN has 'prioritised': choose it by --method dqn"),
        ("pqn", "prioritized", "DQN has 'prioritised': choose it by --method dqn"),
        ("dqn", "minibatches", "PQN has 'minibatches': choose it by --method pqn"),
        ("pqn", "lenght", "Did you mean 'length'?"),
        ("pqn", "zzz", "There are: 'copies'"),
    ],
)
def test_a_setting_of_the_other_method_is_said_to_be_that(method, name, said) -> None:
    with pytest.raises(
        SettingError, match=f"{name!r} is not a setting of {method.upper()}.*{re.escape(said)}"
    ):
        learned(method=method, settings={name: 3})
