"""What a run is given from outside: what it tells, when it ends, and whose checkpoints it goes on from."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
import torch

from deepen.compute.signals import StopFlag
from deepen.errors import SettingError
from deepen.learning.budget import Clock
from deepen.learning.job import Job


class Heard:
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


def job(seconds: float = math.inf, *, spent: float = 0.0, **more) -> Job:
    return Job(clock=Clock(seconds, spent=spent), device=torch.device("cpu"), **more)


def test_the_same_is_told_once_and_kept() -> None:
    heard = Heard()
    run = job(watch=heard)
    for text in ("one", "two", "one"):
        run.tell(text)
    assert run.notes == heard.said == ["one", "two"]


def test_the_horizon_counts_from_now() -> None:
    horizon = job(100, spent=10).horizon(math.inf, reserve=10)
    assert horizon.progress(0, horizon.began) == 0
    assert horizon.progress(0, 50) == pytest.approx(0.5, abs=1e-3)  # 10 to 90
    assert job().horizon(200, reserve=0.0).progress(50, 0.0) == 0.25


@pytest.mark.parametrize(("spent", "over"), [(0.0, False), (98.0, False), (150.0, False)])
def test_what_comes_after_the_training_ends_with_the_clock(spent: float, over: bool) -> None:
    run = job(100, spent=spent)
    ending = run.ending()
    assert ending() is over
    run.clock.count_as_spent(spent + 0.9)  # a hundredth of the clock is left whatever was spent
    assert not ending()
    run.clock.count_as_spent(max(100.0, spent + 1) + 0.1)
    assert ending()


def test_it_ends_at_a_time_named_and_without_a_clock_never() -> None:
    run = job(100)
    ending = run.ending(until=50)
    run.clock.count_as_spent(49)
    assert not ending()
    run.clock.count_as_spent(51)
    assert ending()
    endless = job()
    never = endless.ending()
    endless.clock.count_as_spent(1e9)
    assert not never()


def test_a_stop_ends_it_at_once_but_one_before_it_in_a_while() -> None:
    stop = StopFlag()
    run = job(stop=stop)
    ending = run.ending()
    stop.set("a test")
    assert ending()
    later = run.ending()  # the training was stopped already: a few seconds for the score
    assert not later()
    run.clock.count_as_spent(run.clock.elapsed + 21)
    assert later()


def standing(folder: Path) -> None:
    (folder / "checkpoints" / "000000070").mkdir(parents=True)


def test_a_run_goes_on_from_checkpoints_of_one_that_was_asked_the_same(tmp_path: Path) -> None:
    asked = {"world": "go:9", "settings": {"games": 8, "made": Path("x")}, "seed": 0}
    first, again = job(folder=tmp_path), job(folder=tmp_path)
    first.begin(asked)
    assert first.notes == []
    standing(tmp_path)
    again.begin(asked)
    assert again.notes == ["going on after step 70, where it was interrupted"]
    assert again.checkpoints is not None and again.checkpoints.standing == 70


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"world": "go:7"}, "allowed: world: go:9; came: go:7"),
        ({"settings": {"games": 9}}, "allowed: games: 8; came: 9"),
        ({"seed": 1}, "allowed: seed: 0; came: 1"),
    ],
)
def test_it_does_not_go_on_from_another_ones(tmp_path: Path, changed: dict, told: str) -> None:
    asked = {"world": "go:9", "settings": {"games": 8}, "seed": 0}
    job(folder=tmp_path).begin(asked)
    job(folder=tmp_path).begin({**asked, **changed})  # nothing was learned yet: begun anew
    job(folder=tmp_path).begin(asked)
    standing(tmp_path)
    with pytest.raises(SettingError, match="asked something else") as caught:
        job(folder=tmp_path).begin({**asked, **changed})
    assert told in str(caught.value) and "--replace" in str(caught.value)


def test_without_a_folder_nothing_is_kept() -> None:
    began = time.monotonic()
    run = job()
    run.begin({"world": "go:9"})
    assert run.checkpoints is None and time.monotonic() - began < 1
