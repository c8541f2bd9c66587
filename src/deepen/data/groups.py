"""Rows by the values of a column, or of a part of the files' names: the subgroups that scores are asked for.

Legend: N rows, M of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow.compute as pc

from deepen.data import dates
from deepen.data.columns import strings, take
from deepen.data.kinds import Category, Date, Number
from deepen.data.kinds.number import parse
from deepen.data.names import is_form, part_of_names, read_form
from deepen.data.table import Column, Table
from deepen.errors import DataError, SettingError, nearest

__all__ = ["Groups", "check", "group"]

_FEW = 10  # a number of more distinct values than this is parted at its quartiles (assumed)
_MOST = 50  # groups; those of fewest rows beyond it are one (assumed: what a page holds)
_MISSING, _OTHERS = "(missing)", "(all others)"


@dataclass(frozen=True, eq=False)
class Groups:
    """The group of each of M rows.

    Parameters
    ----------
    column
        The column, or the form of the files' names.
    codes
        Which of ``names`` each row belongs to: (M,).
    names
        What the groups are called.
    notes
        How they were made, where not every value is a group.
    """

    column: str
    codes: np.ndarray
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def check(table: Table, by: Sequence[str]) -> None:
    """See that rows can be grouped so, before any work is spent.

    Raises
    ------
    SettingError
        If a column does not exist, with the nearest name, or holds what is no group; or a name is no form of names.
    DataError
        If no column holds names of files, or one of them has too few parts.
    """
    for name in by:
        _column(table, name)


def group(table: Table, by: str, rows: np.ndarray) -> Groups:
    """Group some rows (M,) by a column, or by ``name:1:_`` and its like (see :mod:`deepen.data.names`).

    Numbers of many values and dates are parted at the quartiles of these rows; what is missing is a group.

    Raises
    ------
    SettingError, DataError
        As :func:`check` does.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = Table({"sex": pa.chunked_array([["m", "f", None, "f"]])}, "the rows")
    >>> found = group(table, "sex", np.array([1, 2, 3]))
    >>> [found.names[code] for code in found.codes]
    ['f', '(missing)', 'f']
    """
    column = take(_column(table, by), rows)
    if not is_form(by):
        if Date.claims(column):
            moments = dates.parse(column, by, table.where, day_first=dates.day_first(column))
            return _quartiles(by, moments.astype(np.int64).astype(np.float64), np.isnat(moments), _day)
        if Number.claims(column) and len(pc.unique(strings(column))) > _FEW:
            values = parse(column, by, table.where)
            return _quartiles(by, values, np.isnan(values), lambda value: f"{value:,.6g}")
    return _values(by, [_MISSING if value is None else value for value in strings(column).to_pylist()])


def _column(table: Table, by: str) -> Column:
    """The column that is meant, if it can part rows."""
    if is_form(by):
        return part_of_names(table, read_form(by, "--by"), "--by", "group")
    if by not in table.names:
        if by.startswith(("name:", "folder:")):
            read_form(by, "--by")
        mend = nearest(by, table.names)
        raise SettingError(f"there is no column {by!r}", where="--by", mend=f"{mend} Or a part of the"
                           " files' names: name:1:_, folder:0.")  # fmt: skip
    column = table[by]
    if isinstance(column, np.ndarray) or not any(kind.claims(column) for kind in (Number, Date, Category)):
        came = "an array" if isinstance(column, np.ndarray) else str(column.type)
        raise SettingError(
            "its values part rows into no groups", where=f"--by {by}", allowed="names, numbers, dates", came=came
        )  # fmt: skip
    return column


def _values(by: str, values: list[str]) -> Groups:
    """A group for each value; the rarest of very many are one."""
    counts = Counter(values)
    if len(counts) == len(values) > _FEW:
        raise DataError(
            "every row has a value of its own: there are no groups", where=f"--by {by}",
            came=", ".join(map(repr, values[:3])) + ", ...",
        )  # fmt: skip
    names = sorted(counts)
    notes: tuple[str, ...] = ()
    if len(names) > _MOST:
        kept = {name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: _MOST - 1]}
        notes = (
            f"of {len(names):,} values of {by} the {_MOST - 1} of most rows stand alone, the others together",
        )
        names = [*sorted(kept), _OTHERS]
        values = [value if value in kept else _OTHERS for value in values]
    at = {name: code for code, name in enumerate(names)}
    return Groups(by, np.array([at[value] for value in values], dtype=np.int64), tuple(names), notes)


def _quartiles(by: str, values: np.ndarray, blank: np.ndarray, say: Callable[[float], str]) -> Groups:
    """Four groups of about equal numbers; fewer where quartiles are equal."""
    known = values[~blank]
    if not len(known):
        return _values(by, [_MISSING] * len(values))
    below = known[known < known.max()]
    inner = np.unique(np.quantile(known, [0.25, 0.5, 0.75], method="inverted_cdf"))
    inner = inner[inner < known.max()]  # a value belongs to the group that it ends
    if not len(inner) and len(below):
        inner = below.max(
            keepdims=True
        )  # most rows have the largest value: it is a group, the others are one
    codes = np.where(blank, len(inner) + 1, np.searchsorted(inner, values, side="left"))
    told = [say(edge) for edge in inner.tolist()]
    names = [f"up to {told[0]}"] if told else [say(float(known.min()))]
    names += [f"above {low}, to {high}" for low, high in pairwise(told)]
    names += [f"above {told[-1]}"] if told else []
    return Groups(by, codes, (*names, _MISSING), (f"{by} is parted at its quartiles",))


def _day(micros: float) -> str:
    return str(np.datetime64(int(micros), "us").astype("M8[m]")).replace("T00:00", "").replace("T", " ")
