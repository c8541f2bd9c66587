from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import small_worlds as worlds
import torch
from torch import Tensor, nn

from deepen.compute.signals import StopFlag
from deepen.errors import SettingError
from deepen.learning.budget import Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.nets.q_net import QNet
from deepen.reinforcement.acting import greedy
from deepen.reinforcement.evaluating import play_episodes
from deepen.reinforcement.learning import learn
from deepen.reinforcement.pqn import PQN, parts
from deepen.shapes import Grid, Vector

GAMMA = 0.9
EXACT = {
    "copies": 64, "length": 16, "minibatches": 4, "epochs": 1, "discount": GAMMA, "epsilon": 0.3,
    "rate": 0.3, "clip": 1e6,
}  # fmt: skip
NOISY = {**EXACT, "rate": 0.1, "minibatches": 2}  # larger and slower steps even out what chance does


@pytest.fixture(autouse=True)
def _one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def values(world: Any, settings: PQN, steps: float) -> Tensor:
    """Learn the values (S, A) of a small world by a net that has a weight for each."""
    torch.manual_seed(0)
    net = nn.Linear(len(world.payments), world.actions, bias=False)
    learn(net, world, settings, horizon=Horizon(settings.updates(steps), Clock()))
    return net.weight.t().detach().double()


def by_steps(updates: int) -> Horizon:
    return Horizon(updates, Clock())


# -- values


@pytest.mark.parametrize("trace", [0.0, 0.65])
@pytest.mark.parametrize(("name", "options"), [("chain", {}), ("grid", {"slip": 0.0})])
def test_values_are_those_of_value_iteration(name, options, trace):
    world = getattr(worlds, name)(copies=64, cut_after=7, **options)
    found = values(world, PQN(trace=trace, traces="watkins", **EXACT), 1e5)
    assert (found - worlds.value_iteration(world, GAMMA))[~world.end].abs().max() < 1e-3


def test_where_chance_rules_the_values_come_near():
    world = worlds.grid(copies=64, cut_after=9)
    found = values(world, PQN(trace=0.65, traces="watkins", **NOISY), 3e5)
    error = (found - worlds.value_iteration(world, GAMMA))[~world.end].abs()
    assert error.max() < 0.1
    assert error.mean() < 0.02


def test_with_pengs_traces_exploration_counts_just_as_the_mathematics_has_it():
    """The fixed point: with k steps left in the rollout the return runs through what epsilon-greedy play would do."""
    world, trace, steps, explore = worlds.grid(copies=64), 0.65, EXACT["length"], EXACT["epsilon"]

    def backed_up(later: Tensor) -> Tensor:
        return world.payments + GAMMA * (world.chances.double() @ later.masked_fill(world.end, 0.0))

    q = torch.zeros(*world.payments.shape, dtype=torch.float64)
    for _ in range(300):
        best = q.amax(dim=1)
        played = explore / world.actions + (1 - explore) * nn.functional.one_hot(q.argmax(1), world.actions)
        left = [backed_up(best)]
        for _ in range(steps - 1):
            left.append(backed_up((1 - trace) * best + trace * (played * left[-1]).sum(dim=1)))
        q = torch.stack(left).mean(dim=0)
    found = values(world, PQN(trace=trace, **NOISY), 3e5)
    exact = worlds.value_iteration(world, GAMMA)
    assert (found - q)[~world.end].abs().mean() < 0.01
    assert (q - exact)[~world.end].abs().mean() > 0.03


# -- learning


def test_it_balances_the_pole():
    """By what is right for minutes already after seconds; chance keeps it up for 22 steps."""
    torch.manual_seed(0)
    world, settings = worlds.CartPole(32), PQN.suited(Vector(4))
    net = settings.net(world)
    history = learn(net, world, settings, horizon=by_steps(settings.updates(40_000)))
    assert history.ended == "complete"
    assert history.moments[0].valid["training_return"] < 50
    assert history.moments[-1].valid["environment_steps"] == pytest.approx(40_000, rel=0.05)
    found = play_episodes(worlds.CartPole(50), lambda seen: greedy(net, seen), 50, seed=1)
    assert found.returns.mean() > 300


def test_rewards_are_scaled_and_clipped_in_what_is_learned_alone():
    world = worlds.chain(copies=64)
    world.payments = world.payments * 7
    settings = PQN(trace=0.0, **{**EXACT, "epsilon": 0.6}, clip_rewards=True, reward_scale=0.5)
    torch.manual_seed(0)
    net = nn.Linear(5, 2, bias=False)
    history = learn(net, world, settings, horizon=by_steps(settings.updates(2e5)))
    world.payments = (0.5 * world.payments).clamp(-1, 1)
    error = net.weight.t().detach() - worlds.value_iteration(world, GAMMA)
    assert error[~world.end].abs().max() < 1e-3
    assert history.moments[-1].valid["training_return"] > 2  # not scaled by a half


