from __future__ import annotations

import copy
import itertools

import pytest
import torch
from torch import nn

from deepen.learning.optimisers import groups
from deepen.learning.radam import RAdam, rectification


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.LayerNorm(7), nn.ReLU(), nn.Linear(7, 3))


def gradients(module: nn.Module, at: int) -> None:
    x = torch.randn(8, 5, generator=torch.Generator().manual_seed(at))
    module.zero_grad()
    module(x).square().mean().backward()


@pytest.mark.parametrize("fused", [False, True])
def test_it_goes_where_that_of_pytorch_goes(fused: bool) -> None:
    a, b = net(), net()
    mine = RAdam(a.parameters(), lr=0.01, fused=fused)
    theirs = torch.optim.RAdam(b.parameters(), lr=0.01)
    for at in range(60):  # of which the first five are without the second moment
        gradients(a, at)
        gradients(b, at)
        mine.step()
        theirs.step()
        for p, q in zip(a.parameters(), b.parameters(), strict=True):
            torch.testing.assert_close(p, q, rtol=1e-4, atol=1e-5)


def test_decay_is_apart_from_the_gradient_from_the_first_step_on() -> None:
    module = nn.Linear(2, 2)
    before = module.weight.detach().clone()
    optimiser = RAdam(groups(module, 0.5), lr=0.1)
    for _ in range(8):
        module.zero_grad()
        (0.0 * module(torch.ones(1, 2))).sum().backward()
        optimiser.step()
    factors = [1 - 0.1 * 0.5 * (rectification(t) or 1.0) for t in range(1, 9)]
    torch.testing.assert_close(module.weight.detach(), before * torch.tensor(factors).prod())


def test_a_resumed_one_goes_on() -> None:
    a, b = net(), net()
    one, two = RAdam(a.parameters(), lr=0.01), RAdam(b.parameters(), lr=0.01)
    for at in range(4):
        gradients(a, at)
        one.step()
    b.load_state_dict(a.state_dict())
    two.load_state_dict(copy.deepcopy(one.state_dict()))
    for at in range(4, 12):
        for module, optimiser in ((a, one), (b, two)):
            gradients(module, at)
            optimiser.step()
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))


def test_the_rectification_rises_to_one() -> None:
    factors = [rectification(step) for step in range(1, 20_000)]
    assert factors[:5] == [0.0] * 5
    assert all(low < high for low, high in itertools.pairwise(factors[5:]))
    assert factors[-1] == pytest.approx(1.0, abs=1e-3)
