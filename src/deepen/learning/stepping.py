"""One step of a training: a batch's loss, its gradient and the update; and what is done where one goes wrong."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from deepen.compute.precision import Precision
from deepen.compute.processes import World
from deepen.learning import gradients, optimisers
from deepen.learning.averages import Average
from deepen.learning.given import Given
from deepen.learning.guard import Guard, out_of_memory, too_little_memory
from deepen.learning.schedules import Schedule

__all__ = ["Batches", "Step", "Stepping"]

Step = Callable[[nn.Module, Any], Tensor | Given]
"""Takes the net and a batch, and gives the loss: a scalar that can be differentiated, or one whose gradient is given.

One that draws random numbers, or keeps anything else, has ``state_dict`` and ``load_state_dict`` too; and where what it
keeps may be spoilt by bad weights, ``begin_anew``, which is called when the training goes back to earlier ones.
"""


class Batches(Protocol):
    """What the loop needs of its batches: they never end, and can be gone back to."""

    @property
    def steps(self) -> int:
        """Batches in one epoch."""

    def next(self) -> Any:
        """Give the next batch, on the device."""

    def halve(self) -> bool:
        """Make the batches half as large, because memory ran out; False if they cannot be smaller."""

    def state_dict(self) -> dict[str, Any]:
        """Where the batches stand."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""


@dataclass(kw_only=True)
class Stepping:
    """Does the steps of one training.

    Parameters
    ----------
    net, batches, step, optimiser, schedule, average, precision, clip, world
        As in :func:`deepen.learning.loop.fit`.
    guard
        Says what is done about a loss that is not finite, or has run away.

    Attributes
    ----------
    rate
        The last step's learning rate.
    seconds
        A step's, smoothed.
    check_every
        Steps after which their losses are asked for.
    drawing
        Whether a batch is being made: what fails then is not the net.
    """

    net: nn.Module
    batches: Batches
    step: Step
    optimiser: torch.optim.Optimizer
    schedule: Schedule
    average: Average | None
    precision: Precision
    clip: float | None
    guard: Guard
    world: World

    rate: float = 0.0
    seconds: float = 0.0
    drawing: bool = False
    _seed: int = 0
    _waiting: list[Tensor] = field(default_factory=list)
    _parameters: list[nn.Parameter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._parameters = list(self.net.parameters())
        self.device = self._parameters[0].device
        # A GPU runs ahead of Python; asking for the loss makes it wait, so it is asked now and then.
        self.check_every = 1 if self.device.type == "cpu" else 16

    def begin(self) -> None:
        """Agree on the seed of what each process draws for itself, once the random state is what it shall be."""
        self._seed = self.world.tell(torch.initial_seed())

    def advance(self, trained: nn.Module, done: int, share: float) -> bool:
        """Do one step, and mend what can be mended.

        Parameters
        ----------
        trained
            The net as it is called: wrapped, compiled.
        done, share
            The steps done before, and how far the training is, from 0 to 1.

        Returns
        -------
        bool
            Whether it was done; not so where memory ran out, and the next one will be smaller.
        """
        began = time.monotonic()
        self.rate = optimisers.set_rate(self.optimiser, self.schedule(share) * self.guard.scale)
        self.world.draw_apart(self._seed, done)
        try:
            loss = self._loss(trained)
            if self._usable(loss, done):
                self._update(loss, done, share)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            self._smaller(error, done)
            return False
        self.seconds += 0.1 * (time.monotonic() - began - self.seconds)
        return True

    def _loss(self, trained: nn.Module) -> Tensor | Given:
        with self.precision.autocast(self.device):
            self.drawing = True
            batch = self.batches.next()
            self.drawing = False
            return self.step(trained, batch)

    def _usable(self, loss: Tensor | Given, done: int) -> bool:
        """Whether the loss, or the last few of them, are finite and sane."""
        self._waiting.append(loss.detach())
        if len(self._waiting) < self.check_every:
            return True
        alone = len(self._waiting) == 1
        values = [self._waiting[0].item()] if alone else torch.stack(self._waiting).float().tolist()
        self._waiting.clear()
        bad = [v for v in values if not self.guard.good(v)]
        if not self.world.any(bool(bad)):
            self.guard.passed()
            return True
        # Every process must do the same about it, so all are told whether any had a loss that is not finite.
        broken = self.world.any(not all(map(math.isfinite, bad)))
        mine = [v for v in bad if math.isfinite(v) != broken]
        worst = mine[0] if mine else math.nan if broken else self.guard.smooth
        if self.guard.failed(done, worst, used=self.check_every > 1) and hasattr(self.step, "begin_anew"):
            self.step.begin_anew()
        return False

    def _update(self, loss: Tensor | Given, done: int, share: float) -> None:
        gradients.forget(self.optimiser)
        loss.backward()
        if self.clip is not None:
            gradients.clip(self._parameters, self.clip)
        self.optimiser.step()
        if self.average is not None:
            self.average.update(done + 1, share)

    def _smaller(self, error: BaseException, done: int) -> None:
        """Memory ran out: go on with batches of half the size."""
        gradients.forget(self.optimiser)
        self._waiting.clear()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        if self.world.size > 1 or not self.batches.halve():
            raise too_little_memory(error, where=f"step {done}") from error
        # The gradient's noise grows as the batch shrinks; the square root keeps Adam's (Malladi 2022).
        self.guard.scale *= math.sqrt(0.5)
        self.guard.events.append(f"step {done}: memory ran out; going on with batches of half the size")
