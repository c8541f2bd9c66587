from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.learning.gradients import clip, forget


def stirred(scale: float) -> nn.Module:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3), nn.Linear(3, 1))
    (scale * net(torch.randn(5, 4)).square().sum()).backward()
    net[3].bias.grad = None
    return net


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e3])
@pytest.mark.parametrize("largest", [0.5, 10.0])
def test_it_clips_as_pytorch_does_to_the_last_bit(scale, largest):
    mine, theirs = stirred(scale), stirred(scale)
    clip(mine.parameters(), largest)
    nn.utils.clip_grad_norm_(theirs.parameters(), largest)
    for a, b in zip(mine.parameters(), theirs.parameters(), strict=True):
        assert (a.grad is None and b.grad is None) or torch.equal(a.grad, b.grad)


def test_without_gradients_there_is_nothing_to_clip():
    clip(nn.Linear(2, 2).parameters(), 1.0)


def test_forgotten_gradients_are_gone():
    net = stirred(1.0)
    forget(torch.optim.SGD(net.parameters(), lr=0.1))
    assert all(p.grad is None for p in net.parameters())


def test_gradients_within_the_norm_stay_as_they_are():
    net = stirred(1e-3)
    before = [p.grad.clone() for p in net.parameters() if p.grad is not None]
    clip(net.parameters(), 10.0)
    assert all(torch.equal(p.grad, was) for p, was in zip(list(net.parameters())[:5], before, strict=True))
