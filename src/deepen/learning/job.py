"""What a training that makes its own data is given from outside: its clock, its seed, its place and who is told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

import torch

from deepen.compute.signals import StopFlag
from deepen.learning.budget import Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.watch import Silent, Watch

__all__ = ["Job"]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run, as the rooms of playing are given it.

    Parameters
    ----------
    clock
        Runs since the command began, and ends the training where the budget is in minutes.
    device
        Where it computes.
    seed
        From which everything random follows.
    steps
        Moves in the world after which the training ends; infinity where only the clock ends it.
    folder
        Where checkpoints are kept, if anywhere; a later run goes on from there.
    watch, stop
        Who is told, and the flag that ends it.
    notes
        What was told so far, a sentence each.
    """

    clock: Clock
    device: torch.device
    seed: int = 0
    steps: float = math.inf
    folder: Path | None = None
    watch: Watch = field(default_factory=Silent)
    stop: StopFlag = field(default_factory=StopFlag)
    notes: list[str] = field(default_factory=list)

    def tell(self, text: str) -> None:
        """Tell the watch, and keep it for the model's folder."""
        self.notes.append(text)
        self.watch.note(text)

    def horizon(self, updates: float, *, reserve: float) -> Horizon:
        """Where the training ends: after so many updates, or when the clock has ``reserve`` seconds left."""
        return Horizon(updates, self.clock, reserve=reserve, began=self.clock.elapsed)

    @property
    def checkpoints(self) -> Checkpoints | None:
        """Where the training is kept, if anywhere."""
        return None if self.folder is None else Checkpoints(self.folder / "checkpoints")
