from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from deepen.compute.precision import Precision
from deepen.errors import SettingError
from deepen.experts import plan as plans
from deepen.experts.plan import LADDER, ExpertPlan, choose, of_size
from deepen.experts.records import ExpertGames
from deepen.experts.replay import ExpertPositions, replayed
from deepen.games.go import Go
from deepen.games.go_records import GoRecord
from deepen.learning.budget import Clock

RULES, CPU = Go(5), torch.device("cpu")


@pytest.fixture
def trial(drawn: Callable[..., list[GoRecord]]) -> ExpertPositions:
    found, _ = replayed(
        ExpertGames.of(drawn(RULES, 2, moves=10), [""] * 2), RULES, generator=torch.Generator()
    )
    assert found is not None
    return found


def speeds(monkeypatch: pytest.MonkeyPatch, *each: float) -> None:
    """Let the nets of the ladder learn from so many positions a second."""
    by_net = dict(zip(LADDER, each, strict=False))

    def speed(
        rules: Go, trial: object, plan: ExpertPlan, device: object, way: object
    ) -> tuple[Precision, float]:
        return Precision(half=True), by_net[plan.channels, plan.blocks]

    monkeypatch.setattr(plans, "_speed", speed)


def test_the_largest_net_that_sees_enough(trial: ExpertPositions, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = plans._WANTED
    speeds(monkeypatch, 0.04 * wanted, 0.02 * wanted, 0.005 * wanted)
    plan = choose(RULES, trial, 10 * wanted, clock=Clock(100.5), device=CPU, size=None)
    assert (plan.channels, plan.blocks) == LADDER[1] and plan.half and not plan.channels_last
    # It is prepared what it will see, and a fifth more: 1.2 * 2 of 10.
    assert plan.share == pytest.approx(0.24, rel=0.01)
    assert choose(RULES, trial, 100, clock=Clock(100.5), device=CPU, size=None).share == 1


def test_a_clock_that_is_short_gets_the_smallest(
    trial: ExpertPositions, monkeypatch: pytest.MonkeyPatch
) -> None:
    speeds(monkeypatch, 10.0, 1.0)
    plan = choose(RULES, trial, 1000, clock=Clock(10.0), device=CPU, size=None)
    assert (plan.channels, plan.blocks) == LADDER[0] and plan.share == pytest.approx(0.12, rel=0.01)


def test_a_size_that_is_given_is_taken(trial: ExpertPositions, monkeypatch: pytest.MonkeyPatch) -> None:
    speeds(monkeypatch, 1.0, 1.0)
    plan = choose(RULES, trial, 1000, clock=Clock(10.0), device=CPU, size="small")
    assert (plan.channels, plan.blocks) == LADDER[1]


def test_without_a_clock_nothing_is_measured(trial: ExpertPositions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "_speed", None)
    plan = choose(RULES, trial, 1000, clock=Clock(math.inf), device=CPU, size=None)
    assert (plan.channels, plan.blocks) == LADDER[0] and plan.share == 1 and not plan.half


def test_real_steps_are_timed(trial: ExpertPositions) -> None:
    way, speed = plans._speed(RULES, trial, ExpertPlan(channels=8, blocks=1), CPU, None)
    assert 0 < speed < math.inf
    assert plans._speed(RULES, trial, ExpertPlan(channels=8, blocks=1), CPU, way)[0] == way


def test_sizes_lie_on_a_ladder() -> None:
    assert of_size("medium") == (64, 4) and of_size(8) == (192, 10)
    assert ExpertPlan.from_dict(ExpertPlan(share=0.5).to_dict()) == ExpertPlan(share=0.5)
    with pytest.raises(SettingError, match="unknown size"):
        of_size("enormous")
