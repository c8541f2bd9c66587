"""Signals, whatever they are given as: a block of columns, an array, or lists of numbers; some rows at a time.

Legend: N rows, B of them, S steps of all of them, T steps of one, C channels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from deepen.data.columns import Column, is_text
from deepen.data.kinds.number import parse
from deepen.data.lists import Read, Unread, is_list, mismatch, of_lists, of_values, one
from deepen.errors import DataError

__all__ = ["Signals", "Steps"]

_LOOK_AT = 1000  # rows by which the channels are counted
_LARGEST = 1e30  # what is larger cannot be squared as a float32, and is no measurement (assumed)
_EMPTY = "every value is missing"


@dataclass(frozen=True, eq=False)
class Steps:
    """The steps of some rows, one row after the other.

    Parameters
    ----------
    values
        (S, C) float64, NaN where a value is missing.
    counts
        How many steps each row has in ``values``: (B,).
    lengths
        Steps of each row up to its last one that has a value: (B,). What is missing behind it is its end.
    bad
        What is wrong with the rows that cannot be read, by their place among the B; they have no steps.
    """

    values: np.ndarray
    counts: np.ndarray
    lengths: np.ndarray
    bad: Mapping[int, str]

    @property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """The row, and the place in that row, of each step: (S,) each."""
        row = np.repeat(np.arange(len(self.counts)), self.counts)
        return row, np.arange(len(row)) - np.repeat(np.cumsum(self.counts) - self.counts, self.counts)

    def padded(self, longest: int) -> np.ndarray:
        """Lay the rows side by side, cut at their end or filled up with NaN: (B, ``longest``, C)."""
        row, at = self.places
        out = np.full((len(self.counts), longest, self.values.shape[1]), np.nan)
        kept = at < longest
        out[row[kept], at[kept]] = self.values[kept]
        return out


class Signals:
    """The rows of a column of signals, or of the columns that form one.

    Parameters
    ----------
    columns
        One column of lists, of JSON lists as text, or an array (N, T) or (N, T, C); or several of numbers, one
        for each step.
    where
        Says where a row stands.

    Raises
    ------
    DataError
        If the columns can hold no signals, or one of several holds what is no number.
    """

    def __init__(self, columns: Mapping[str, Column], where: Callable[[int], str]) -> None:
        self._where, self._title = where, ""
        self.array: np.ndarray | None = None  # (N, T, C)
        first = next(iter(columns.values()))
        if len(columns) > 1:
            values = [parse(column, name, where) for name, column in columns.items()]
            self.array = np.stack(values, axis=1)[..., None]
        elif isinstance(first, np.ndarray) and first.ndim in (2, 3):
            self.array = first.reshape(*first.shape[:2], -1)
        elif isinstance(first, np.ndarray) or not (is_text(first) or is_list(first.type)):
            came = f"an array of shape {first.shape}" if isinstance(first, np.ndarray) else str(first.type)
            (name,) = columns
            raise DataError(
                "one column of these holds no signals", where=f"column {name!r}", came=came,
                allowed="lists of numbers, or an array (N, T) or (N, T, C)",
                mend="Columns that form one signal are named together: --kind 'x1..x140=series'.",
            )  # fmt: skip
        else:
            (name,) = columns
            self._title = f", column {name!r}"
        self._column, self._count = first, len(first)

    def __len__(self) -> int:
        return self._count

    def name(self, row: int) -> str:
        """Where the signal stands."""
        return self._where(row) + self._title

    @property
    def width(self) -> int:
        """About how many numbers a row has."""
        if self.array is not None:
            return int(self.array[0].size)
        return 1 + int(self._column.nbytes // (8 * max(1, len(self))))

    def channels(self, rows: np.ndarray) -> int:
        """How many numbers a step has in most of these rows; 1 where none can be read."""
        if self.array is not None:
            return int(self.array.shape[2])
        found: Counter[int] = Counter()
        for value in self._column.take(pa.array(rows[:_LOOK_AT])).to_pylist():
            try:
                found[one(value, None).shape[1]] += 1
            except Unread:
                continue
        return found.most_common(1)[0][0] if found else 1

    def some(self, rows: np.ndarray, channels: int) -> Steps:
        """Read some rows (B,), each step of so many channels."""
        if self.array is not None:
            values, counts, bad = _of_array(self.array[rows], channels)
        else:
            column = self._column.take(pa.array(rows))
            read = of_lists(column, channels)
            values, counts, bad = of_values(column.to_pylist(), channels) if read is None else read
        return _checked(values, counts, bad)


def _checked(values: np.ndarray, counts: np.ndarray, bad: dict[int, str]) -> Steps:
    """Find the ends, and the rows that hold nothing or what is infinite."""
    steps = Steps(values, counts, counts, bad)
    row, at = steps.places
    for step in np.flatnonzero((np.abs(values) > _LARGEST).any(axis=1))[
        ::-1
    ]:  # the first one of a row is named
        bad[int(row[step])] = f"a value that is infinite, or beyond {_LARGEST:g}, at step {at[step] + 1}"
    lengths = np.zeros(len(counts), dtype=np.int64)
    np.maximum.at(lengths, row, np.where(np.isnan(values).all(axis=1), 0, at + 1))
    for empty in np.flatnonzero(lengths == 0):
        bad.setdefault(int(empty), _EMPTY)
    if not bad:
        return Steps(values, counts, lengths, bad)
    good = ~np.isin(np.arange(len(counts)), list(bad))
    return Steps(values[good[row]], np.where(good, counts, 0), np.where(good, lengths, 0), bad)


def _of_array(array: np.ndarray, channels: int) -> Read:
    B, T, C = array.shape
    if channels != C:
        why = mismatch(1, C, channels)
        return np.zeros((0, channels)), np.zeros(B, dtype=np.int64), dict.fromkeys(range(B), why)
    return array.reshape(B * T, C).astype(np.float64), np.full(B, T), {}
