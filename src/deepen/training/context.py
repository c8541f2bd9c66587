"""What every stage of a run needs beside its own input."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import torch

from deepen.compute.processes import World
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache
from deepen.learning.budget import Clock
from deepen.learning.watch import Watch
from deepen.training.options import Options

__all__ = ["Context"]


@dataclass(kw_only=True)
class Context:
    """The companions of one run.

    Parameters
    ----------
    options
        What the user said.
    folder
        Where checkpoints are kept, if anywhere.
    clock
        It began with the run.
    watch, stop, world, cache
        Who is told, the flag that ends it, the processes that share it, and what was encoded before.
    notes
        What was understood, mended and left out, a sentence each.
    """

    options: Options
    folder: Path | None
    clock: Clock
    watch: Watch
    stop: StopFlag
    world: World
    cache: Cache
    notes: list[str] = field(default_factory=list)

    @property
    def device(self) -> torch.device:
        """Where the net computes."""
        return self.world.device

    @property
    def workers(self) -> int:
        """Threads that read and decode."""
        return torch.get_num_threads()

    def tell(self, *texts: str) -> None:
        """Tell the watch, and keep it for the model's notes."""
        for text in texts:
            self.notes.append(text)
            self.watch.note(text)
