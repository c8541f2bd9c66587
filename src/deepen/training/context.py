"""What every stage of a run needs beside its own input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from deepen.compute.processes import World
from deepen.compute.signals import StopFlag
from deepen.data.cache import Cache, key_of
from deepen.learning.budget import Clock
from deepen.learning.watch import Watch
from deepen.training.options import Options

__all__ = ["Context"]

_RECALLED = 1  # raised whenever what is recalled would now be worked out otherwise


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

    def recall(self, what: str, content: str, work: Callable[[], Any]) -> Any:
        """Give plain data that follow from the content alone: as kept by an earlier run of this version, or anew.

        Parameters
        ----------
        what, content
            What is worked out, and the hash of all that decides it; empty if it is not known.
        """
        if not content:
            return work()
        return self.cache.recall(key_of(what, version("deepen"), _RECALLED, content), work)

    def tell(self, *texts: str) -> None:
        """Tell the watch, and keep it for the model's notes."""
        for text in texts:
            self.notes.append(text)
            self.watch.note(text)
