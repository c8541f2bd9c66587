"""What a way to learn by playing supplies to the learning loop."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch

from deepen.learning.averages import Average
from deepen.learning.schedules import Schedule
from deepen.learning.stepping import Batches, Step

__all__ = ["Parts", "Played"]


class Played(Batches, Protocol):
    """Batches that come of playing."""

    @property
    def figures(self) -> dict[str, float]:
        """``training_return`` of the last hundred episodes, ``episodes`` and ``environment_steps`` so far."""


class Parts(NamedTuple):
    """What one training is put together from.

    Parameters
    ----------
    batches
        Asking for the next one is what plays.
    step
        The loss of a batch.
    optimiser, schedule, average
        As of :func:`deepen.learning.loop.fit`.
    """

    batches: Played
    step: Step
    optimiser: torch.optim.Optimizer
    schedule: Schedule
    average: Average | None = None
