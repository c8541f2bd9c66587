"""Checkpoints: the whole state of a training, from which it goes on as if it had never been interrupted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from deepen.compute.numbered import newest, write_numbered
from deepen.compute.weights import load_tree, save_tree

__all__ = ["Checkpoints"]

_KIND = "checkpoint"


class Checkpoints:
    """Numbered folders, of which the newest few are kept.

    Parameters
    ----------
    folder
        Where they stand.
    seconds
        The least time between two of them. Half a minute is lost at worst (assumed to be bearable).
    keep
        How many are kept, so that a damaged one has one before it.
    """

    def __init__(self, folder: Path, *, seconds: float = 30.0, keep: int = 2) -> None:
        self.folder, self.seconds, self.keep = folder, seconds, keep
        self._last = time.monotonic()

    @property
    def standing(self) -> int:
        """The steps after which the newest one was written, whole or not; 0 where there is none."""
        if not self.folder.is_dir():
            return 0
        return max((int(p.name) for p in self.folder.iterdir() if p.name.isdigit()), default=0)

    def due(self) -> bool:
        """Whether it is time for the next one."""
        return time.monotonic() - self._last >= self.seconds

    def save(self, step: int, state: dict[str, Any]) -> None:
        """Write the state after ``step`` steps; whole or not at all.

        Raises
        ------
        FolderError
            If it cannot be written; the next one is due as usual.
        """
        try:
            write_numbered(
                self.folder, step, lambda stage: save_tree(stage, "state", state), kind=_KIND, keep=self.keep
            )
        finally:
            self._last = time.monotonic()

    def load(self) -> tuple[dict[str, Any] | None, list[str]]:
        """Read the newest whole checkpoint.

        Returns
        -------
        state, damaged
            None if there is none; and a sentence for each newer one that was damaged and passed over.
        """
        path, damaged = newest(self.folder, kind=_KIND)
        return (load_tree(path, "state") if path else None), damaged
