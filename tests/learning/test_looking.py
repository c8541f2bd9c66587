import math

import pytest
import torch
from torch import nn

from deepen.compute.processes import alone
from deepen.learning.averages import Average
from deepen.learning.budget import Clock, Horizon
from deepen.learning.looking import Looking, Looks

CPU = torch.device("cpu")


def by_weight(net: nn.Module) -> dict[str, float]:
    assert not net.training
    return {"loss": net.get_parameter("weight").item(), "error": 0.5}


def looking(
    looks: Looks | None, net: nn.Module, *, steps: float = 100, average: Average | None = None
) -> Looking:
    return Looking(looks, net, average, Horizon(steps, Clock()), alone(CPU))


def set_to(net: nn.Module, value: float) -> None:
    nn.init.constant_(net.get_parameter("weight"), value)


def test_the_best_weights_are_kept_whatever_comes_after() -> None:
    net = nn.Linear(1, 1)
    seen = looking(Looks(by_weight), net)
    for step, value in enumerate((3.0, 1.0, 2.0)):
        set_to(net, value)
        seen.look(step, 0.5, 0.1, 7.0)
    assert net.training
    assert [m.valid["loss"] for m in seen.moments] == [3.0, 1.0, 2.0]
    assert seen.figures == {"loss": 2.0, "error": 0.5}
    seen.leave_the_best()
    assert net.weight.item() == 1.0


def test_it_ends_after_as_many_looks_in_vain_as_its_patience() -> None:
    net = nn.Linear(1, 1)
    seen = looking(Looks(by_weight, patience=2), net)
    found = []
    for value in (3.0, 3.0, 2.0, 2.0, 2.5):
        set_to(net, value)
        seen.look(1, 0.5, 0.1, 7.0)
        found.append(seen.in_vain)
    assert found == [False, False, False, False, True]


def test_without_a_clock_looks_follow_from_the_steps_alone() -> None:
    net = nn.Linear(1, 1)
    for steps, in_epoch, expected in ((100, 10, range(10, 100, 10)), (1000, 1, range(17, 1000, 17))):
        seen = looking(Looks(by_weight), net, steps=steps)
        due = []
        for done in range(steps + 1):
            if seen.due(done, math.nan, in_epoch):
                seen.look(done, 0.0, 0.1, 0.0)
                due.append(done)
        assert due == list(expected)
        assert seen.due_at_the_end(steps)
        seen.look(steps, 0.0, 0.1, 0.0)
        assert not seen.due_at_the_end(steps)


def test_with_a_clock_looks_take_their_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def two_seconds(net: nn.Module) -> dict[str, float]:
        now[0] += 2.0
        return by_weight(net)

    seen = Looking(
        Looks(two_seconds, share=0.1, most=1000),
        nn.Linear(1, 1),
        None,
        Horizon(math.inf, Clock(1000.0)),
        alone(CPU),
    )
    assert not seen.due(0, 0.0, 10)
    assert seen.due(1, 0.0, 10)
    seen.look(1, 0.0, 0.1, 0.0)
    assert seen.seconds == 2.0
    assert [seen.due(2, at, 10) for at in (21.9, 22.0)] == [False, True]


def test_the_average_is_looked_at_and_left() -> None:
    net = nn.Linear(1, 1)
    set_to(net, 1.0)
    average = Average(net)
    set_to(net, 9.0)
    seen = looking(Looks(by_weight), net, average=average)
    seen.look(1, 0.0, 0.1, 0.0)
    assert (seen.figures["loss"], net.weight.item()) == (1.0, 9.0)
    seen.leave_the_best()
    assert net.weight.item() == 1.0
    set_to(net, 5.0)
    without = looking(None, net, average=average)
    assert not without.due(10, 0.0, 10) and not without.due_at_the_end(10) and not without.in_vain
    without.leave_the_best()
    assert net.weight.item() == 1.0


def test_it_goes_on_from_its_state() -> None:
    net = nn.Linear(1, 1)
    first, again = (looking(Looks(by_weight, patience=2), net) for _ in range(2))
    for value in (1.0, 2.0):
        set_to(net, value)
        first.look(7, 0.5, 0.1, 7.0)
    again.load_state_dict(first.state_dict())
    assert again.moments == first.moments
    set_to(net, 3.0)
    again.look(8, 0.5, 0.1, 7.0)
    assert again.in_vain
    again.leave_the_best()
    assert net.weight.item() == 1.0
