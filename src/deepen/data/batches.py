"""Batches: rows of encoded arrays, in an order that follows from the seed, on the device.

A batch is an index into an array. Where the arrays fit, they lie on the device from the start; where they do
not, a thread fetches the next batch from the memory-mapped file while the device works on this one.

Legend: N rows, B examples in a batch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.compute.device import memory_free
from deepen.compute.processes import World, alone

__all__ = ["Arrays", "Batch", "ShuffledBatches", "in_order", "resident"]

Arrays = Mapping[str, np.ndarray]
"""The encoded inputs by name, each with N rows."""

_RESIDENT_SHARE = (
    0.4  # of the free memory that the data may take, the rest being for net and activations (assumed)
)
_AHEAD = 3  # batches fetched ahead
_POOL = 32  # batches whose rows are sorted by length together; more would make every epoch's batches alike (assumed)


@dataclass(frozen=True)
class Batch:
    """Encoded inputs by name (B, ...), the target (B, ...), and which rows of the global batch these are."""

    inputs: Mapping[str, Tensor]
    target: Tensor
    rows: slice = field(default_factory=lambda: slice(None))


def resident(arrays: Arrays, rows: np.ndarray, device: torch.device) -> dict[str, Tensor] | None:
    """Put the given rows on the device, if they fit in a fair part of its memory."""
    need = sum(a[:1].nbytes * len(rows) for a in arrays.values())
    if need > _RESIDENT_SHARE * memory_free(device):
        return None
    return {k: torch.from_numpy(_rows(a, rows)).to(device) for k, a in arrays.items()}


def _rows(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Give the rows, without a copy where they are all of an array in memory."""
    # What is memory-mapped is copied: it should be in memory, and torch warns of what it must not write.
    if array.flags.writeable and len(rows) == len(array) and (rows == np.arange(len(array))).all():
        return np.ascontiguousarray(array)
    return np.ascontiguousarray(array[rows])


class ShuffledBatches:
    """Endless batches, each epoch in another order.

    Parameters
    ----------
    arrays, target
        All rows, encoded.
    rows
        The rows to train on.
    size
        Examples in a global batch, which the processes share. The last, smaller one of an epoch is left out,
        so that steps are alike; the next epoch's order brings its rows.
    seed
        From which every epoch's order follows.
    lengths
        How many steps each of the rows to train on has: then rows of like lengths share a batch, since the longest
        one's padding is computed for all.
    """

    def __init__(
        self,
        arrays: Arrays,
        target: np.ndarray,
        rows: np.ndarray,
        *,
        size: int,
        seed: int,
        device: torch.device,
        world: World | None = None,
        lengths: np.ndarray | None = None,
    ) -> None:
        self._lengths = None if lengths is None else torch.from_numpy(lengths)
        self._arrays, self._rows = arrays, np.asarray(rows)
        self._world = world or alone(device)
        self._seed, self._device = seed, device
        self._target = torch.from_numpy(np.ascontiguousarray(target[self._rows])).to(device)
        self._here = resident(arrays, self._rows, device)
        self._pool = None if self._here is not None else ThreadPoolExecutor(1)
        self._ahead: deque[Future[Batch]] = deque()
        self._epoch, self._at, self._fetched = 0, 0, (0, 0)
        self._order, self._order_of = torch.empty(0), -1
        self.size = 0
        self.resize(size)

    @property
    def steps(self) -> int:
        """Batches in one epoch."""
        return max(1, len(self._rows) // self.size)

    def resize(self, size: int) -> None:
        """Give batches of another size from here on; a whole number for each process."""
        processes = self._world.size
        seen = self._at * self.size
        self._order_of = -1
        self.size = max(1, min(size, len(self._rows)) // processes) * processes
        self._at = min(seen // self.size, self.steps - 1)
        self._forget_ahead()

    def halve(self) -> bool:
        """Make the batches half as large; False if they cannot be smaller."""
        if self.size < 2 * self._world.size:
            return False
        self.resize(self.size // 2)
        return True

    def next(self) -> Batch:
        """Give the next batch."""
        if self._pool is None:
            batch = self._fetch(self._epoch, self._at)
        else:
            while len(self._ahead) < _AHEAD:
                epoch, at = self._fetched
                self._ahead.append(self._pool.submit(self._fetch, epoch, at))
                self._fetched = self._after(epoch, at)
            batch = self._ahead.popleft().result()
        self._epoch, self._at = self._after(self._epoch, self._at)
        return batch

    def _after(self, epoch: int, at: int) -> tuple[int, int]:
        return (epoch, at + 1) if at + 1 < self.steps else (epoch + 1, 0)

    def _fetch(self, epoch: int, at: int) -> Batch:
        if self._order_of != epoch:
            generator = seeds.generator(self._seed, "order", epoch)
            self._order = torch.randperm(len(self._rows), generator=generator)
            if self._lengths is not None:
                self._order = _alike(self._order, self._lengths, self.size, generator)
            self._order = self._order.to(self._device) if self._here is not None else self._order
            self._order_of = epoch
        mine = self._world.share(self._order[at * self.size : (at + 1) * self.size])
        rows = slice(None) if self._world.size == 1 else slice(self._world.rank, None, self._world.size)
        if self._here is not None:
            inputs = {k: a.index_select(0, mine) for k, a in self._here.items()}
        else:
            inputs = {
                k: self._to_device(_forwards(a, self._rows[mine.numpy()])) for k, a in self._arrays.items()
            }
        return Batch(inputs, self._target.index_select(0, mine.to(self._device)), rows)

    def _to_device(self, array: np.ndarray) -> Tensor:
        tensor = torch.from_numpy(array)
        if self._device.type == "cuda":
            return tensor.pin_memory().to(self._device, non_blocking=True)
        return tensor

    def _forget_ahead(self) -> None:
        self._ahead.clear()
        self._fetched = self._epoch, self._at

    def state_dict(self) -> dict[str, Any]:
        """Where the batches stand."""
        return {"epoch": self._epoch, "at": self._at, "size": self.size}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.resize(state["size"])
        self._epoch, self._at = state["epoch"], min(state["at"], self.steps - 1)
        self._forget_ahead()


def _alike(order: Tensor, lengths: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """Bring rows of like lengths together: the order is sorted within pools, and its batches shuffled.

    Parameters
    ----------
    order
        (N,) all rows, shuffled; the pools are taken from it, so that batches differ from epoch to epoch.
    """
    pools = [pool[lengths[pool].argsort(stable=True)] for pool in torch.split(order, _POOL * size)]
    whole = max(1, len(order) // size)
    batches = torch.cat(pools)[: whole * size].view(whole, -1)  # (steps, B)
    return batches[torch.randperm(whole, generator=generator)].flatten()


def _forwards(array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Read the rows in the order in which they stand in the file, and give them in the order asked for.

    The order asked for matters: pictures are mixed with their neighbours, and files lie class by class.
    """
    order = np.argsort(rows, kind="stable")
    found = np.empty((len(rows), *array.shape[1:]), array.dtype)
    found[order] = array[rows[order]]
    return found


def in_order(
    arrays: Arrays, rows: np.ndarray, *, size: int, device: torch.device
) -> Iterator[dict[str, Tensor]]:
    """Give the rows' inputs in their order, in batches, to the end."""
    for first in range(0, len(rows), size):
        block = rows[first : first + size]
        yield {k: torch.from_numpy(np.ascontiguousarray(a[block])).to(device) for k, a in arrays.items()}
