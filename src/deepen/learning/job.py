"""What a training that makes its own data is given from outside: its clock, its seed, its place and who is told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from deepen.compute.signals import StopFlag
from deepen.learning.asked import begin
from deepen.learning.budget import Clock, Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.learning_on import Before
from deepen.learning.watch import Silent, Watch

__all__ = ["Job"]

_AT_LEAST = 0.01  # of the clock, for what comes after the training (assumed)
_AFTER_A_STOP = 20.0  # seconds for a score, once somebody has asked for the end (assumed: he waits)


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
        """Tell the watch, and keep it for the model's folder; the same is told once."""
        if text not in self.notes:
            self.notes.append(text)
            self.watch.note(text)

    def begin(self, asked: Mapping[str, Any]) -> None:
        """Keep what the run is asked; or, where a run was interrupted in its folder, go on with that one and say so.

        Parameters
        ----------
        asked
            All that decides what its checkpoints hold.

        Raises
        ------
        SettingError
            If that run was asked something else.

        Examples
        --------
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> Job(clock=Clock(), device=torch.device("cpu"), folder=folder).begin({"world": "go:9"})
        >>> [path.name for path in folder.iterdir()]
        ['asked.json']
        """
        checkpoints = self.checkpoints
        if self.folder is None or checkpoints is None:
            return
        going_on = begin(self.folder, checkpoints.standing, asked)
        if going_on:
            self.tell(going_on)

    def before(self, trained: Any) -> Before:
        """Give what was learned before: by the model that this run goes on from, if any; asked after :meth:`begin`."""
        checkpoints = self.checkpoints
        going_on = checkpoints is not None and checkpoints.standing > 0
        found = Before.of(trained, self.folder, going_on=going_on)
        if trained is not None:
            self.tell(f"learns on from a player that had {found.seconds:,.0f} s before")
        return found

    def horizon(self, updates: float, *, reserve: float) -> Horizon:
        """Where the training ends: after so many updates, or when the clock has ``reserve`` seconds left."""
        return Horizon(updates, self.clock, reserve=reserve, began=self.clock.elapsed)

    def ending(self, until: float = math.inf) -> Callable[[], bool]:
        """Give what tells the work after the training when to end.

        It ends with the clock, at ``until`` on it, or when somebody asks for it. Who has asked for the end of the
        training waits already: then a few seconds must do. Where the clock has run out, as that of a run that was
        taken up late, there is a hundredth of it left, that there be a score at all.
        """
        now, stopped = self.clock.elapsed, self.stop()
        last = min(until, self.clock.seconds)
        if math.isfinite(last):
            last = max(last, now + _AT_LEAST * self.clock.seconds)
        if stopped:
            last = min(last, now + _AFTER_A_STOP)
        return lambda: self.clock.elapsed > last or (not stopped and self.stop())

    @property
    def checkpoints(self) -> Checkpoints | None:
        """Where the training is kept, if anywhere."""
        return None if self.folder is None else Checkpoints(self.folder / "checkpoints")
