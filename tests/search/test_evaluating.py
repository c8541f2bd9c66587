"""A net as the search asks it."""

from __future__ import annotations

import pytest
import torch

from deepen.compute.precision import Precision
from deepen.games.connect4 import Connect4
from deepen.nets.policy_value import PolicyValue
from deepen.search.evaluating import evaluator, quickest
from deepen.shapes import Grid

RULES = Connect4()


def trained_a_little() -> PolicyValue:
    """A net whose norms and heads are not as they began."""
    torch.manual_seed(0)
    net = PolicyValue(RULES.shape, RULES.actions, size="tiny")
    for p in net.parameters():
        p.data += 0.1 * torch.randn_like(p)
    for _ in range(5):
        net(torch.rand(64, 4, 6, 7))
    return net


def test_the_copy_answers_as_the_net_does() -> None:
    net = trained_a_little()
    planes = torch.rand(10, 4, 6, 7)
    logits, values = evaluator(net)(planes)
    wanted = net.eval()(planes)
    torch.testing.assert_close(logits, wanted[0], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(values, wanted[1], atol=1e-4, rtol=1e-4)
    half = evaluator(net, Precision(half=True, channels_last=True))(planes)
    assert half[0].dtype == half[1].dtype == torch.float32
    torch.testing.assert_close(half[1], values, atol=0.05, rtol=0)


def test_it_is_the_net_as_it_was() -> None:
    net = trained_a_little()
    planes = torch.rand(3, 4, 6, 7)
    ask = evaluator(net)
    before = ask(planes)
    for p in net.parameters():
        p.data.zero_()
    assert torch.equal(ask(planes)[0], before[0])
    assert net.training and all(p.requires_grad for p in net.parameters())


def test_a_way_is_found() -> None:
    assert isinstance(quickest(trained_a_little(), 8), Precision)


@pytest.mark.parametrize("norm", ["batch", "group"])
def test_a_renewed_copy_answers_as_a_new_one(norm: str) -> None:
    shape = Grid(3, 5, 5)
    net = PolicyValue(shape, 26, channels=8, blocks=2, norm=norm, pooling=True, policy="places").eval()
    ask, planes = evaluator(net), torch.rand(4, 3, 5, 5)
    before = ask(planes)
    with torch.no_grad():
        for value in net.state_dict().values():
            value.add_(torch.rand_like(value, dtype=torch.float32).to(value.dtype))
    assert all(torch.equal(a, b) for a, b in zip(ask(planes), before, strict=True))
    ask.renew()
    for a, b, c in zip(ask(planes), evaluator(net)(planes), before, strict=True):
        assert torch.equal(a, b) and not torch.equal(a, c)
