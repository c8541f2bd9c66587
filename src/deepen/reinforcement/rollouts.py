"""Batches from play: all copies of an environment act for some steps, and what they saw is learned from and forgotten.

Acting is one forward pass for all copies. The net does not change within a rollout, so its values are kept as they
come, and the targets cost no further pass but for what was seen where an episode was cut.

Legend: T steps of a rollout, B copies, S the shape of one observation, A actions, M rows in a minibatch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.environments.base import Environment
from deepen.errors import SettingError

__all__ = ["Minibatch", "Rollout", "Rollouts"]

_EPISODES = (
    100  # the running return is the mean of so many, as Mnih et al. (2015) and Gymnasium's scores have it
)


@dataclass(frozen=True)
class Rollout:
    """What all copies did and saw, with the net's values of it.

    Parameters
    ----------
    seen, actions
        (T, B, *S) and (T, B) int64.
    rewards, ended, cut
        (T, B), as in :class:`~deepen.environments.base.Moved`.
    after
        (T, B) max_a Q of what was seen after each step; where an episode was cut, of its end.
    greedy
        (T, B) bool: the action was the best one by the net.
    """

    seen: Tensor
    actions: Tensor
    rewards: Tensor
    ended: Tensor
    cut: Tensor
    after: Tensor
    greedy: Tensor

    @classmethod
    def empty(cls, steps: int, environment: Environment, like: Tensor) -> Rollout:
        """Make room for a rollout of T steps, whose observations are as ``like`` (B, *S)."""
        place, shape = like.device, (steps, environment.copies)
        number = {"dtype": torch.float32, "device": place}
        flag = {"dtype": torch.bool, "device": place}
        return cls(
            seen=like.new_empty((steps, *like.shape)), actions=torch.empty(shape, dtype=torch.int64, device=place),
            rewards=torch.empty(shape, **number), ended=torch.empty(shape, **flag), cut=torch.empty(shape, **flag),
            after=torch.empty(shape, **number), greedy=torch.empty(shape, **flag),
        )  # fmt: skip


class Minibatch(NamedTuple):
    """Some steps of a rollout: what was seen (M, *S), what was done (M,) int64, and its return (M,)."""

    seen: Tensor
    actions: Tensor
    targets: Tensor


class Rollouts:
    """Endless minibatches: each rollout is shuffled and gone through ``epochs`` times, then the next one is played.

    An environment with ``state_dict`` and ``load_state_dict`` goes on after an interruption as if there had been none.
    One without begins anew, and the first minibatch is of a new rollout; that is said.

    Parameters
    ----------
    net
        Plays, by its values (B, A) of what is seen.
    environment
        Whose copies play.
    targets
        Gives the returns (T, B) of a rollout.
    length, minibatches, epochs
        T; into how many parts a rollout is divided, and how often all of them are gone through.
    exploration
        The probability of an action drawn from all, by the number of minibatches before.
    seed
        From which the environment, the exploration and the orders follow.
    said
        Is told what a user should know.

    Attributes
    ----------
    updates, steps_played, episodes
        Minibatches given, steps of all copies together, and episodes that came to their end.

    Raises
    ------
    SettingError
        If there are more minibatches than steps in a rollout.
    """

    def __init__(
        self,
        net: nn.Module,
        environment: Environment,
        targets: Callable[[Rollout], Tensor],
        *,
        length: int,
        minibatches: int,
        epochs: int = 1,
        exploration: Callable[[int], float],
        seed: int = 0,
        said: Callable[[str], None] = lambda _text: None,
    ) -> None:
        if minibatches > length * environment.copies:
            allowed = f"at most {length * environment.copies}, the steps of all copies in a rollout"
            raise SettingError("too many parts", where="minibatches", allowed=allowed, came=str(minibatches))
        self._net, self._environment, self._targets = net, environment, targets
        self._length, self._epochs, self._exploration, self._seed = length, epochs, exploration, seed
        self._said = said
        self._generator = seeds.generator(seed, "exploration", device=environment.device)
        self.minibatches = minibatches
        self.updates = self.steps_played = self.episodes = 0
        self._seen: Tensor | None = None  # (B, *S) by all copies now
        self._rollout: Rollout | None = None
        self._flat: Minibatch | None = None  # (T * B, ...) the steps of the rollout in play's order
        self._order = torch.empty(0, dtype=torch.int64)  # (T * B,) of the epoch that is gone through
        self._at, self._epoch = 0, 0
        self._sums = torch.zeros(2, environment.copies, device=environment.device)  # of rewards, of steps
        self._recent: deque[tuple[float, float]] = deque(maxlen=_EPISODES)

    @property
    def steps(self) -> int:
        """Minibatches that come of one rollout: what the loop calls an epoch."""
        return self.minibatches * self._epochs

    @property
    def figures(self) -> dict[str, float]:
        """The mean return and length of the last hundred episodes, exploration included, and how much was played."""
        means = [sum(each) / len(each) for each in zip(*self._recent, strict=True)]
        return {
            **dict(zip(("training_return", "episode_length"), means, strict=False)),
            "episodes": float(self.episodes), "environment_steps": float(self.steps_played),
        }  # fmt: skip

    def next(self) -> Minibatch:
        """Give the next minibatch, after a rollout where one is due."""
        if self._flat is None or self._epoch == self._epochs:
            self._play()
        assert self._flat is not None
        if self._at == 0:
            device = self._flat.seen.device
            self._order = torch.randperm(len(self._flat.targets), generator=self._generator, device=device)
        # As even as can be, where the parts do not divide the rollout.
        low, high = (len(self._order) * at // self.minibatches for at in (self._at, self._at + 1))
        rows = self._order[low:high]
        self._at, self.updates = self._at + 1, self.updates + 1
        if self._at == self.minibatches:
            self._at, self._epoch = 0, self._epoch + 1
        return Minibatch(*(part[rows] for part in self._flat))

    def halve(self) -> bool:
        """Divide a rollout into twice as many parts, from the next epoch on; False if they are single steps."""
        if 2 * self.minibatches > self._length * self._environment.copies:
            return False
        self.minibatches, self._at = 2 * self.minibatches, 2 * self._at
        return True

    def drop(self) -> None:
        """Forget the rollout, since a net whose weights went bad has played and judged it."""
        self._flat = None

    @torch.no_grad()
    def _play(self) -> None:
        environment = self._environment
        if self._seen is None:
            self._seen = environment.begin(seeds.derive(self._seed, "environment", self.updates))
        if self._rollout is None:
            self._rollout = Rollout.empty(self._length, environment, self._seen)
        was_training = self._net.training
        self._net.eval()
        try:
            self._fill(self._rollout, self._seen)
        finally:
            self._net.train(was_training)
        self.steps_played += self._rollout.actions.numel()
        if hasattr(self._net, "observe"):
            self._net.observe(self._rollout.seen.flatten(0, 1))
        targets = self._targets(self._rollout)  # (T, B)
        self._flat = Minibatch(
            self._rollout.seen.flatten(0, 1), self._rollout.actions.flatten(), targets.flatten()
        )
        self._at = self._epoch = 0

    def _fill(self, rollout: Rollout, seen: Tensor) -> None:
        """Play T steps from what is seen (B, *S)."""
        environment, (steps, copies) = self._environment, rollout.actions.shape
        drawn = {"generator": self._generator, "device": seen.device}
        explore = torch.rand(steps, copies, **drawn) < self._exploration(self.updates)  # (T, B)
        anything = torch.randint(environment.actions, (steps, copies), **drawn)  # (T, B)
        returns = torch.zeros(2, steps, copies, device=seen.device)  # of the episodes that were over then
        value, best = self._net(seen).float().max(dim=1)  # (B,), (B,)
        for t in range(steps):
            action = torch.where(explore[t], anything[t], best)  # (B,)
            rollout.seen[t], rollout.actions[t], rollout.greedy[t] = seen, action, action == best
            moved = environment.step(action)
            seen, done = moved.seen, moved.done
            rollout.rewards[t], rollout.ended[t], rollout.cut[t] = moved.rewards, moved.ended, moved.cut
            self._sums[0] += moved.rewards
            self._sums[1] += 1
            returns[:, t] = self._sums
            self._sums.masked_fill_(done, 0.0)
            value, best = self._net(seen).float().max(dim=1)
            rollout.after[t] = value
            rows = moved.cut.nonzero().flatten()  # of which most steps have none
            if len(rows):
                rollout.after[t, rows] = self._net(moved.last[rows]).float().amax(dim=1)
        self._seen = seen
        over = returns[:, rollout.ended | rollout.cut]  # (2, episodes)
        self.episodes += over.shape[1]
        self._recent.extend((total, length) for total, length in over.t().tolist())

    def state_dict(self) -> dict[str, Any]:
        """Where play and learning stand; with the rollout only where the environment can go on from there."""
        state = {
            "updates": self.updates, "steps_played": self.steps_played, "episodes": self.episodes,
            "minibatches": self.minibatches, "recent": [list(pair) for pair in self._recent],
            "generator": self._generator.get_state(), "environment": None,
        }  # fmt: skip
        if hasattr(self._environment, "state_dict") and self._seen is not None:
            state |= {
                "environment": self._environment.state_dict(), "seen": self._seen, "sums": self._sums,
                "flat": None if self._flat is None else list(self._flat), "order": self._order,
                "at": self._at, "epoch": self._epoch,
            }  # fmt: skip
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; with a new rollout of new episodes where the environment keeps no state."""
        self.updates, self.steps_played = state["updates"], state["steps_played"]
        self.episodes, self.minibatches = state["episodes"], state["minibatches"]
        self._recent = deque(((total, length) for total, length in state["recent"]), maxlen=_EPISODES)
        self._generator.set_state(state["generator"].cpu())
        self._seen = self._flat = None
        self._sums.zero_()
        if state["environment"] is None or not hasattr(self._environment, "load_state_dict"):
            self._said(f"{self._environment.name} keeps no state, so its episodes begin anew")
            return
        device = self._environment.device
        self._environment.load_state_dict(state["environment"])
        self._seen, self._order = state["seen"].to(device), state["order"].to(device)
        self._sums.copy_(state["sums"])
        if state["flat"] is not None:
            self._flat = Minibatch(*(part.to(device) for part in state["flat"]))
        self._at, self._epoch = state["at"], state["epoch"]
