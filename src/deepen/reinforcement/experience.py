"""The batches of a deep Q-network: it acts, keeps what comes of it, and draws from what it kept.

Legend: B copies of the environment, S the shape of one observation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.environments.base import Environment
from deepen.reinforcement.acting import EpsilonGreedy, Ramp
from deepen.reinforcement.chains import quick
from deepen.reinforcement.episodes import Tally
from deepen.reinforcement.prioritised import PrioritisedReplay
from deepen.reinforcement.replay import Replay, Transitions
from deepen.reinforcement.settings import DQN

__all__ = ["Experience"]

_EPOCH = 1000  # updates that count as an epoch, of which a training without data has none (assumed)
_AT_ONCE = 256  # steps between looks at the clock while the memory is filled (assumed)
_FILLING = 0.1  # the part of the training after which filling the memory ends, full or not (assumed)


class Experience:
    """Batches for :func:`deepen.learning.loop.fit`, each with the steps in the environment that go with it.

    Parameters
    ----------
    net
        By which it acts.
    environment
        In which it acts; begun anew by the first batch.
    replay
        Where what comes of it is kept.
    how
        The batch, the ratio of steps to updates, and how random the actions are.
    seed
        From which environment and random actions follow.
    trained
        Whether the net has learned before: then it fills the memory itself, and explores as at the end of a training.
    share
        Tells how far the training is after so many updates, from 0 to 1.
    said
        Told where something could not go on as it was.

    Attributes
    ----------
    acted : int
        Steps in the environment, those of all copies.
    updates : int
        Batches given.
    tally : Tally
        The returns of the episodes.
    """

    def __init__(
        self,
        net: nn.Module,
        environment: Environment,
        replay: Replay,
        how: DQN,
        *,
        seed: int,
        trained: bool = False,
        share: Callable[[int], float] = lambda _updates: 0.0,
        said: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self._environment, self._replay, self._how = environment, replay, how
        self._seed, self._share, self._said = seed, share, said
        self._best = quick(net, environment.copies)
        self._device = next(net.parameters()).device
        self._here = self._device == environment.device
        chance = seeds.generator(seed, "acting", device=self._device)
        self._acts = EpsilonGreedy(environment.actions, environment.copies, chance)
        self._epsilon, self._beta = Ramp(how.epsilon if trained else 1.0, how.epsilon), Ramp(how.beta, 1.0)
        observes: Any = net
        self._observe = observes.observe if getattr(net, "scale", None) is not None else None
        self._seen: Tensor | None = None  # (B, *S)
        self._owed = 0.0  # steps that updates have earned
        self._trained = trained
        self._wanted = how.begin  # steps to do before the next update
        self.batch, self.acted, self.updates = how.batch, 0, 0
        self.tally = Tally(environment.copies, environment.device)

    @property
    def steps(self) -> int:
        """Updates that count as an epoch."""
        return _EPOCH

    @property
    def figures(self) -> dict[str, float]:
        """``training_return`` of the last hundred episodes, ``episodes`` and ``environment_steps`` so far."""
        return {**self.tally.figures, "environment_steps": float(self.acted)}

    @property
    def epsilon(self) -> float:
        """The probability of a random action now."""
        by_share = self._share(self.updates) / max(self._how.explore_share, 1e-9)
        return self._epsilon(max((self.acted - self._how.begin) / self._how.explore, by_share))

    def next(self) -> Transitions:
        """Act as often as goes with one update, and draw a batch."""
        if self._seen is None:
            self._begin(self._seed)
        if self._wanted:
            self._fill()
        self._owed += self._how.ratio / self._environment.copies
        steps = int(self._owed)
        self._owed -= steps
        if steps:
            self._act(steps, self.epsilon)
        if isinstance(self._replay, PrioritisedReplay):
            self._replay.beta = self._beta(self._share(self.updates))
        self.updates += 1
        drawn = self._replay.sample(self.batch)
        return drawn if self._replay.device == self._device else _on(drawn, self._device)

    def _begin(self, seed: int) -> None:
        self._seen = self._environment.begin(seeds.derive(seed, "environment"))
        self._replay.begin(self._seen)

    def _fill(self) -> None:
        """Act until there is enough to draw from: at random, or as the net does where it has learned already."""
        goal, copies = self.acted + self._wanted, self._environment.copies
        latest = self._share(self.updates) + _FILLING
        while self.acted < goal and (self._share(self.updates) < latest or not len(self._replay)):
            steps = min(_AT_ONCE, -(-(goal - self.acted) // copies))
            self._act(steps, self.epsilon if self.updates or self._trained else 1.0)
        self._wanted = 0

    @torch.no_grad()
    def _act(self, steps: int, epsilon: float) -> None:
        """Act so many times in every copy, and keep what comes of it."""
        environment, replay, device, clips = (
            self._environment, self._replay, self._device, self._how.clip_rewards
        )  # fmt: skip
        assert self._seen is not None
        seen = self._seen
        here, acts, best = self._here, self._acts, self._best  # even a `to` that does nothing takes 0.5 us
        for _ in range(steps):
            actions = acts(best, seen if here else seen.to(device), epsilon)  # (B,)
            moved = environment.step(actions if here else actions.to(environment.device))
            over = replay.add(actions, moved, moved.rewards.clamp(-1.0, 1.0) if clips else None)
            self.tally.count(moved, over)
            seen = moved.seen
            if self._observe is not None:
                self._observe(seen.to(device))
        self._seen = seen
        self.acted += steps * environment.copies

    def halve(self) -> bool:
        """Draw half as many; False at one."""
        if self.batch < 2:
            return False
        self.batch //= 2
        return True

    def state_dict(self) -> dict[str, Any]:
        """Where it stands; with the environment's state if that can be had."""
        environment: Any = self._environment
        whole = hasattr(environment, "state_dict")
        return {
            "replay": self._replay.state_dict(), "acting": self._acts.state_dict(), "owed": self._owed,
            "wanted": self._wanted, "batch": self.batch, "acted": self.acted, "updates": self.updates,
            "tally": self.tally.state_dict(), "seen": self._seen if whole else None,
            "environment": environment.state_dict() if whole else None,
        }  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; what was not kept begins anew, and it is said so."""
        self._acts.load_state_dict(state["acting"])
        self._owed, self._wanted, self.batch = state["owed"], state["wanted"], state["batch"]
        self.acted, self.updates = state["acted"], state["updates"]
        self.tally.load_state_dict(state["tally"])
        if not self._replay.load_state_dict(state["replay"]):
            self._wanted = self._how.begin
            self._said(
                f"the replay memory was too large to be saved: it is filled anew with {self._wanted:,} steps"
            )
        if state["environment"] is None or not hasattr(self._environment, "load_state_dict"):
            # The steps done so far are part of the seed, or the same episodes would be played once more.
            self.tally.break_off()
            self._begin(seeds.derive(self._seed, "again", self.acted))
            self._said(f"{self._environment.name} cannot go on where it stood: its episodes begin anew")
            return
        self._environment.load_state_dict(state["environment"])
        self._seen = state["seen"].to(self._environment.device)
        if not len(self._replay):
            self._replay.begin(self._seen)


def _on(batch: Transitions, device: torch.device) -> Transitions:
    parts: list[Any] = [None if part is None else part.to(device, non_blocking=True) for part in batch]
    return Transitions(*parts)
