"""A table's rows as series on an even grid of time: sorted, checked, gaps filled in as unknown, nothing lost.

Legend: R rows of the table, N rows of all series together, S series, C targets, H steps ahead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from deepen.data.columns import missing, strings
from deepen.data.dates import from_parts, parse
from deepen.data.frequency import Frequency
from deepen.data.kinds.number import parse as parse_numbers
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.forecasting.columns import Columns
from deepen.forecasting.grid import Grid

__all__ = ["Series", "read_series"]

_MOST_GAPS = 1.0  # steps without a row, for each row, above which the grid is taken to be a mistake (assumed)


@dataclass(frozen=True, eq=False)
class Series:
    """One or several series, one after another.

    Each begins where all its targets have been known, and ends H rows after the last known one, its origin.

    Parameters
    ----------
    source
        What messages call the data.
    columns, frequency
        What is what, and the step of time.
    names
        Of each series; one empty name where there is only one.
    starts, origins, ends
        Of each series the first row, the first row that is not known, and the row after its last: (S,).
    dates
        (N,) datetime64[us], or float64 for a numbered time.
    values
        (N, C), NaN where unknown.
    inputs
        Of each other column (N,) float64, NaN where missing; or objects, None where missing.
    given
        Whether the table has a row for it: (N,).
    begins
        The first moment of the ``test`` and ``valid`` part, where the source names its parts.
    notes
        What was mended, a sentence each.
    """

    source: str
    columns: Columns
    frequency: Frequency
    names: tuple[str, ...]
    starts: np.ndarray
    origins: np.ndarray
    ends: np.ndarray
    dates: np.ndarray
    values: np.ndarray
    inputs: Mapping[str, np.ndarray]
    given: np.ndarray
    begins: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def which(self) -> np.ndarray:
        """The number of the series of each row: (N,)."""
        return np.repeat(np.arange(len(self)), self.ends - self.starts)

    def parts(self, until: np.ndarray) -> list[np.ndarray]:
        """Cut out each series' values from its start to the row before ``until`` (S,): (T, C) each."""
        return [self.values[a:b] for a, b in zip(self.starts, until, strict=True)]


def read_series(table: Table, columns: Columns, horizon: int, frequency: Frequency | None = None) -> Series:
    """Bring a table's rows in order, on the grid of their frequency.

    Parameters
    ----------
    frequency
        That of the training data, for new data; found from the table where None.

    Raises
    ------
    DataError
        If a date or group is missing or not readable, two rows of one series have one date, or no target has
        a value.
    """
    dates = _dates(table, columns)
    names, codes = _groups(table, columns)
    if not columns.time:  # the rows' own order, within each series
        dates = _order_within(codes)
    order = np.lexsort((dates, codes))
    notes = _unsorted(table, columns, dates, codes)
    _refuse_duplicates(table, columns, dates, codes, order)
    values = np.stack([parse_numbers(table[t], t, table.where) for t in columns.targets], axis=1)
    found = frequency or Frequency.find(
        [dates[rows] for s in range(len(names)) if len(rows := order[codes[order] == s]) > 1] or [dates[:1]]
    )
    grid = Grid(found, dates, values, horizon)
    blocks = [grid.block(order[codes[order] == s]) for s in range(len(names))]
    inserted = sum(b.inserted for b in blocks)
    if inserted > _MOST_GAPS * len(table) and frequency is None:
        found = Frequency(months=0, micros=found.micros, number=found.number, regular=False)
        grid = Grid(found, dates, values, horizon)
        blocks, inserted = [grid.block(order[codes[order] == s]) for s in range(len(names))], 0
    kept = [s for s, block in enumerate(blocks) if block.length]
    if not kept:
        raise DataError("there is no value", where=f"{table.origin}, column {columns.targets[0]!r}")
    notes += [f"series {names[s]!r} is left out: it has no value" for s in range(len(names)) if s not in kept]
    rows = np.concatenate([blocks[s].rows for s in kept])
    ends = np.cumsum([len(blocks[s].rows) for s in kept])
    starts = ends - np.array([len(blocks[s].rows) for s in kept])
    origins = starts + np.array([blocks[s].length for s in kept])
    on_grid = Series(
        source=table.origin, columns=columns, frequency=found, names=tuple(names[s] for s in kept), starts=starts,
        origins=origins, ends=ends, dates=np.concatenate([blocks[s].dates for s in kept]),
        values=_taken(values, rows), inputs=_inputs(table, columns, rows), given=rows >= 0,
        begins=_begins(table, dates),
    )  # fmt: skip
    notes += _told(on_grid, inserted, sum(blocks[s].before for s in kept))
    return replace(on_grid, notes=tuple(notes))


def _begins(table: Table, dates: np.ndarray) -> dict[str, Any]:
    """Find where the source's own parts begin.

    Raises
    ------
    DataError
        If a part begins before the one that must come before it.
    """
    if table.parts is None:
        return {}
    ranges = {
        p: (dates[table.parts == p].min(), dates[table.parts == p].max()) for p in np.unique(table.parts)
    }
    ordered = [p for p in ("train", "valid", "test") if p in ranges]
    for one, later in pairwise(ordered):
        if ranges[one][1] >= ranges[later][0]:
            raise DataError(
                f"the {later} part begins before the {one} part ends: it would be no forecast", where=table.origin,
                came=f"{later} from {ranges[later][0]}, {one} to {ranges[one][1]}",
            )  # fmt: skip
    return {p: ranges[p][0] for p in ordered if p != "train"}