def test_evaluation_stands_beside_and_the_best_weights_can_be_kept():
    seen: list[float] = []

    def evaluate(net: nn.Module) -> dict[str, float]:
        seen.append(net.weight.sum().item())
        return {"odd": abs(len(seen) - 3.0)}

    net, settings = nn.Linear(5, 2, bias=False), PQN(**EXACT)
    history = learn(net, worlds.chain(copies=64), settings, horizon=by_steps(40), evaluate=evaluate, by="odd")
    assert [m.valid["odd"] for m in history.moments][:4] == [2.0, 1.0, 0.0, 1.0]
    assert net.weight.sum().item() == pytest.approx(seen[2])


def test_a_resumed_training_ends_with_the_same_bits(tmp_path):
    def run(folder: Path | None, stop_at: int | None = None) -> tuple[dict[str, Tensor], Any]:
        stop, calls = StopFlag(), 0

        class Stopping(QNet):
            def forward(self, x: Tensor) -> Tensor:
                nonlocal calls
                calls += 1
                if calls == stop_at:
                    stop.set("a test")
                return super().forward(x)

        torch.manual_seed(0)
        world, settings = worlds.CartPole(8), PQN(copies=8, length=16, minibatches=4, epochs=2, rate=1e-3)
        net = Stopping(Vector(4), 2, width=16, layer_norm=True, standardise=True)
        history = learn(
            net, world, settings, horizon=by_steps(160), seed=5, stop=stop,
            checkpoints=None if folder is None else Checkpoints(folder),
        )  # fmt: skip
        return {k: v.clone() for k, v in net.state_dict().items()}, history

    whole, history = run(None)
    for stop_at in (70, 401):  # within the passes over a rollout
        folder = tmp_path / str(stop_at)
        _, broken = run(folder, stop_at)
        assert broken.ended == "stopped by a test"
        resumed, after = run(folder)
        assert all(torch.equal(whole[name], resumed[name]) for name in whole)
        assert [(m.step, m.rate, m.loss, m.valid) for m in after.moments] == [
            (m.step, m.rate, m.loss, m.valid) for m in history.moments
        ]


def test_it_recovers_from_weights_that_went_bad_and_forgets_what_they_played():
    settings = PQN(**{**EXACT, "minibatches": 16, "epochs": 2})

    class Breaking(nn.Linear):
        calls = 0

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            if self.calls == 500:  # at a step of play: all targets of this rollout are spoilt
                assert not self.training
                with torch.no_grad():
                    self.weight.fill_(math.nan)
            return super().forward(x)

    torch.manual_seed(0)
    net = Breaking(5, 2, bias=False)
    history = learn(net, worlds.chain(copies=64), settings, horizon=by_steps(settings.updates(5e4)))
    assert sum("went back to good weights" in event for event in history.events) == 1
    assert history.ended == "complete"
    assert net.weight.isfinite().all()


def test_values_that_grow_are_no_divergence():
    world = worlds.chain(copies=64)
    moved = world.step

    def step(actions: Tensor) -> Any:
        world.payments = world.payments * 1.05
        return moved(actions)

    world.step = step
    torch.manual_seed(0)
    history = learn(nn.Linear(5, 2), world, PQN(**EXACT), horizon=by_steps(60))
    assert history.moments[-1].loss > 100 * history.moments[0].loss
    assert history.events == ()


# -- settings


def test_copies_must_be_those_of_the_environment():
    with pytest.raises(
        SettingError, match="copies: the environment has other copies.*allowed: 128; came: 64"
    ):
        learn(nn.Linear(5, 2), worlds.chain(copies=64), PQN(), horizon=by_steps(1))


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"copies": 0}, "copies"),
        ({"length": 2.5}, "length"),
        ({"trace": 1.2}, "trace"),
        ({"discount": math.nan}, "discount"),
        ({"rate": 0.0}, "rate"),
        ({"traces": "pengs"}, "traces"),
        ({"copies": 2, "length": 2, "minibatches": 5}, "minibatches"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(options, where):
    with pytest.raises(SettingError) as caught:
        PQN(**options)
    assert caught.value.where == where


def test_exploration_falls_in_a_line():
    settings = PQN(epsilon=0.2, explore_share=0.5)
    assert [settings.exploration(s) for s in (0.0, 0.25, 0.5, 0.9)] == pytest.approx([1.0, 0.6, 0.2, 0.2])


def test_settings_follow_from_what_is_seen():
    assert PQN.suited(Vector(4)).trace == 0.95
    assert PQN.suited(Grid(4, 10, 10)) == PQN()
    assert PQN.suited(Grid(4, 84, 84), epsilon=0.01).clip_rewards
    with pytest.raises(SettingError, match="Did you mean 'length'?"):
        PQN.suited(Vector(4), lenght=3)


@pytest.mark.parametrize("trained", [False, True])
def test_a_net_that_has_learned_explores_as_in_the_end(trained: bool) -> None:
    """It always does the second of two actions; with no chance in the end, a first rollout shows who chose."""
    settings = PQN(copies=4, length=32, minibatches=1, epochs=1, epsilon=0.0)
    world = worlds.CartPole(4)
    net: Any = nn.Linear(4, 2)
    nn.init.zeros_(net.weight)
    net.bias.data = torch.tensor([0.0, 1.0])
    made = parts(
        net, world, settings, horizon=Horizon(100, Clock()), seed=0, trained=trained, said=lambda text: None
    )
    assert (made.batches.next().actions.float().mean().item() == 1.0) is trained
