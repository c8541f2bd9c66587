"""Long rows are read piece by piece, each with some steps on either side that are read but not answered.

Legend: N rows, P pieces, T steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Pieces", "cut"]

MOST = 512  # steps answered in one piece (assumed): a recurrent net's time grows with the longest of a batch
BESIDE = 64  # steps read on either side, so that a border knows what is about it (assumed)


@dataclass(frozen=True, eq=False)
class Pieces:
    """Where each piece is: of ``row`` it reads ``first`` to ``last``, and answers ``begin`` to ``end``: (P,) each."""

    row: np.ndarray
    first: np.ndarray
    last: np.ndarray
    begin: np.ndarray
    end: np.ndarray

    def __len__(self) -> int:
        return len(self.row)

    @property
    def lengths(self) -> np.ndarray:
        """How many steps each reads: (P,)."""
        return np.asarray(self.last - self.first)

    def lay(self, rows: Sequence[np.ndarray], empty: float = 0, *, answered: bool = False) -> np.ndarray:
        """Lay rows (T, ...) out as pieces, filled up with ``empty``: (P, longest, ...).

        Parameters
        ----------
        answered
            Leave the steps empty that are read, but not answered.
        """
        longest = max(1, int(self.lengths.max(initial=1)))
        like = rows[0] if len(rows) else np.zeros(0, np.int64)
        out = np.full((len(self), longest, *like.shape[1:]), empty, like.dtype)
        for at in range(len(self)):
            a, b = (self.begin[at], self.end[at]) if answered else (self.first[at], self.last[at])
            out[at, a - self.first[at] : b - self.first[at]] = rows[self.row[at]][a:b]
        return out

    def gather(self, at: int, values: np.ndarray, into: Sequence[np.ndarray]) -> None:
        """Put what piece ``at`` says, (T, ...) of the steps it reads, to where it belongs in its row."""
        a, b, first = self.begin[at], self.end[at], self.first[at]
        into[self.row[at]][a:b] = values[a - first : b - first]


def cut(lengths: np.ndarray, most: int = MOST, beside: int = BESIDE) -> Pieces:
    """Cut rows of these lengths (N,); an empty row has no piece.

    Examples
    --------
    >>> pieces = cut(np.array([3, 0, 10]), most=6, beside=2)
    >>> pieces.row.tolist(), pieces.first.tolist(), pieces.begin.tolist(), pieces.end.tolist(), pieces.last.tolist()
    ([0, 2, 2], [0, 0, 3], [0, 0, 5], [3, 5, 10], [3, 7, 10])
    """
    lengths = np.asarray(lengths, dtype=np.int64)
    count = -(-lengths // most)  # (N,)
    row = np.repeat(np.arange(len(lengths)), count)  # (P,)
    number = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    whole, parts = lengths[row], count[row]
    begin, end = number * whole // np.maximum(parts, 1), (number + 1) * whole // np.maximum(parts, 1)
    return Pieces(row, np.maximum(begin - beside, 0), np.minimum(end + beside, whole), begin, end)
