from __future__ import annotations

from typing import Any

import pytest
import torch
from small_worlds import CartPole, chain
from torch import Tensor, nn

from deepen.environments.base import Environment, Moved
from deepen.reinforcement.experience import Experience
from deepen.reinforcement.replay import Replay
from deepen.reinforcement.settings import DQN
from deepen.shapes import Grid, Vector


def memory(world: Environment, **how: Any) -> Replay:
    return Replay(world.shape, world.dtype, copies=world.copies, size=1e5, discount=0.9, **how)


def experience(world: Environment, settings: DQN, **how: Any) -> Experience:
    net: nn.Module = nn.Linear(world.shape.n, world.actions)
    return Experience(net, world, how.pop("replay", memory(world)), settings, seed=0, **how)


@pytest.mark.parametrize(("copies", "ratio"), [(1, 1.0), (1, 10.0), (8, 4.0), (3, 0.5), (4, 16.0)])
def test_so_many_steps_are_done_for_each_update(copies, ratio):
    batches = experience(CartPole(copies), DQN(begin=50, ratio=ratio, batch=8, replay=1000))
    before = None
    for update in range(1, 41):
        assert len(batches.next().seen) == 8
        before = batches.acted - 40 if before is None else before
        filled = -(-50 // copies) * copies
        assert abs(batches.acted - filled - update * ratio) <= max(copies, 1)
        assert batches.updates == update


def test_the_part_of_a_step_that_updates_have_earned_is_kept():
    settings = DQN(begin=8, ratio=1.0, batch=4, replay=1000)  # a step of all four copies for four updates
    first, again = (experience(CartPole(4), settings) for _ in range(2))
    for _ in range(6):
        first.next()
    again.load_state_dict(first.state_dict())
    assert again.acted == 8 + 4
    for _ in range(2):
        again.next()
    assert again.acted == 8 + 8


def test_epsilon_falls_by_steps_or_by_the_share_whichever_is_sooner():
    settings = DQN(begin=100, explore=1000, epsilon=0.1, explore_share=0.5, batch=8, replay=1000)
    batches = experience(CartPole(1), settings)
    for acted, epsilon in ((0, 1.0), (100, 1.0), (600, 0.55), (1100, 0.1), (9999, 0.1)):
        batches.acted = acted
        assert batches.epsilon == pytest.approx(epsilon)
    hurried = experience(CartPole(1), settings, share=lambda updates: updates / 100)
    for updates, epsilon in ((0, 1.0), (25, 0.55), (50, 0.1), (90, 0.1)):
        hurried.updates = updates
        assert hurried.epsilon == pytest.approx(epsilon)


def test_a_clock_that_runs_ends_the_filling():
    now = iter(x / 100 for x in range(10**6))
    batches = experience(CartPole(1), DQN(begin=10**6, batch=8), share=lambda _: next(now))
    batches.next()
    assert 2000 < batches.acted < 4000


def test_rewards_are_clipped_in_what_is_learned_from_alone():
    world = chain(copies=4)
    world.payments = 7 * world.payments
    settings = DQN(begin=400, batch=200, clip_rewards=True, replay=1000)
    batches = experience(world, settings)
    drawn = batches.next()
    assert set(drawn.returns.tolist()) == {0.0, 1.0}
    assert batches.figures["training_return"] > 5


def test_batches_can_be_halved_down_to_one():
    batches = experience(CartPole(1), DQN(begin=10, batch=4, replay=100))
    assert batches.halve() and batches.halve() and not batches.halve()
    assert len(batches.next().seen) == 1


class Forgetful(Environment):
    """CartPole that cannot say where it stands."""

    def __init__(self) -> None:
        self.inner = CartPole(2)
        for name in ("name", "copies", "actions", "shape", "dtype", "device"):
            setattr(self, name, getattr(self.inner, name))
        self.begun: list[int] = []

    def begin(self, seed: int) -> Tensor:
        self.begun.append(seed)
        return self.inner.begin(seed)

    def step(self, actions: Tensor) -> Moved:
        return self.inner.step(actions)

    def picture(self) -> None:
        return None


def test_an_environment_that_cannot_go_on_begins_anew_with_another_seed_and_it_is_said():
    settings = DQN(begin=50, batch=8, replay=1000)
    first = experience(Forgetful(), settings)
    for _ in range(5):
        first.next()
    said: list[str] = []
    world = Forgetful()
    again = experience(world, settings, said=said.append)
    again.load_state_dict(first.state_dict())
    assert len(said) == 1 and "begin anew" in said[0]
    acted = again.acted
    again.next()
    assert world.begun[0] != first._environment.begun[0] and len(world.begun) == 1
    assert again.acted <= acted + 8  # the memory came back, so it is not filled anew


def test_a_memory_that_was_not_saved_is_filled_anew_by_the_net_and_it_is_said():
    settings = DQN(begin=60, batch=8, replay=1000, epsilon=0.0, explore=1)
    first = experience(CartPole(2), settings, replay=memory(CartPole(2), keep=10.0))
    for _ in range(30):
        first.next()
    said: list[str] = []
    again = experience(CartPole(2), settings, said=said.append)
    again.load_state_dict(first.state_dict())
    assert len(said) == 1 and "filled anew with 60" in said[0]
    acted = again.acted
    again.next()
    assert again.acted >= acted + 60
    assert again.epsilon == 0.0


def test_a_net_that_has_learned_fills_the_memory_itself_and_explores_as_in_the_end():
    settings = DQN(begin=60, batch=8, replay=1000, epsilon=0.0, explore=1000)
    actions = []
    for trained in (False, True):
        net: Any = nn.Linear(4, 2)
        nn.init.zeros_(net.weight)
        net.bias.data = torch.tensor([0.0, 1.0])  # it always does the second
        kept = memory(CartPole(2))
        batches = Experience(net, CartPole(2), kept, settings, seed=0, trained=trained)
        drawn = [batches.next().actions for _ in range(5)]
        actions.append(torch.cat(drawn).float().mean().item())
        assert batches.epsilon == pytest.approx(0.0 if trained else 1.0, abs=0.1)
    assert actions[1] == 1.0 and 0.2 < actions[0] < 0.8


class Frames(Environment):
    """Stacks of three one-pixel frames that count the steps; an episode has nine."""

    def __init__(self) -> None:
        self.name, self.copies, self.actions, self.stack = "Frames", 1, 2, 3
        self.shape, self.dtype, self.device = Grid(3, 1, 1), torch.uint8, torch.device("cpu")

    def begin(self, seed: int) -> Tensor:
        self.now = 0
        return torch.zeros(1, 3, 1, 1, dtype=torch.uint8)

    def step(self, actions: Tensor) -> Moved:
        self.now += 1
        over = torch.tensor([self.now == 9])
        frames = torch.arange(self.now - 2, self.now + 1).clamp(min=0).to(torch.uint8).view(1, 3, 1, 1)
        seen = frames
        if over:
            seen = self.begin(0)
        return Moved(seen, torch.ones(1), over, torch.zeros_like(over), frames)

    def picture(self) -> None:
        return None


def test_frames_are_stacked_again_as_they_were_seen():
    world = Frames()
    replay = memory(world, stack=3)
    net = nn.Sequential(nn.Flatten(), nn.Linear(3, 2))
    net.forward = lambda x: torch.zeros(len(x), 2)
    batches = Experience(net, world, replay, DQN(begin=100, batch=64), seed=0)
    drawn = batches.next()
    t = drawn.seen[:, 2, 0, 0].long()
    expected = torch.stack([t - 2, t - 1, t], dim=1).clamp(min=0)
    assert torch.equal(drawn.seen[:, :, 0, 0].long(), expected)
    assert torch.equal(drawn.discounts == 0, t == 8)
    on = t < 8
    assert torch.equal(drawn.following[on, 2, 0, 0].long(), t[on] + 1)
    assert set(t.tolist()) == set(range(9))


def test_inputs_are_standardised_by_what_was_seen():
    world = CartPole(4)
    settings = DQN(begin=200, batch=8, standardise=True, replay=1000, width=8)
    net = settings.net(world)
    Experience(net, world, memory(world), settings, seed=0).next()
    assert net.scale is not None and net.scale.count >= 200
    assert net.scale.variance[1] > 0.1
    assert Vector(4) == world.shape
