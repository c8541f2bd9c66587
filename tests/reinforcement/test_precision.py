"""The quickest way is taken for pixels alone, and in half precision what is learned is the same within rounding."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import pytest
import torch

from deepen.compute.precision import Precision
from deepen.environments.base import Environment, Moved
from deepen.learning.budget import Clock, Horizon
from deepen.nets.q_net import QNet
from deepen.reinforcement import precision as module
from deepen.reinforcement.dqn import DQN
from deepen.reinforcement.learning import learn
from deepen.reinforcement.q_learning import QLearning
from deepen.reinforcement.replay import Transitions
from deepen.shapes import Grid, Vector

PIXELS = Grid(2, 40, 40)
HALF = Precision(half=True, channels_last=True)


class Noise(Environment):
    """Pictures of noise, and a reward for the second action."""

    def __init__(self) -> None:
        self.name, self.copies, self.shape, self.dtype, self.actions = "noise", 2, PIXELS, torch.uint8, 3
        self.device = torch.device("cpu")

    def begin(self, seed: int) -> torch.Tensor:
        self.draw = torch.Generator().manual_seed(seed)
        return self.seen()

    def seen(self) -> torch.Tensor:
        return torch.randint(0, 256, (2, *vars(PIXELS).values()), generator=self.draw, dtype=torch.uint8)

    def step(self, actions: torch.Tensor) -> Moved:
        seen, never = self.seen(), torch.zeros(2, dtype=torch.bool)
        return Moved(seen, (actions == 1).float(), never, never, seen)

    def picture(self) -> None:
        return None


def batch(n: int = 16) -> Transitions:
    draw = torch.Generator().manual_seed(0)
    seen, following = torch.randint(0, 256, (2, n, 2, 40, 40), generator=draw, dtype=torch.uint8)
    rows = torch.arange(n)
    return Transitions(seen, rows % 3, torch.randn(n, generator=draw), 0.9 * (rows % 2), following, rows)


@pytest.mark.parametrize("best", [Precision(), Precision(channels_last=True), Precision(half=True), HALF])
def test_the_way_whose_updates_take_least_is_taken_and_nothing_is_changed(monkeypatch, best):
    net = QNet(PIXELS, 3)
    before, random = copy.deepcopy(net.state_dict()), torch.get_rng_state()
    asked = []

    def timed(step, device):
        step()
        return 1.0

    def step_to_time(tried, batches, step, way, device):
        assert tried is not net
        asked.append(way)
        return lambda: step(tried, batches.next()).backward()

    monkeypatch.setattr(module, "step_to_time", step_to_time)
    monkeypatch.setattr(module, "timed", lambda *a: timed(*a) - 0.5 * (asked[-1] == best))
    assert module.quickest(net, Noise(), DQN(copies=2, batch=4)) == best
    assert len(set(asked)) == len(asked) == 4
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), before.values(), strict=True))
    assert torch.equal(random, torch.get_rng_state()) and net.body[0].weight.grad is None


@pytest.mark.parametrize("shape", [Vector(4), Grid(4, 10, 10)])
def test_numbers_and_small_grids_are_float32_unmeasured(monkeypatch, shape):
    monkeypatch.setattr(module, "timed", lambda *_: pytest.fail("was measured"))
    assert module.quickest(QNet(shape, 3), SimpleNamespace(shape=shape), DQN()) == Precision()


def test_no_further_way_is_tried_after_the_time(monkeypatch):
    asked = []
    monkeypatch.setattr(module, "step_to_time", lambda *_: None)
    monkeypatch.setattr(module, "timed", lambda *_: asked.append(1) or 1.0)
    assert module.quickest(QNet(PIXELS, 3), Noise(), DQN(copies=2, batch=4), seconds=0.0) == Precision()
    assert len(asked) == 1


@pytest.mark.parametrize("how", [{}, {"double": False}, {"duelling": True}])
def test_targets_and_gradients_in_half_are_those_of_float32_within_rounding(how):
    torch.manual_seed(0)
    settings = DQN(**how)
    net, given = settings.net(Noise()), batch()
    found = {}
    for way in (Precision(), HALF):
        same = way.apply(copy.deepcopy(net))
        step = QLearning(same, settings)
        with way.autocast(torch.device("cpu")):
            targets = step.targets(same, given)
            loss = step(same, given)
        loss.backward()
        assert targets.dtype is loss.dtype is torch.float32
        found[way] = targets, loss.detach(), torch.cat([p.grad.flatten() for p in same.parameters()])
    with torch.no_grad():  # by hand, in double precision
        exact = copy.deepcopy(net).double()
        exact._read = lambda x: x.double() / 255
        ahead = exact(given.following)
        by_hand = given.returns + given.discounts * ahead.max(dim=1).values
    (full, loss, gradient), (half, half_loss, half_gradient) = found.values()
    torch.testing.assert_close(full.double(), by_hand, atol=1e-5, rtol=0)
    spread = float(ahead.abs().max())
    torch.testing.assert_close(half.double(), by_hand, atol=0.02 * spread, rtol=0)
    assert not torch.equal(half, full)  # or nothing was computed in half
    torch.testing.assert_close(half_loss, loss, rtol=0.02, atol=0)
    assert torch.cosine_similarity(gradient, half_gradient, dim=0) > 0.999


def test_a_training_in_half_acts_and_learns_in_it_and_keeps_float32_weights():
    torch.manual_seed(0)
    settings = DQN(copies=2, batch=8, ratio=2, begin=8, target=2, replay=100)
    net, seen = settings.net(Noise()), []
    net.values.hidden.register_forward_hook(
        lambda *three: seen.append((torch.is_grad_enabled(), three[2].dtype))
    )
    history = learn(net, Noise(), settings, horizon=Horizon(6, Clock()), precision=HALF)
    assert history.ended == "complete"
    assert {*seen} == {(False, torch.bfloat16), (True, torch.bfloat16)}
    assert all(p.dtype is torch.float32 and p.isfinite().all() for p in net.parameters())
    assert net.body[2].weight.is_contiguous(memory_format=torch.channels_last)
