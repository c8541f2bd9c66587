"""What the rows of a table hold: tokens, or steps of numbers, and a tag for each.

Legend: N rows, T elements of one, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from deepen.data.columns import missing
from deepen.data.kinds.signals import Signals
from deepen.data.table import Table
from deepen.data.tagged import cells
from deepen.errors import DataError

__all__ = ["Elements", "check_lengths", "elements_of", "tags_of"]


@dataclass(frozen=True, eq=False)
class Elements:
    """What is to be tagged, row by row.

    Parameters
    ----------
    rows
        A list of T tokens each, or an array (T, C) of float64 each, NaN where nothing was measured; empty where
        the row is empty or missing.
    missing
        (N,) bool: which rows hold nothing at all.
    """

    rows: Sequence[Any]
    missing: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def lengths(self) -> np.ndarray:
        """T of each row: (N,)."""
        return np.array([len(row) for row in self.rows], dtype=np.int64)


def elements_of(
    table: Table, name: str, kind: str, *, channels: int | None = None, plain: bool = False
) -> Elements:
    """Read the column that is tagged.

    Parameters
    ----------
    kind
        ``text`` for tokens, ``series`` for steps of numbers.
    channels
        C, where it is known.
    plain
        Whether a text that is no list is cut at its blanks.

    Raises
    ------
    DataError
        If a row holds no list, or lists in a list, or a missing token, naming it.
    """
    if kind == "series":
        return _steps(table, name, channels)
    found = cells(table[name])
    if plain:
        found = [row.split() if isinstance(row, str) else row for row in found]
    rows = [_words(row, table, at, name, "token") for at, row in enumerate(found)]
    return Elements(rows, np.array([row is None for row in found], dtype=bool))


def tags_of(table: Table, name: str) -> Elements:
    """Read the column of tags; whole numbers become words.

    Raises
    ------
    DataError
        If a row holds no list, lists in a list, or a missing tag, naming it.
    """
    found = cells(table[name])
    rows = [_words(row, table, at, name, "tag") for at, row in enumerate(found)]
    return Elements(rows, np.array([row is None for row in found], dtype=bool))


def check_lengths(table: Table, name: str, target: str, elements: Elements, tags: Elements) -> None:
    """Refuse a row with another number of tags than of elements.

    Raises
    ------
    DataError
        Naming the first such row, and how many there are.
    """
    both = ~(elements.missing | tags.missing)
    wrong = np.flatnonzero(both & (elements.lengths != tags.lengths))
    if len(wrong):
        at = int(wrong[0])
        more = f" (and in {len(wrong) - 1:,} more rows)" if len(wrong) > 1 else ""
        raise DataError(
            f"{name!r} and {target!r} differ in length{more}", where=table.where(at),
            allowed="one tag for each element",
            came=f"{len(elements.rows[at]):,} elements and {len(tags.rows[at]):,} tags",
        )  # fmt: skip


def _words(row: Any, table: Table, at: int, name: str, thing: str) -> list[str]:
    if row is None:
        return []
    if not isinstance(row, list):
        raise DataError(
            f"not a list of {thing}s", where=f"{table.where(at)}, column {name!r}", came=repr(row)[:60]
        )
    words = []
    for place, value in enumerate(row):
        if value is None or (thing == "tag" and value == ""):
            raise DataError(
                f"a missing {thing}", where=f"{table.where(at)}, column {name!r}, place {place + 1}",
                mend=f"Give every {thing}, or leave the row out.",
            )  # fmt: skip
        if isinstance(value, list | dict):
            raise DataError(
                f"a {thing} that is itself a list or an object", came=repr(value)[:60],
                where=f"{table.where(at)}, column {name!r}, place {place + 1}",
            )  # fmt: skip
        words.append(_word(value))
    return words


def _word(value: Any) -> str:
    """Write a value as a person would: 3 rather than 3.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _steps(table: Table, name: str, channels: int | None) -> Elements:
    column = table[name]
    gone = missing(column)
    there = np.flatnonzero(~gone)
    signals = Signals({name: column}, table.where)
    C = channels or signals.channels(there)
    rows: list[np.ndarray] = [np.zeros((0, C))] * len(table)
    if isinstance(column, pa.ChunkedArray) and pa.types.is_null(column.type):
        return Elements(rows, gone)
    read = signals.some(there, C)
    for place, why in sorted(read.bad.items()):
        if cells(column.slice(int(there[place]), 1))[0] != []:
            raise DataError(f"cannot be read: {why}", where=signals.name(int(there[place])))
    for at, values in zip(there.tolist(), np.split(read.values, np.cumsum(read.counts)[:-1]), strict=True):
        rows[at] = values
    return Elements(rows, gone)
