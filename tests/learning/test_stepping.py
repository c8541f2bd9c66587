import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from deepen.compute.precision import Precision
from deepen.compute.processes import alone
from deepen.errors import TrainingError
from deepen.learning.guard import Guard
from deepen.learning.schedules import constant
from deepen.learning.stepping import Stepping

CPU = torch.device("cpu")


class Ones:
    """Batches of ones, as many as ``size``."""

    steps = 1

    def __init__(self, size: int) -> None:
        self.size = size

    def next(self) -> Tensor:
        return torch.ones(self.size, 1)

    def halve(self) -> bool:
        self.size //= 2
        return self.size > 0

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None: ...


def stepping(net: nn.Module, step: Any, size: int = 4) -> Stepping:
    optimiser = torch.optim.SGD(net.parameters(), lr=0.5)
    return Stepping(
        net=net, batches=Ones(size), step=step, optimiser=optimiser, schedule=constant(), average=None,
        precision=Precision(), clip=None, guard=Guard(net, optimiser), world=alone(CPU),
    )  # fmt: skip


def test_a_step_is_the_gradients_own() -> None:
    net = nn.Linear(1, 1, bias=False)
    nn.init.constant_(net.weight, 2.0)
    one = stepping(net, lambda net, x: net(x).mean())
    one.begin()
    assert one.advance(net, 0, 0.0)
    assert net.weight.item() == 1.5
    assert one.rate == 0.5
    assert one.seconds > 0


def test_a_loss_that_is_not_finite_leaves_the_weights() -> None:
    net = nn.Linear(1, 1)
    before = net.weight.clone()
    one = stepping(net, lambda net, x: net(x).mean() * math.nan)
    assert one.advance(net, 0, 0.0)
    assert torch.equal(net.weight, before)
    assert "skipped" in one.guard.events[0]


def test_where_memory_runs_out_the_batch_is_halved_until_it_cannot_be() -> None:
    def step(net: nn.Module, x: Tensor) -> Tensor:
        if len(x) > most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        loss: Tensor = net(x).mean()
        return loss

    net, most = nn.Linear(1, 1), 2
    one = stepping(net, step, size=8)
    assert [one.advance(net, 0, 0.0) for _ in range(3)] == [False, False, True]
    assert one.guard.scale == pytest.approx(0.5)
    most = 0
    with pytest.raises(TrainingError, match="step 9: memory ran out"):
        for _ in range(3):
            one.advance(net, 9, 0.0)
