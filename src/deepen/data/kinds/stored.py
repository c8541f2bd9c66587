"""What a kind offers whose columns are an input of their own, encoded once into one array.

Legend: N rows, B examples in a batch, D plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from deepen.data.kinds.augmentation import Augmentation
from deepen.data.table import Table
from deepen.shapes import Shape

__all__ = ["Opened", "Stored", "Telling", "by_blocks"]

_BLOCK = 4096  # encoded rows read at a time


class Opened(Protocol):
    """The rows of the columns that one input reads, before they are encoded."""

    def __len__(self) -> int: ...

    def name(self, row: int) -> str:
        """What messages call a row."""


class Stored(Protocol):
    """A fitted kind whose encoded rows are one array (N, ...).

    Beside the protocol's methods each such kind has ``claims`` and ``fit``, whose arguments are its own.
    """

    name: ClassVar[str]

    @property
    def things(self) -> str:
        """What its examples are called: pictures, recordings."""

    @property
    def shape(self) -> Shape:
        """What the net gets."""

    @property
    def stored(self) -> tuple[str, tuple[int, ...]]:
        """The type of the array, and the dimensions of one row in it."""

    @property
    def encoding(self) -> dict[str, Any]:
        """All that decides the array beside the source, as plain data: by it the cache tells arrays apart."""

    def columns(self, name: str) -> tuple[str, ...]:
        """Which columns of the table it reads, being called ``name``."""

    def open(self, table: Table, name: str) -> Opened:
        """Get at the rows."""

    def ready(self, opened: Any) -> np.ndarray | None:
        """The array itself, where the source holds it in memory already; else None."""

    def encode_into(
        self,
        opened: Any,
        out: np.ndarray,
        *,
        workers: int,
        stop: Callable[[], bool],
        progress: Callable[[int, int], None],
    ) -> dict[int, str]:
        """Fill ``out`` (N, ...), which is zero; give the rows that cannot be read, with the reason of each."""

    def with_statistics(self, array: np.ndarray, rows: np.ndarray) -> Self:
        """Add what is fitted on the encoded training rows."""

    def to_net(
        self,
        values: Tensor,
        how: Augmentation | None = None,
        generator: torch.Generator | None = None,
        rows: slice = slice(None),
    ) -> Tensor:
        """Bring encoded rows (B, ...) to what the net reads; varied, where ``how`` and a generator are given."""

    def lengths(self, array: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
        """How many steps some encoded rows have, so that like ones can share a batch: (M,); None if all are alike.

        The array may be larger than memory: it is read a block at a time, and not at all where all are alike.
        """

    def plain(self, values: np.ndarray) -> np.ndarray:
        """The features that a linear model gets: (B, D) float32."""

    def show(self, opened: Any, values: np.ndarray) -> dict[str, Any]:
        """One row alone, its encoded values without N, as plain data to look at: see :mod:`deepen.data.exhibits`."""

    def __str__(self) -> str:
        """What was chosen for them, for people."""


@runtime_checkable
class Telling(Protocol):
    """A kind that has something to say of its examples once they are encoded."""

    def notes(self, opened: Any, array: np.ndarray, train: np.ndarray) -> list[str]:
        """Say what is odd about them, a sentence each.

        Parameters
        ----------
        opened, array
            The rows, and what they were encoded as: (N, ...).
        train
            The training part, by which examples are looked at more closely.
        """


def by_blocks(count: Callable[[np.ndarray], np.ndarray], array: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Count something of each of some encoded rows (M,), holding a block of them in memory at a time."""
    found = [count(array[rows[at : at + _BLOCK]]) for at in range(0, len(rows), _BLOCK)]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
