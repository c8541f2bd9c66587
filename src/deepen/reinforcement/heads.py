"""Where rings are written to: the newest row of each.

Legend: B rings of T rows each, which lie behind one another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["Head", "Heads", "heads"]


class Heads:
    """The newest rows of B rings.

    Parameters
    ----------
    rings, rows
        B and T.
    native
        Gives a tensor as the rows are indexed.

    Attributes
    ----------
    newest
        (B,) the rows, for indexing.
    """

    def __init__(self, rings: int, rows: int, native: Callable[[Tensor], Any]) -> None:
        self._rows, self._native = rows, native
        self._base = native(rows * torch.arange(rings))  # (B,) where each ring begins
        self._written = native(torch.zeros(rings, dtype=torch.int64))  # (B,) rows written so far
        self.newest: Any = self._base + 0

    @property
    def written(self) -> Tensor:
        """(B,) rows written so far."""
        return torch.as_tensor(self._written).clone()

    @property
    def most(self) -> int:
        """The rows written so far in the ring that has most."""
        return int(self._written.max())

    def move(self, which: Any) -> Any:
        """Go on by a row in some rings, and give those rows; ``which`` is a mask (B,), or ``slice(None)`` for all."""
        rows = self._base[which] + self._written[which] % self._rows
        self.newest[which] = rows
        self._written[which] += 1
        return rows

    def ahead(self, which: Any, more: int) -> Any:
        """The rows that will be written so many rows after the newest."""
        return self._base[which] + (self._written[which] - 1 + more) % self._rows

    def set(self, written: Tensor | None) -> None:
        """Go to where so many rows (B,) are written; None for none."""
        self._written[:] = 0 if written is None else self._native(written)
        self.newest[:] = self._base + (self._written - 1) % self._rows


class Head:
    """The newest row of a single ring: as :class:`Heads`, by slices, which take a quarter of an index array's time."""

    def __init__(self, rows: int) -> None:
        self._rows, self._written = rows, 0
        self.newest: Any = slice(0, 1)

    @property
    def written(self) -> Tensor:
        """(1,) rows written so far."""
        return torch.tensor([self._written])

    @property
    def most(self) -> int:
        """The rows written so far."""
        return self._written

    def move(self, which: Any) -> Any:
        """Go on by a row, and give it; nothing where the mask ``which`` (1,) leaves the ring out."""
        if not isinstance(which, slice) and not which[0]:
            return slice(0, 0)
        at = self._written % self._rows
        self._written += 1
        self.newest = slice(at, at + 1)
        return self.newest

    def ahead(self, which: Any, more: int) -> Any:
        """The row that will be written so many rows after the newest."""
        if not isinstance(which, slice) and not which[0]:
            return slice(0, 0)
        at = (self._written - 1 + more) % self._rows
        return slice(at, at + 1)

    def set(self, written: Tensor | None) -> None:
        """Go to where so many rows (1,) are written; None for none."""
        self._written = 0 if written is None else int(written[0])
        at = (self._written - 1) % self._rows
        self.newest = slice(at, at + 1)


def heads(rings: int, rows: int, native: Callable[[Tensor], Any]) -> Head | Heads:
    """Make what suits so many rings."""
    return Head(rows) if rings == 1 else Heads(rings, rows, native)
