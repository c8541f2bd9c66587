"""Batches from play: all copies of an environment act for some steps, and what they saw is learned from and forgotten.

Acting is one forward pass for all copies. The net does not change within a rollout, so its values are kept as they
come, and the targets cost no further pass but for what was seen where an episode was cut.

Legend: T steps of a rollout, B copies, S the shape of one observation, A actions, M rows in a minibatch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.environments.base import Environment
from deepen.errors import SettingError
from deepen.reinforcement.episodes import Tally

__all__ = ["Minibatch", "Rollout", "Rollouts"]

_EPISODES = (
    100  # the running return is the mean of so many, as Mnih et al. (2015) and Gymnasium's scores have it
)


@dataclass(frozen=True)
class Rollout:
    """What all copies did and saw, with the net's values of it; on the net's device.

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
    def empty(cls, steps: int, like: Tensor) -> Rollout:
        """Make room for T steps, whose observations are as ``like`` (B, *S)."""
        shape = steps, len(like)
        return cls(
            seen=like.new_empty((steps, *like.shape)), actions=like.new_empty(shape, dtype=torch.int64),
            rewards=like.new_empty(shape, dtype=torch.float32), ended=like.new_empty(shape, dtype=torch.bool),
            cut=like.new_empty(shape, dtype=torch.bool), after=like.new_empty(shape, dtype=torch.float32),
            greedy=like.new_empty(shape, dtype=torch.bool),
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
    updates, acted : int
        Minibatches given, and steps in the environment, those of all copies.
    tally : Tally
        The returns of the episodes.

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
        self._device = next(net.parameters()).device
        self._generator = seeds.generator(seed, "rollouts", device=self._device)
        self.minibatches, self.updates, self.acted = minibatches, 0, 0
        self.tally = Tally(environment.copies, environment.device)
        self._seen: Tensor | None = None  # (B, *S) by all copies now
        self._rollout: Rollout | None = None
        self._flat: Minibatch | None = None  # (T * B, ...) the steps of the rollout in play's order
        self._order = torch.empty(0, dtype=torch.int64)  # (T * B,) of the epoch that is gone through
        self._at, self._epoch = 0, 0

    @property
    def steps(self) -> int:
        """Minibatches that come of one rollout: what the loop calls an epoch."""
        return self.minibatches * self._epochs

    @property
    def figures(self) -> dict[str, float]:
        """``training_return`` of the last hundred episodes, ``episodes`` and ``environment_steps`` so far."""
        return {**self.tally.figures, "environment_steps": float(self.acted)}

    def next(self) -> Minibatch:
        """Give the next minibatch, after a rollout where one is due."""
        if self._flat is None or self._epoch == self._epochs:
            self._play()
        assert self._flat is not None
        if self._at == 0:
            self._order = torch.randperm(
                len(self._flat.targets), generator=self._generator, device=self._device
            )
        # As even as can be, where the parts do not divide the rollout.
        low, high = (len(self._order) * at // self.minibatches for at in (self._at, self._at + 1))
        rows = self._order[low:high]
        self._at, self.updates = self._at + 1, self.updates + 1
        if self._at == self.minibatches:
            self._at, self._epoch = 0, self._epoch + 1
        return Minibatch(*(part[rows] for part in self._flat))

    def halve(self) -> bool:
        """Divide a rollout into twice as many parts, what is left of this epoch too; False if they are single steps."""
        if 2 * self.minibatches > self._length * self._environment.copies:
            return False
        self.minibatches, self._at = 2 * self.minibatches, 2 * self._at
        return True

    def drop(self) -> None:
        """Forget the rollout, since a net whose weights went bad has played and judged it."""
        self._flat = None

    @torch.no_grad()
    def _play(self) -> None:
        """Play the next rollout, and make the targets of its steps."""
        net: Any = self._net
        if self._seen is None:
            # What was done so far is part of the seed, or the same episodes would be played once more.
            seed = seeds.derive(self._seed, "environment", self.acted)
            self._seen = self._environment.begin(seed).to(self._device)
        if self._rollout is None:
            self._rollout = Rollout.empty(self._length, self._seen)
        rollout, was_training = self._rollout, net.training
        net.eval()
        try:
            self._seen = self._fill(rollout, self._seen)
        finally:
            net.train(was_training)
        self.acted += rollout.actions.numel()
        if getattr(net, "scale", None) is not None:
            net.observe(rollout.seen.flatten(0, 1))
        targets = self._targets(rollout)  # (T, B)
        self._flat = Minibatch(rollout.seen.flatten(0, 1), rollout.actions.flatten(), targets.flatten())
        self._at = self._epoch = 0

    def _fill(self, rollout: Rollout, seen: Tensor) -> Tensor:
        """Play T steps from what is seen, and give what is seen then: (B, *S)."""
        environment, device, by = self._environment, self._device, self._generator
        shape = rollout.actions.shape
        random = torch.rand(shape, generator=by, device=device) < self._exploration(self.updates)  # (T, B)
        drawn = torch.randint(environment.actions, shape, generator=by, device=device)  # (T, B)
        value, best = self._judge(seen)
        for t in range(len(random)):
            action = torch.where(random[t], drawn[t], best)  # (B,)
            rollout.seen[t], rollout.actions[t], rollout.greedy[t] = seen, action, action == best
            moved = environment.step(action.to(environment.device))
            rollout.rewards[t], rollout.ended[t], rollout.cut[t] = moved.rewards, moved.ended, moved.cut
            done = moved.done
            over = bool(done.any())
            self.tally.count(moved, done if over else None)
            seen = moved.seen.to(device)
            value, best = self._judge(seen)
            rollout.after[t] = value
            cut = moved.cut.nonzero()[:, 0] if over else ()
            if len(cut):
                rollout.after[t, cut] = self._judge(moved.last[cut].to(device))[0]
        return seen

    def _judge(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """The greatest value (B,) and its action (B,) at observations (B, *S)."""
        values: Tensor = self._net(seen)  # (B, A)
        return values.float().max(dim=1)

    def state_dict(self) -> dict[str, Any]:
        """Where play and learning stand; with the rollout only where the environment can go on from there."""
        environment: Any = self._environment
        state = {
            "updates": self.updates, "acted": self.acted, "minibatches": self.minibatches,
            "tally": self.tally.state_dict(), "random": self._generator.get_state(), "environment": None,
        }  # fmt: skip
        if hasattr(environment, "state_dict") and self._seen is not None:
            state |= {
                "environment": environment.state_dict(), "seen": self._seen, "order": self._order,
                "flat": None if self._flat is None else list(self._flat), "at": self._at, "epoch": self._epoch,
            }  # fmt: skip
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; with a new rollout of new episodes where the environment keeps no state."""
        environment: Any = self._environment
        self.updates, self.acted, self.minibatches = state["updates"], state["acted"], state["minibatches"]
        self.tally.load_state_dict(state["tally"])
        self._generator.set_state(state["random"].cpu())
        self._seen = self._flat = None
        if state["environment"] is None or not hasattr(environment, "load_state_dict"):
            self.tally.break_off()
            self._said(f"{environment.name} cannot go on where it stood: its episodes begin anew")
            return
        environment.load_state_dict(state["environment"])
        self._seen, self._order = state["seen"].to(self._device), state["order"].to(self._device)
        if state["flat"] is not None:
            self._flat = Minibatch(*(part.to(self._device) for part in state["flat"]))
        self._at, self._epoch = state["at"], state["epoch"]
