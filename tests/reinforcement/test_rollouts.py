from __future__ import annotations

from typing import Any

import pytest
import small_worlds as worlds
import torch
from torch import Tensor, nn

from deepen.environments.base import Environment, Moved
from deepen.errors import SettingError
from deepen.reinforcement.rollouts import Rollout, Rollouts
from deepen.shapes import Vector


class Counting(Environment):
    """What is seen is the copy's number and the step of its episode; every third step is an end, every fifth a cut."""

    def __init__(self, copies: int = 4) -> None:
        self.name, self.copies, self.device, self.dtype = (
            "Counting",
            copies,
            torch.device("cpu"),
            torch.float32,
        )
        self.shape, self.actions, self.begun = Vector(2), 3, []

    def begin(self, seed: int) -> Tensor:
        self.begun.append(seed)
        self.at, self.all = torch.zeros(self.copies), 0
        return self._seen()

    def step(self, actions: Tensor) -> Moved:
        self.at = self.at + 1
        self.all += 1
        last = self._seen()
        over = torch.full((self.copies,), self.all % 3 == 0), torch.full((self.copies,), self.all % 5 == 0)
        ended, cut = over[0], over[1] & ~over[0]
        self.at = torch.where(ended | cut, 0.0, self.at)
        return Moved(self._seen(), actions.float(), ended, cut, last)

    def _seen(self) -> Tensor:
        return torch.stack([torch.arange(self.copies).float(), self.at], dim=1)

    def picture(self) -> None:
        return None


class Sum(nn.Module):
    """Values that can be told by heart: of action a, the step of the episode times a."""

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        return x[:, 1:] * torch.arange(3.0)


def rollouts(environment: Environment, net: nn.Module | None = None, **options: Any) -> Rollouts:
    kept: list[Rollout] = options.pop("kept", [])

    def targets(rollout: Rollout) -> Tensor:
        kept.append(rollout)
        return torch.arange(rollout.actions.numel()).view_as(rollout.actions).float()

    usual = {"length": 6, "minibatches": 4, "epochs": 2, "exploration": lambda _updates: 0.5, **options}
    return Rollouts(net or Sum(), environment, targets, **usual)


def test_every_epoch_gives_every_step_of_the_rollout_once():
    batches = rollouts(Counting())
    for _ in range(3):
        for _ in range(2):
            rows = torch.cat([batches.next().targets for _ in range(4)])
            assert sorted(rows.tolist()) == list(range(24))
    assert (batches.updates, batches.acted, batches.steps) == (24, 3 * 24, 8)


def test_parts_that_do_not_divide_the_rollout_differ_by_one():
    batches = rollouts(Counting(), minibatches=7)
    parts = [batches.next().targets for _ in range(7)]
    assert {len(part) for part in parts} == {3, 4}
    assert sorted(torch.cat(parts).tolist()) == list(range(24))


