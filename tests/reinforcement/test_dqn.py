from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from small_worlds import CartPole, Markov, chain, grid, value_iteration, wheel
from torch import Tensor, nn

from deepen.compute.signals import StopFlag
from deepen.errors import SettingError, TrainingError
from deepen.learning.budget import Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import fit
from deepen.nets.q_net import QNet
from deepen.reinforcement.acting import greedy
from deepen.reinforcement.dqn import DQN, memory_for
from deepen.reinforcement.evaluating import Evaluation, play_episodes
from deepen.reinforcement.learning import learn
from deepen.reinforcement.prioritised import PrioritisedReplay
from deepen.reinforcement.q_learning import QLearning
from deepen.reinforcement.replay import Transitions
from deepen.shapes import Grid, Vector

GAMMA = 0.8
TABLE = {
    "discount": GAMMA, "clip_rewards": False, "target": 10, "batch": 64, "begin": 400, "explore": 1000, "epsilon": 1.0,
    "replay": 20_000, "rate": 0.05, "rate_end": 0.02, "adam_epsilon": 1e-8, "clip": None, "huber": math.inf,
}  # fmt: skip


def table(world: Markov) -> nn.Linear:
    """A net that is a table: what is seen is one of S numbers, and its column the values of that state."""
    net = nn.Linear(world.shape.n, world.actions, bias=False)
    nn.init.zeros_(net.weight)
    return net


def farthest(net: nn.Linear, world: Markov) -> float:
    """The largest error of the table against value iteration."""
    live = ~world.end
    return float((net.weight.detach().t() - value_iteration(world, GAMMA))[live].abs().max())


class Everything:
    """One batch for ever: every transition of a world, which weighs as much as its chance."""

    steps = 1

    def __init__(self, world: Markov) -> None:
        S, A = world.payments.shape
        s, a, t = (x.flatten() for x in torch.meshgrid(*map(torch.arange, (S, A, S)), indexing="ij"))
        eye = torch.eye(S)
        self.batch = Transitions(
            eye[s],
            a,
            world.payments[s, a],
            torch.where(world.end[t], 0.0, GAMMA),
            eye[t],
            s,
            world.chances[s, a, t],
        )

    def next(self) -> Transitions:
        return self.batch

    def halve(self) -> bool:
        return False

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        pass


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("world", [chain(), grid(), wheel()], ids=["chain", "grid", "wheel"])
def test_the_fixed_point_is_that_of_value_iteration(world, double):
    """Chances included: the mean over what may follow, not a batch of it, so that nothing is left to chance."""
    net = table(world)
    step = QLearning(net, DQN(double=double, huber=math.inf, target=10))
    optimiser = torch.optim.Adam(net.parameters(), lr=0.03)
    fit(
        net, Everything(world), step, Horizon(900, Clock()), optimiser=optimiser,
        schedule=lambda share: 1 - 0.999 * share, growing=True,
    )  # fmt: skip
    assert farthest(net, world) < 1e-3


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize(
    "world",
    [
        lambda: chain(copies=4, cut_after=3),
        lambda: grid(slip=0.0, copies=4, cut_after=5),
    ],
    ids=["cut chain", "cut grid"],
)
def test_acting_and_replay_learn_the_values_of_a_sure_world(world, double):
    """Episodes that were cut must not teach that nothing comes after, nor those that ended that something does."""
    there = world()
    net = table(there)
    learn(net, there, DQN(**TABLE, double=double), horizon=Horizon(700, Clock()), seed=1)
    assert farthest(net, there) < 1e-3


@pytest.mark.parametrize("switch", [{"prioritised": True}, {"soft": 0.1}], ids=str)
def test_every_switch_learns_them_too(switch):
    world = chain(copies=4, cut_after=7)
    net = table(world)
    learn(net, world, DQN(**{**TABLE, **switch}), horizon=Horizon(700, Clock()), seed=1)
    assert farthest(net, world) < 1e-2


@pytest.mark.parametrize("n", [3, 10])
def test_over_several_steps_values_are_exact_where_there_is_one_action(n):
    """Else they would be those of what was done, not of what is best. Ends and cuts fall within the windows."""
    both = chain(6)
    world = Markov(both.chances[:, 1:], both.payments[:, 1:], both.end, copies=4, cut_after=3)
    net = table(world)
    learn(net, world, DQN(**{**TABLE, "n": n}), horizon=Horizon(400, Clock()), seed=1)
    assert farthest(net, world) < 1e-3


def test_a_world_of_chances_is_learned_within_what_its_sample_allows():
    world = wheel(copies=64)
    net = table(world)
    more = {"batch": 256, "ratio": 64, "begin": 10_000, "replay": 200_000}
    learn(net, world, DQN(**{**TABLE, **more}), horizon=Horizon(500, Clock()), seed=1)
    assert farthest(net, world) < 0.06


SMALL = {"begin": 100, "batch": 16, "explore": 500, "replay": 300, "width": 16, "ratio": 4.0, "target": 10}


