from __future__ import annotations

import pytest
import torch

from deepen.nets.q_net import QNet
from deepen.reinforcement.chains import bare, chain, quick
from deepen.shapes import Grid, Vector


@pytest.mark.parametrize("width", [16, (8, 4, 6)])
def test_the_bare_chain_is_the_net_and_follows_its_weights(width):
    net, x = QNet(Vector(3), 2, width=width), torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    made = bare(net)
    assert made is not net
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(1.7)
        torch.testing.assert_close(made(x), net(x))


@pytest.mark.parametrize("width", [16, (8, 4, 6)])
def test_gradients_written_out_are_those_of_the_net(width):
    net, x = QNet(Vector(3), 2, width=width), torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    net(x).square().sum().backward()
    made = chain(net)
    reached = made.reached(x)
    found = made.gradients(reached, 2 * reached[-1])
    assert all(p is q for p, q in zip(made.parameters, net.parameters(), strict=True))
    for p, gradient in zip(made.parameters, found, strict=True):
        torch.testing.assert_close(gradient, p.grad)


@pytest.mark.parametrize("copies", [1, 8, 9])
def test_the_quick_way_finds_the_best_actions_and_follows_the_weights(copies):
    net, x = QNet(Vector(3), 4), torch.randn(copies, 3, generator=torch.Generator().manual_seed(0))
    best = quick(net, copies)
    found = []
    for seed in range(4):
        torch.manual_seed(seed)
        net.load_state_dict(QNet(Vector(3), 4).state_dict())
        found.append(best(x))
        assert torch.equal(found[-1], net(x).argmax(dim=1))
    assert not all(torch.equal(found[0], other) for other in found[1:])


@pytest.mark.parametrize(
    "net",
    [
        QNet(Vector(3), 2, duelling=True),
        QNet(Vector(3), 2, layer_norm=True),
        QNet(Vector(3), 2, standardise=True),
        QNet(Grid(1, 8, 8), 2),
    ],
)
def test_nets_that_are_more_than_a_chain_are_left_as_they_are(net):
    assert bare(net) is net and chain(net) is None
    x = torch.rand(2, *((3,) if isinstance(net.shape, Vector) else (1, 8, 8)))
    assert torch.equal(quick(net, 2)(x), net(x).argmax(dim=1))
