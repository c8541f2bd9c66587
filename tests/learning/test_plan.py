import json
import math

import pytest
import torch

from deepen.compute.precision import Precision
from deepen.learning.plan import Plan, choose, side_for, step_to_time, timed
from deepen.learning.recipes import recipes_for
from deepen.nets.sizes import dial
from deepen.shapes import Grid

CPU = torch.device("cpu")
SHAPES = {"image": Grid(3, 32, 32)}


def plan_for(seconds: float, *, step: float = 0.01, fixed: bool = False, rows: int = 50_000) -> Plan:
    """A plan on a pretended machine, on which each size takes four times as long as the one before."""

    def trial(settings, way: Precision, batch: int) -> float:
        if way.compiled:
            raise RuntimeError("no compiler")
        return (
            step
            * 4 ** dial(settings.size)
            * (0.5 if way.half else 1.0)
            * (0.98 if way.channels_last else 1.0)
        )

    recipe = recipes_for(SHAPES, rows, "many classes")[0]
    return choose(recipe, SHAPES, 10, rows, seconds=seconds, device=CPU, trial=trial, fixed_size=fixed)


def test_the_size_grows_with_the_clock_and_shrinks_with_it() -> None:
    sizes = [dial(plan_for(seconds).recipe.net.size) for seconds in (1, 60, 600, 6000)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 0
    assert sizes[-1] >= 2


def test_the_wanted_epochs_fit_where_the_net_was_made_larger() -> None:
    plan = plan_for(600)
    assert plan.epochs >= plan.recipe.epochs_wanted
    assert plan.epochs == pytest.approx(600 / (plan.step_seconds * (50_000 // plan.recipe.batch)))


def test_the_quicker_way_is_taken_only_for_a_clear_gain() -> None:
    assert plan_for(60).precision == Precision(half=True)  # channels last gained 2 %: not enough


def test_a_size_that_was_said_and_a_budget_without_a_clock_change_nothing() -> None:
    assert plan_for(6000, fixed=True).recipe.net.size == "small"
    assert plan_for(math.inf).recipe.net.size == "small"


def test_a_net_that_cannot_do_a_step_is_refused() -> None:
    def trial(*_) -> float:
        raise RuntimeError("no such kernel")

    recipe = recipes_for(SHAPES, 100, "many classes")[0]
    with pytest.raises(RuntimeError, match="no such kernel"):
        choose(recipe, SHAPES, 10, 100, seconds=60.0, device=CPU, trial=trial, fixed_size=False)


def test_a_plan_survives_json() -> None:
    plan = plan_for(60)
    assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_the_side_follows_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepen.learning.plan._convolution_speed", lambda _device: 2e11)
    sides = [side_for(200, 3, 4000, 5, seconds=s, device=CPU) for s in (1, 300, 600, 100_000)]
    assert sides == sorted(sides)
    assert sides[0] == 32
    assert sides[1] == 64
    assert sides[-1] == 128
    assert side_for(28, 1, 60_000, 10, seconds=1, device=CPU) == 28
    assert side_for(200, 3, 4000, 5, seconds=math.inf, device=CPU) == 64


def test_timing_takes_the_median_after_one_that_warms_up() -> None:
    calls: list[int] = []
    assert timed(lambda: calls.append(1), CPU, steps=3) >= 0
    assert len(calls) == 4


def test_a_step_to_time_reads_a_batch_and_leaves_the_weights() -> None:
    class Ones:
        steps, read = 1, 0

        def next(self):
            self.read += 1
            return torch.ones(4, 1)

    net, batches = torch.nn.Linear(1, 1), Ones()
    before = [p.clone() for p in net.parameters()]
    one = step_to_time(net, batches, lambda net, x: net(x).square().mean(), Precision(), torch.device("cpu"))
    one()
    one()
    assert batches.read == 2
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())
