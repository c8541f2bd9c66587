"""Encoding into one array for each input: in memory, or once for all as a memory-mapped file in the cache.

Legend: N rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepen.compute.folders import read_json, write_json
from deepen.data.cache import Cache, key_of
from deepen.data.kinds.stored import Opened, Stored

__all__ = ["Encoded", "Encoding"]

_VERSION = 1  # raised whenever the same settings give other arrays, so that old cache entries are not used


@dataclass(frozen=True, eq=False)
class Encoded:
    """Encoded rows: the net's inputs by name, and the rows that could not be read with the reason."""

    arrays: Mapping[str, np.ndarray]
    bad: Mapping[int, str]


@dataclass(frozen=True)
class Encoding:
    """The encoding of the columns that one input reads.

    Parameters
    ----------
    kind, opened
        The fitted kind, and the rows.
    workers
        Threads that decode.
    stop, progress
        A flag that ends it early, and who is told how far it is.
    """

    kind: Stored
    opened: Opened
    workers: int
    stop: Callable[[], bool]
    progress: Callable[[int, int], None]

    def make(self, cache: Cache | None, name: str, content: bytes) -> tuple[np.ndarray, dict[int, str]]:
        """Give the array (N, ...), and the rows that cannot be read.

        Parameters
        ----------
        cache, content
            Where arrays are kept under the hash of the ``content``; without a cache it is made in memory.
        name
            The input's.
        """
        if cache is None:
            out = np.zeros(self._shape, dtype=self.kind.stored[0])
            return out, self._into(out)
        ready = self.kind.ready(self.opened)
        if ready is not None:
            return ready, {}
        settings = {"version": _VERSION, "rows": len(self.opened), **self.kind.encoding}
        return self._in_cache(cache, key_of(settings, name, content))

    @property
    def _shape(self) -> tuple[int, ...]:
        return (len(self.opened), *self.kind.stored[1])

    def _into(self, out: np.ndarray) -> dict[int, str]:
        return self.kind.encode_into(
            self.opened, out, workers=self.workers, stop=self.stop, progress=self.progress
        )

    def _in_cache(self, cache: Cache, key: str) -> tuple[np.ndarray, dict[int, str]]:
        kind = self.kind.stored[0]

        def write(stage: Path) -> None:
            out = np.lib.format.open_memmap(stage / "array.npy", mode="w+", dtype=kind, shape=self._shape)
            bad = self._into(out)
            out.flush()
            if self.stop():
                raise _Interrupted
            write_json(stage / "bad.json", {str(row): why for row, why in bad.items()})

        try:
            folder = cache.make(key, write, need=int(np.prod(self._shape)) * np.dtype(kind).itemsize)
        except _Interrupted:
            return np.zeros((0, *self._shape[1:]), dtype=kind), {}
        array = np.load(folder / "array.npy", mmap_mode="r", allow_pickle=False)
        return array, {int(row): why for row, why in read_json(folder / "bad.json").items()}


class _Interrupted(Exception):
    """The user stopped the encoding, so the half-filled cache entry must not be kept."""