def test_a_minibatch_holds_what_was_seen_and_done_at_its_steps():
    kept: list[Rollout] = []
    batches = rollouts(Counting(), kept=kept)
    batch = batches.next()
    (rollout,) = kept
    t, b = (batch.targets // 4).long(), (batch.targets % 4).long()
    assert torch.equal(batch.seen, rollout.seen[t, b])
    assert torch.equal(batch.actions, rollout.actions[t, b])
    assert torch.equal(batch.seen[:, 0], b.float())


def test_a_rollout_is_what_was_played_with_the_values_of_what_came_after():
    kept: list[Rollout] = []
    rollouts(Counting(), kept=kept).next()
    (rollout,) = kept
    assert rollout.seen[:, 0, 1].tolist() == [0, 1, 2, 0, 1, 0]
    assert rollout.ended[:, 0].tolist() == [False, False, True, False, False, True]
    assert rollout.cut[:, 0].tolist() == [False, False, False, False, True, False]
    # Twice the step that is seen after: at the cut that of the end, 2, and not of the next episode's begin, 0.
    assert rollout.after[:, 0].tolist() == [2, 4, 0, 2, 4, 0 if rollout.ended[5, 0] else 2]
    assert torch.equal(rollout.rewards, rollout.actions.float())


def test_without_exploration_the_best_action_is_taken_and_with_it_each_now_and_then():
    kept: list[Rollout] = []
    rollouts(Counting(200), kept=kept, exploration=lambda _updates: 0.0).next()
    moving = kept[0].seen[..., 1] > 0
    assert (kept[0].actions[moving] == 2).all()
    assert kept[0].greedy.all()
    rollouts(Counting(3000), kept=kept, exploration=lambda _updates: 0.3).next()
    moving = kept[1].seen[..., 1] > 0
    shares = torch.bincount(kept[1].actions[moving], minlength=3) / moving.sum()
    torch.testing.assert_close(shares, torch.tensor([0.1, 0.1, 0.8]), atol=0.02, rtol=0)
    assert torch.equal(kept[1].greedy[moving], kept[1].actions[moving] == 2)


def test_the_running_return_is_that_of_whole_episodes_across_rollouts():
    batches = rollouts(Counting(), length=4, minibatches=1, epochs=1, exploration=lambda _updates: 0.0)
    assert "training_return" not in batches.figures
    for _ in range(15):  # sixty steps: episodes of 3, 2, 1, 3, 1, 2, 3 steps in fifteen
        batches.next()
    figures = batches.figures
    assert figures["episodes"] == 4 * 28
    assert figures["environment_steps"] == 4 * 60
    # The first action of an episode is the first of equals, 0; the others pay 2.
    assert figures["training_return"] == pytest.approx(2 * (15 / 7 - 1), rel=0.05)


def test_the_net_plays_as_when_it_is_used_and_is_left_as_it_was():
    seen: list[bool] = []

    class Telling(Sum):
        def forward(self, x: Tensor) -> Tensor:
            seen.append(self.training)
            return super().forward(x)

    net = Telling().train()
    rollouts(Counting(), net).next()
    assert not any(seen)
    assert net.training


def test_half_as_large_minibatches_still_give_every_step_once():
    batches = rollouts(Counting())
    rows = [batches.next().targets]
    assert batches.halve()
    rows += [batches.next().targets for _ in range(6)]
    assert sorted(torch.cat(rows).tolist()) == list(range(24))
    assert batches.halve()
    assert not batches.halve()


def test_what_bad_weights_played_is_dropped():
    kept: list[Rollout] = []
    batches = rollouts(Counting(), kept=kept)
    batches.next()
    batches.drop()
    batches.next()
    assert len(kept) == 2


@pytest.mark.parametrize("after", [3, 8, 13])
def test_it_goes_on_from_its_state_bit_for_bit(after):
    def begun() -> Rollouts:
        torch.manual_seed(0)
        return rollouts(worlds.grid(copies=8, cut_after=9), nn.Linear(9, 4), seed=3)

    whole, part = begun(), begun()
    for _ in range(after):
        whole.next()
        part.next()
    other = begun()
    other.load_state_dict(part.state_dict())
    for _ in range(20):
        for a, b in zip(whole.next(), other.next(), strict=True):
            assert torch.equal(a, b)
    assert whole.figures == other.figures


def test_an_environment_without_a_state_begins_anew_elsewhere_and_that_is_said():
    said: list[str] = []
    first = rollouts(Counting())
    for _ in range(11):
        first.next()
    second = rollouts(Counting(), said=said.append)
    second.load_state_dict(first.state_dict())
    second.next()
    assert said == ["Counting cannot go on where it stood: its episodes begin anew"]
    assert (second.updates, second.acted) == (12, first.acted + 24)
    assert second._environment.begun != first._environment.begun


def test_more_minibatches_than_steps_are_refused():
    with pytest.raises(SettingError, match="minibatches: too many parts; allowed: at most 24"):
        rollouts(Counting(), minibatches=25)