def _dates(table: Table, columns: Columns) -> np.ndarray:
    if not columns.time:
        return np.arange(len(table), dtype=np.float64)
    name = columns.time[0]
    if columns.numbered:
        dates = parse_numbers(table[name], name, table.where)
        unknown = np.isnan(dates)
    else:
        if len(columns.time) > 1:
            dates = from_parts({n.lower(): parse_numbers(table[n], n, table.where) for n in columns.time})
        else:
            dates = parse(table[name], name, table.where)
        unknown = np.isnat(dates)
    if unknown.any():
        raise DataError(
            "the date is missing", where=f"{table.where(int(np.argmax(unknown)))}, column {name!r}",
            came=f"{int(unknown.sum()):,} of {len(table):,} rows without one", mend="Fill it in, or remove the row.",
        )  # fmt: skip
    return dates


def _groups(table: Table, columns: Columns) -> tuple[list[str], np.ndarray]:
    if columns.group is None:
        return [""], np.zeros(len(table), dtype=np.int64)
    blank = missing(table[columns.group])
    if blank.any():
        where = f"{table.where(int(np.argmax(blank)))}, column {columns.group!r}"
        raise DataError("the name of the series is missing", where=where, mend="Fill it in.")
    names, codes = np.unique(np.array(strings(table[columns.group]).to_pylist()), return_inverse=True)
    return [str(name) for name in names], codes


def _order_within(codes: np.ndarray) -> np.ndarray:
    found = np.zeros(len(codes))
    for s in np.unique(codes):
        rows = np.flatnonzero(codes == s)
        found[rows] = np.arange(len(rows))
    return found


def _unsorted(table: Table, columns: Columns, dates: np.ndarray, codes: np.ndarray) -> list[str]:
    """Tell of rows that stand before an earlier one of their series."""
    by_series = np.argsort(codes, kind="stable")
    back = (np.diff(codes[by_series]) == 0) & (dates[by_series][1:] < dates[by_series][:-1])
    if not back.any():
        return []
    first = by_series[1:][back].min()
    name = columns.time[0]
    return [
        f"{int(back.sum()):,} rows stood after a later date and were sorted in by {name!r}, "
        f"the first at {table.where(int(first))}"
    ]


def _refuse_duplicates(
    table: Table, columns: Columns, dates: np.ndarray, codes: np.ndarray, order: np.ndarray
) -> None:
    same = (dates[order][1:] == dates[order][:-1]) & (codes[order][1:] == codes[order][:-1])
    if not same.any():
        return
    at = int(np.argmax(same))
    one, other = sorted((int(order[at]), int(order[at + 1])))
    named = " + ".join(repr(n) for n in columns.time)
    apart = [
        name for name, kind in columns.kinds.items() if kind == "category"
        and len(np.unique(_pairs(dates, table, name), axis=0)) == len(table)
    ] if columns.group is None else []  # fmt: skip
    mend = (
        f"Name the column that parts the series: --group {apart[0]}." if apart
        else "Keep one row for each date, or name the column that parts the series with --group."
    )  # fmt: skip
    shown = Frequency().show(dates[[one]])[0] if dates.dtype.kind == "M" else f"{dates[one]:g}"
    raise DataError(
        f"{int(same.sum()):,} rows have a date that another row of the same series has",
        where=f"{table.origin}, {named}", came=f"{shown} at {table.where(one)} and at {table.where(other)}", mend=mend,
    )  # fmt: skip


def _pairs(dates: np.ndarray, table: Table, name: str) -> np.ndarray:
    _, codes = np.unique(
        np.array(strings(table[name]).to_pylist(), dtype=object).astype(str), return_inverse=True
    )
    return np.stack([dates.astype(np.int64), codes], axis=1)


def _taken(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.where((rows >= 0)[:, None], values[np.maximum(rows, 0)], np.nan)


def _inputs(table: Table, columns: Columns, rows: np.ndarray) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for name, kind in columns.kinds.items():
        if kind == "number":
            column = parse_numbers(table[name], name, table.where)
            found[name] = np.where(rows >= 0, column[np.maximum(rows, 0)], np.nan)
        else:
            names = np.array(strings(table[name]).to_pylist(), dtype=object)
            found[name] = np.where(rows >= 0, names[np.maximum(rows, 0)], np.array(None, dtype=object))
    return found


def _told(series: Series, inserted: int, before: int) -> list[str]:
    """Say what is irregular or missing, how much of it, and where it begins."""
    f, notes = series.frequency, []
    known = np.concatenate([np.arange(a, b) for a, b in zip(series.starts, series.origins, strict=True)])
    if not f.regular:
        notes.append(f"the dates of {' + '.join(series.columns.time)} are {f}: every row counts as one step")
    if before:
        notes.append(f"{before:,} rows before the first value of every target are left out")
    if inserted:
        first = known[~series.given[known]][0]
        steps = "1 step has" if inserted == 1 else f"{inserted:,} steps have"
        notes.append(f"{steps} no row, the first at {_place(series, int(first))}: counted as missing")
    for c, target in enumerate(series.columns.targets):
        blank = known[np.isnan(series.values[known, c]) & series.given[known]]
        if len(blank):
            notes.append(
                f"{len(blank):,} of {len(known):,} values of {target!r} are missing, the first at "
                f"{_place(series, int(blank[0]))}: they are not scored, and read as the value before"
            )
    return notes


def _place(series: Series, row: int) -> str:
    name = series.names[int(series.which[row])]
    return series.frequency.show(series.dates[[row]])[0] + (f" of {name!r}" if name else "")