class After(StopFlag):
    """Asks for the end when it was asked so often."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def __call__(self) -> bool:
        self.times -= 1
        if self.times < 0:
            self.set("a test")
        return super().__call__()


def run(folder: Path | None, stop: StopFlag | None = None, **how: Any) -> tuple[dict[str, Tensor], Any]:
    torch.manual_seed(5)
    world, settings = CartPole(2), DQN.suited(Vector(4), **{**SMALL, **how})
    net = settings.net(world)
    history = learn(
        net, world, settings, horizon=Horizon(120, Clock()), seed=3, stop=stop,
        evaluate=Evaluation(CartPole(4), episodes=4), by="minus_return",
        checkpoints=None if folder is None else Checkpoints(folder, seconds=1e9),
    )  # fmt: skip
    return {k: v.clone() for k, v in net.state_dict().items()}, history


@pytest.mark.parametrize(
    "how",
    [{}, {"prioritised": True, "n": 3}, {"duelling": True, "window": 0.0, "standardise": True}],
    ids=str,
)
def test_resumed_equals_uninterrupted_to_the_last_bit(how, tmp_path):
    whole, history = run(None, **how)
    for stop in (30, 45, None):
        found, again = run(tmp_path, None if stop is None else After(stop), **how)
        assert again.ended == ("complete" if stop is None else "stopped by a test")
    assert all(torch.equal(found[name], value) for name, value in whole.items())
    figures = [[{**m.valid, "step": m.step, "rate": m.rate} for m in h.moments] for h in (history, again)]
    assert figures[0] == figures[1]


def test_other_seeds_learn_otherwise_and_the_same_the_same():
    first, again = run(None)[0], run(None)[0]
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_looks_tell_how_it_plays_and_how_it_played(tmp_path):
    history = run(None)[1]
    last = history.moments[-1].valid
    assert last["minus_return"] == -last["return"]
    assert last["environment_steps"] == 100 + 120 * 4
    assert last["episodes"] > 0
    assert 5 < last["training_return"] < 500


class Broken(CartPole):
    def step(self, actions: Tensor) -> Any:
        self.left = getattr(self, "left", 200) - 1
        if self.left == 0:
            raise TrainingError("gave NaN", where="CartPole-v1")
        return super().step(actions)


def test_an_environment_that_fails_ends_the_training_with_its_error():
    world, settings = Broken(1), DQN.suited(Vector(4), **SMALL)
    with pytest.raises(TrainingError, match="gave NaN"):
        learn(settings.net(world), world, settings, horizon=Horizon(500, Clock()))


def test_too_small_a_memory_is_told_by_the_setting_that_made_it_so():
    world = CartPole(4)
    with pytest.raises(
        SettingError, match=r"^memory: too small a memory; allowed: \d+ bytes or more, which hold 16 steps"
    ):
        memory_for(world, DQN(memory=100.0), seed=0, device=world.device)
    with pytest.raises(SettingError, match=r"^replay: too small a memory"):
        memory_for(world, DQN(replay=8, batch=4, prioritised=True), seed=0, device=world.device)


def test_the_memory_is_as_large_as_was_asked_for():
    world = CartPole(2)
    memory = memory_for(world, DQN(replay=1000), seed=0, device=world.device)
    assert 998 <= memory.capacity <= 1000
    assert memory_for(world, DQN(memory=2300.0), seed=0, device=world.device).capacity == 100
    assert isinstance(
        memory_for(world, DQN(replay=1000, prioritised=True), seed=0, device=world.device), PrioritisedReplay
    )


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"discount": 1.1}, "discount"), ({"n": 0}, "n"), ({"n": 1.5}, "n"), ({"rate": 0.0}, "rate"),
        ({"ratio": 0}, "ratio"), ({"batch": 64, "replay": 32}, "replay"), ({"clip": -1.0}, "clip"),
        ({"epsilon": math.nan}, "epsilon"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_by_name(wrong, where):
    with pytest.raises(SettingError) as caught:
        DQN(**wrong)
    assert caught.value.where == where


def test_a_misspelt_switch_gets_the_nearest_name():
    with pytest.raises(SettingError, match="'duelling'"):
        DQN.suited(Vector(4), dueling=True)


def test_what_suits_follows_from_the_shape():
    assert DQN.suited(Grid(4, 84, 84)) == DQN()
    assert DQN.suited(Grid(4, 10, 10)).replay == 100_000
    assert not DQN.suited(Vector(4)).clip_rewards
    assert isinstance(DQN.suited(Vector(4)).net(CartPole(1)), QNet)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
def test_cartpole_is_learned_in_part(seed):
    torch.manual_seed(seed)
    world = CartPole(8)
    settings = DQN.suited(Vector(4))
    net = settings.net(world)
    learn(
        net, world, settings, horizon=Horizon(16_000, Clock()), seed=seed,
        evaluate=Evaluation(CartPole(20), episodes=20), by="minus_return",
    )  # fmt: skip
    found = play_episodes(CartPole(100), lambda seen: greedy(net, seen), 100, seed + 100)
    assert found.returns.mean() >= 300  # of 500; random play balances 22 steps
