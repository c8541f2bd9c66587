"""What every stage of a run needs beside its own input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import torch

from deepen.compute.folders import read_json, write_json
from deepen.compute.processes import World
from deepen.compute.signals import StopFlag
from deepen.config import Settings
from deepen.data.cache import Cache, key_of
from deepen.learning.budget import Clock
from deepen.learning.pretrained import Pretrained
from deepen.learning.watch import Watch
from deepen.training.options import Options

__all__ = ["Context"]

P = TypeVar("P", bound=Settings)

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
    pretrained
        What the training begins with, if anything.
    unlabelled
        Whether rows without a value for the target take part in the training.
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
    pretrained: Pretrained | None = None
    unlabelled: bool = False
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

    def planned(self, name: str, plan: type[P], make: Callable[[], P]) -> P:
        """Give a plan that the first process makes for all, or reads again on a resumed run.

        Parameters
        ----------
        name
            The file in the run's folder.
        """

        def found() -> P:
            kept = self.folder / name if self.folder is not None else None
            if kept is not None and kept.is_file():
                return plan.from_dict(read_json(kept))
            self.watch.stage("measuring this machine")
            made = make()
            if kept is not None:
                write_json(kept, made.to_dict())
            return made

        told: P = self.world.tell(found() if self.world.first else None)
        return told

    def was_planned(self, name: str) -> bool:
        """Whether the run that is resumed had made such a plan."""
        return bool(self.world.tell(self.folder is not None and (self.folder / name).is_file()))

    def tell(self, *texts: str) -> None:
        """Tell the watch, and keep it for the model's notes."""
        for text in texts:
            self.notes.append(text)
            self.watch.note(text)
