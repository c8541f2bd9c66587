"""Which column of a table is what in a forecast: the targets, the time, the series, and what else is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from deepen.data.columns import is_text, strings, uniques
from deepen.data.dates import parse as parse_dates
from deepen.data.dates import surely_dates
from deepen.data.kinds import Category, Number
from deepen.data.kinds.number import parse as parse_numbers
from deepen.data.table import Table
from deepen.errors import DataError, DeepenError, SettingError, nearest
from deepen.training.options import Options

__all__ = ["Columns", "understand"]

_PARTS = ("year", "month", "day", "hour", "minute")
_TIME_NAMES = (
    "date",
    "datetime",
    "time",
    "timestamp",
    "ds",
    "month",
    "day",
    "week",
    "quarter",
    "year",
    "hour",
)
_MOST_NAMES = 32  # values of a column of names that enter as zeros and ones (assumed)


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The roles of a table's columns, as plain data that is kept with the model.

    Parameters
    ----------
    targets
        What is forecast.
    time
        The column of dates; several for year, month, day and hour in columns of their own; none where the rows'
        order is the time.
    numbered
        Whether the time is a plain number.
    group
        The column whose values part one series from the other.
    future, past
        Columns known ahead, and columns known up to the origin only.
    kinds
        ``number`` or ``category`` for each of these.
    out
        Columns left out, with the reason.
    """

    targets: tuple[str, ...]
    time: tuple[str, ...] = ()
    numbered: bool = False
    group: str | None = None
    future: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    kinds: Mapping[str, str]
    out: Mapping[str, str]

    def sentences(self) -> list[str]:
        """Say what was understood."""
        time = " + ".join(self.time) if self.time else "the order of the rows"
        found = [f"forecast: {', '.join(self.targets)}; time: {time}"]
        found += [f"series: one for each value of {self.group!r}"] if self.group else []
        found += [f"known ahead: {', '.join(self.future)}"] if self.future else []
        found += [f"known up to the origin only: {', '.join(self.past)}"] if self.past else []
        found += [f"{name!r} is left out: {why}" for name, why in self.out.items()]
        return found

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        names = ("targets", "time", "future", "past")
        return cls(**{**data, **{name: tuple(data[name]) for name in names}})


def understand(table: Table, options: Options) -> Columns:
    """Recognise the columns' roles from the table and the user's word.

    Raises
    ------
    SettingError
        If an option names a column that is not there.
    DataError
        If there is more than one column of dates, and none was named.
    """
    for option, names in (
        ("--forecast", options.forecasts), ("--future", options.future), ("--drop", options.drop),
        ("--keep", options.keep), ("--group", [options.group] if options.group else []),
        ("--time", [options.time] if options.time else []), ("--kind", list(options.kinds or {})),
    ):  # fmt: skip
        for name in names:
            if name not in table.names:
                raise SettingError(
                    f"there is no column {name!r}", where=option, mend=nearest(name, table.names)
                )
    taken = {*options.forecasts, *options.future, options.group}
    time, numbered = _time(table, options, taken)
    kinds: dict[str, str] = {}
    out: dict[str, str] = {}
    for name in table.names:
        if name in options.forecasts or name in time or name == options.group:
            continue
        if name in options.drop:
            out[name] = "as asked"
            continue
        kind, why = _kind(table, name, (options.kinds or {}).get(name), grouped=options.group is not None)
        if kind is not None and (not why or name in options.keep or name in options.future):
            kinds[name] = kind
        else:
            out[name] = why
    return Columns(
        targets=tuple(options.forecasts), time=time, numbered=numbered, group=options.group,
        future=tuple(name for name in options.future if name in kinds),
        past=tuple(name for name in kinds if name not in options.future), kinds=kinds, out=out,
    )  # fmt: skip


def _time(table: Table, options: Options, taken: set[str | None]) -> tuple[tuple[str, ...], bool]:
    """Find the column, or columns, of dates; and whether they are numbers."""
    if options.time is not None:
        return (options.time,), _is_numbered(table, options.time)
    free = [name for name in table.names if name not in taken and name not in options.drop]
    sure = [name for name in free if surely_dates(table[name])]
    if len(sure) > 1:
        named = [name for name in sure if name.lower() in _TIME_NAMES]
        if len(named) != 1:
            raise DataError(
                "more than one column of dates", where=table.origin, came=", ".join(map(repr, sure)),
                mend="Name the one that orders the rows with --time.",
            )  # fmt: skip
        sure = named
    if sure:
        return (sure[0],), False
    lower = {name.lower(): name for name in free}
    parts = [lower[part] for part in _PARTS if part in lower]
    if len(parts) > 1 and parts[0].lower() == "year":
        return tuple(parts), False
    for name in (lower[n] for n in _TIME_NAMES if n in lower):
        try:
            parse_dates(table[name], name, table.where)
        except (DataError, pa.ArrowInvalid):
            continue
        return (name,), False
    return (), False


def _is_numbered(table: Table, name: str) -> bool:
    """Whether a time column named by the user holds plain numbers, rather than dates or years."""
    try:
        parse_dates(table[name], name, table.where)
    except DataError:
        return Number.claims(table[name]) is not None
    return False


def _kind(table: Table, name: str, said: str | None, *, grouped: bool) -> tuple[str | None, str]:
    """Give an input's kind, and why it should be left out, if it should."""
    column = table[name]
    if isinstance(column, np.ndarray):
        return None, "arrays are not read by a forecast"
    if said not in (None, "number", "category"):
        raise SettingError(
            "a forecast reads numbers and names",
            where=f"--kind {name}",
            allowed="number, category",
            came=repr(said),
        )
    claimed = said or ("number" if Number.claims(column) else "category" if Category.claims(column) else None)
    if claimed is None:
        return None, f"values of type {column.type} are not read by a forecast"
    if claimed == "category":
        if is_text(column) and surely_dates(column):
            return None, "dates beside the time"
        names = uniques(column)
        if len(names) > _MOST_NAMES:
            return None, f"{len(names):,} different names"
        return "category", "it never changes" if len(names) < 2 else ""
    try:
        values = parse_numbers(column if said is None else strings(column), name, table.where)
    except DeepenError as error:
        return None, str(error)
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return None, "it has no value"
    if np.ptp(known) == 0:
        return "number", "it never changes"
    steps = np.diff(values)
    if len(known) == len(values) and not grouped and (steps == steps[0]).all():
        return "number", "it only counts the rows"
    return "number", ""
