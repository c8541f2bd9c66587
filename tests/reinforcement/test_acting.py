from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.nets.q_net import QNet
from deepen.reinforcement.acting import EpsilonGreedy, Ramp, bare
from deepen.shapes import Grid, Vector


def test_a_ramp_goes_in_a_line_and_stays():
    ramp = Ramp(1.0, 0.2)
    assert [ramp(share) for share in (-1, 0, 0.25, 1, 2)] == pytest.approx([1.0, 1.0, 0.8, 0.2, 0.2])


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5, 1.0])
def test_actions_are_random_with_probability_epsilon_and_else_the_best(epsilon):
    acts = EpsilonGreedy(4, 50, torch.Generator().manual_seed(0))
    values = torch.tensor([[0.0, 3.0, 1.0, 2.0]]).expand(50, 4)
    acts.toss(epsilon, 400)
    done = torch.cat([acts(nn.Identity(), values) for _ in range(400)])
    shares = torch.bincount(done, minlength=4) / len(done)
    expected = torch.full((4,), epsilon / 4)
    expected[1] += 1 - epsilon
    # Four standard deviations of a share among 20,000.
    assert (shares - expected).abs().max() <= 4 * 0.5 / 20_000**0.5 * (epsilon > 0)


def test_where_every_action_is_random_the_net_is_not_asked():
    acts = EpsilonGreedy(2, 3, torch.Generator().manual_seed(0))
    acts.toss(1.0, 5)
    for _ in range(5):
        acts(lambda _seen: pytest.fail("asked"), torch.zeros(3, 1))


@pytest.mark.parametrize("width", [16, (8, 4, 6)])
def test_the_bare_chain_is_the_net_and_follows_its_weights(width):
    net, x = QNet(Vector(3), 2, width=width), torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    chain = bare(net)
    assert chain is not net
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(1.7)
        torch.testing.assert_close(chain(x), net(x))


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
    assert bare(net) is net
