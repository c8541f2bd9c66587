"""Looks at the validation part while training goes on, and the best weights that they have found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from deepen.compute.processes import World
from deepen.learning.averages import Average
from deepen.learning.budget import Horizon
from deepen.records import History, Moment

__all__ = ["Looking", "Looks"]


@dataclass(frozen=True)
class Looks:
    """Looks at the validation part while training goes on.

    Parameters
    ----------
    evaluate
        Gives the figures of a net, of which ``by`` decides: lower is better.
    by
        The figure by which the best weights are kept; None keeps the last ones.
    share
        The part of the time that the looks may take.
    most
        How many looks a training has at the most.
    patience
        After so many looks without a better figure the training ends; None never ends it early.
    """

    evaluate: Callable[[nn.Module], Mapping[str, float]]
    by: str | None = "loss"
    share: float = 0.08
    most: int = 60
    patience: int | None = None


class Looking:
    """The looks of one training, as it goes.

    Parameters
    ----------
    looks
        What they are; None for a training without any.
    net, average
        What is evaluated: the average, if there is one.
    horizon, world
        When the training ends, and the processes that share it; the first one looks and tells the others.

    Attributes
    ----------
    moments
        What was seen.
    seconds
        How long the last look took.
    """

    def __init__(
        self, looks: Looks | None, net: nn.Module, average: Average | None, horizon: Horizon, world: World
    ) -> None:
        self._looks, self._net, self._average = looks, net, average
        self._horizon, self._world = horizon, world
        self.moments: list[Moment] = []
        self.seconds = 0.0
        self._best: dict[str, Tensor] | None = None
        self._best_figure, self._since_best = math.inf, 0
        self._next = -math.inf

    @property
    def figures(self) -> Mapping[str, float]:
        """The last look's."""
        return self.moments[-1].valid if self.moments else {}

    @property
    def in_vain(self) -> bool:
        """Whether there were so many looks without a better figure that the training should end."""
        if self._looks is None or self._looks.patience is None:
            return False
        return 0 < self._since_best >= self._looks.patience

    def due(self, done: int, now: float, steps_in_epoch: int) -> bool:
        """Whether it is time for a look, after ``done`` steps at ``now`` on the clock; the same in all processes."""
        return self._looks is not None and self._world.tell(self._due(self._looks, done, now, steps_in_epoch))

    def _due(self, looks: Looks, done: int, now: float, steps_in_epoch: int) -> bool:
        if math.isfinite(self._horizon.clock.seconds):
            return done > 0 and now >= self._next
        # Without a clock the looks must not depend on the time, or a resumed run would differ.
        every = max(steps_in_epoch, math.ceil(self._horizon.steps / looks.most))
        seen = self.moments[-1].step if self.moments else 0
        return done % every == 0 and seen < done < self._horizon.steps

    def due_at_the_end(self, done: int) -> bool:
        """Whether the last weights were not looked at yet."""
        return self._looks is not None and done > 0 and (not self.moments or self.moments[-1].step != done)

    def look(self, done: int, epoch: float, rate: float, loss: float) -> None:
        """Evaluate on the validation part, and keep the weights if they are the best so far."""
        assert self._looks is not None
        looks, clock, began = self._looks, self._horizon.clock, time.monotonic()
        figures = self._world.tell(dict(self._evaluate(looks)) if self._world.first else {})
        self.moments.append(Moment(done, epoch, clock.elapsed, rate, loss, figures))
        if looks.by is not None and figures[looks.by] < self._best_figure:
            self._best_figure, self._since_best = figures[looks.by], 0
            kept = (self._average or self._net).state_dict()
            self._best = {k: v.detach().clone() for k, v in kept.items()}
        else:
            self._since_best += 1
        self.seconds = time.monotonic() - began
        whole = clock.seconds - self._horizon.reserve - self._horizon.began
        spacing = max(self.seconds / looks.share, whole / looks.most if math.isfinite(whole) else 0.0)
        self._next = clock.elapsed + spacing

    def _evaluate(self, looks: Looks) -> Mapping[str, float]:
        self._net.eval()
        try:
            if self._average is None:
                return looks.evaluate(self._net)
            with self._average.in_place():
                return looks.evaluate(self._net)
        finally:
            self._net.train()

    def leave_the_best(self) -> None:
        """Put the best weights into the net; without looks the average, if there is one."""
        if self._best is not None:
            self._net.load_state_dict(self._best)
        elif self._average is not None:
            self._net.load_state_dict(self._average.state_dict())

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know."""
        return {
            "best": self._best,
            "best_figure": self._best_figure,
            "looks_since_best": self._since_best,
            "history": History(tuple(self.moments)).to_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._best = state["best"]
        self._best_figure, self._since_best = state["best_figure"], state["looks_since_best"]
        self.moments = list(History.from_dict(state["history"]).moments)
