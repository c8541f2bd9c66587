from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from deepen.learning.given import Given
from deepen.nets.q_net import QNet
from deepen.reinforcement.dqn import DQN
from deepen.reinforcement.q_learning import QLearning
from deepen.reinforcement.replay import Transitions
from deepen.shapes import Vector


class Table(nn.Module):
    """Action values by the number of the state."""

    def __init__(self, values: list[list[float]]) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.tensor(values))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return self.values[states]


def batch() -> Transitions:
    """From state 0 by action 1 to state 1, twice; the second time the episode ends there."""
    return Transitions(
        seen=torch.tensor([0, 0]), actions=torch.tensor([1, 1]), returns=torch.tensor([1.0, 1.0]),
        discounts=torch.tensor([0.5, 0.0]), following=torch.tensor([1, 1]), rows=torch.tensor([0, 1]),
    )  # fmt: skip


def learner(**how: object) -> tuple[Table, QLearning]:
    """A net that holds action 0 of state 1 for the best, and a target net that knows better of both."""
    net = Table([[0.0, 0.0], [3.0, 2.0]])
    step = QLearning(net, DQN(**how))
    step.target.values.copy_(torch.tensor([[0.0, 0.0], [10.0, 20.0]]))
    return net, step


def test_the_target_is_the_best_value_behind_by_the_target_net():
    net, step = learner(double=False)
    assert step.targets(net, batch()).tolist() == [1.0 + 0.5 * 20.0, 1.0]


def test_with_double_learning_the_net_chooses_and_the_target_net_values():
    net, step = learner(double=True)
    assert step.targets(net, batch()).tolist() == [1.0 + 0.5 * 10.0, 1.0]


@pytest.mark.parametrize("huber", [1.0, 2.5, math.inf])
def test_the_loss_is_hubers_and_its_gradient_the_clipped_error(huber):
    net, step = learner(double=True, huber=huber)
    targets = step.targets(net, batch())
    assert targets.tolist() == [6.0, 1.0]
    inside = [abs(e) <= huber for e in (6.0, 1.0)]
    expected = [e * e / 2 if i else huber * (e - huber / 2) for e, i in zip((6.0, 1.0), inside, strict=True)]
    loss = step.loss(step.taken(net(batch().seen), batch().actions), targets)
    assert loss.item() == pytest.approx(sum(expected) / 2)
    loss.backward()
    assert net.values.grad[0, 1].item() == pytest.approx(-(min(6.0, huber) + min(1.0, huber)) / 2)
    assert net.values.grad[1].abs().sum() == 0  # no gradient through what follows


@pytest.mark.parametrize("size", [8, 7])
@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("huber", [0.5, math.inf])
def test_of_a_chain_loss_and_gradient_by_hand_are_autograds_to_the_last_bit(huber, weighed, size):
    torch.manual_seed(0)
    net = QNet(Vector(3), 4, width=(6, 5))
    some = Transitions(
        seen=torch.randn(size, 3), actions=torch.randint(4, (size,)), returns=3 * torch.randn(size),
        discounts=torch.rand(size), following=torch.randn(size, 3), rows=torch.arange(size),
        weights=torch.rand(size) if weighed else None,
    )  # fmt: skip
    found = []
    for own in (True, False):  # a net that is wrapped is differentiated by autograd
        net.zero_grad()
        loss = QLearning(net, DQN(huber=huber))(net if own else nn.Sequential(net), some)
        assert isinstance(loss, Given) == own
        loss.backward()
        found.append([loss.detach(), *(p.grad for p in net.parameters())])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


def test_weights_weigh():
    _, step = learner()
    values, targets = torch.tensor([0.5, 4.0]), torch.tensor([1.0, 3.0])
    assert step.loss(values, targets, torch.tensor([1.0, 0.25])).item() == pytest.approx((0.125 + 0.125) / 2)


def test_the_target_net_becomes_the_net_every_so_many_updates():
    net = Table([[0.0, 0.0], [0.0, 0.0]])
    step = QLearning(net, DQN(target=3))
    seen = []
    for k in range(7):
        with torch.no_grad():
            net.values.fill_(float(k))
        step(net, batch())
        seen.append(step.target.values[0, 0].item())
    assert seen == [0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 6.0]


def test_a_soft_target_net_goes_a_part_of_the_way():
    net = Table([[8.0, 8.0], [8.0, 8.0]])
    step = QLearning(net, DQN(soft=0.25))
    step.target.values.zero_()
    step(net, batch())
    step(net, batch())
    assert step.target.values[0, 0].item() == pytest.approx(8 * (1 - 0.75**2))


def test_the_target_net_is_not_trained_and_begins_anew_as_the_net():
    net, step = learner()
    step(net, batch()).backward()
    assert not step.target.values.requires_grad
    step.begin_anew()
    assert torch.equal(step.target.values, net.values)


def test_it_goes_on_from_its_state():
    net, step = learner(target=5)
    for _ in range(3):
        step(net, batch())
    again = QLearning(net, DQN(target=5))
    again.load_state_dict(step.state_dict())
    assert again.updates == 3
    assert torch.equal(again.target.values, step.target.values)
