from __future__ import annotations

import copy

import torch
from torch import nn

from deepen.learning.adam import Adam


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3))


def gradients(module: nn.Module, at: int) -> None:
    x = torch.randn(8, 5, generator=torch.Generator().manual_seed(at))
    module.zero_grad()
    module(x).square().mean().backward()


def parts(module: nn.Module) -> list[dict[str, object]]:
    return [{"params": list(module[0].parameters())}, {"params": list(module[2].parameters()), "lr": 0.03}]


def test_it_goes_where_pytorchs_goes_to_the_last_bit() -> None:
    a, b = net(), net()
    mine, theirs = (
        Adam(parts(a), lr=0.01, eps=1e-3),
        torch.optim.Adam(parts(b), lr=0.01, eps=1e-3, fused=True),
    )
    for at in range(20):
        for module, optimiser in ((a, mine), (b, theirs)):
            gradients(module, at)
            optimiser.param_groups[0]["lr"] = 0.01 / (1 + at)
            optimiser.step()
        assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))


def test_a_parameter_without_a_gradient_stays_and_goes_on_when_it_has_one() -> None:
    a, b = net(), net()
    mine, theirs = Adam(a.parameters(), lr=0.01), torch.optim.Adam(b.parameters(), lr=0.01, fused=True)
    for at in range(9):
        for module, optimiser in ((a, mine), (b, theirs)):
            gradients(module, at)
            if at < 2 or at == 5:
                module[2].bias.grad = None
            optimiser.step()
        assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))


def test_a_resumed_one_goes_on_and_one_that_went_back_too() -> None:
    a, b = net(), net()
    one, two = Adam(a.parameters(), lr=0.01), Adam(b.parameters(), lr=0.01)
    for at in range(4):
        gradients(a, at)
        one.step()
        gradients(b, at + 50)
        two.step()
    b.load_state_dict(a.state_dict())
    two.load_state_dict(copy.deepcopy(one.state_dict()))
    for at in range(4, 8):
        for module, optimiser in ((a, one), (b, two)):
            gradients(module, at)
            optimiser.step()
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))
