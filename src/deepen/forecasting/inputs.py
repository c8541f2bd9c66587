"""The other columns and the calendar, as numbers that a net reads beside the targets; fitted on the training part.

Legend: N rows of all series together, F numbers known ahead, P numbers known up to the origin only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa

from deepen.data.kinds import Category, Number
from deepen.data.kinds.date import Date
from deepen.errors import DataError
from deepen.forecasting.series import Series

__all__ = ["Inputs", "refuse_leaks"]

_SAME = 0.99  # the share of rows on which a column must be the target of another time, to be taken for it (assumed)


@dataclass(frozen=True)
class Inputs:
    """How the inputs of every row are computed.

    Parameters
    ----------
    calendar
        The waves of the dates; None for a numbered time.
    kinds
        Number or Category of each column.
    """

    calendar: Date | None
    kinds: Mapping[str, Number | Category]

    @classmethod
    def fit(cls, series: Series, rows: np.ndarray) -> Self:
        """Fit on the training part's rows."""
        dated = series.dates.dtype.kind == "M"
        calendar = Date.fit(series.dates[rows]) if dated else None
        kinds: dict[str, Number | Category] = {}
        for name, values in series.inputs.items():
            if values.dtype == object:
                kinds[name] = Category.fit(pa.chunked_array([pa.array(values[rows], pa.string())]))
            else:
                kinds[name] = Number.fit(values[rows])
        return cls(calendar, kinds)

    def encode(self, series: Series) -> tuple[np.ndarray, np.ndarray]:
        """Give what is known ahead and what is known up to the origin only: (N, F) and (N, P) float32."""
        ahead = [self.calendar.waves(series.dates)] if self.calendar is not None else []
        ahead += [self._column(series, name) for name in series.columns.future]
        past = [self._column(series, name) for name in series.columns.past]
        empty = [np.zeros((len(series.dates), 0), dtype=np.float32)]
        return np.concatenate(empty + ahead, axis=1), np.concatenate(empty + past, axis=1)

    def _column(self, series: Series, name: str) -> np.ndarray:
        kind, values = self.kinds[name], series.inputs[name]
        if isinstance(kind, Number):
            return kind.encode(values)
        codes = kind.encode(pa.chunked_array([pa.array(values, pa.string())]))
        hot = codes[:, None] == np.arange(1, len(kind.values) + 1)
        return np.asarray(hot.astype(np.float32))

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {
            "calendar": self.calendar.to_dict() if self.calendar is not None else None,
            "kinds": {name: {"kind": kind.name, **kind.to_dict()} for name, kind in self.kinds.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        kinds: dict[str, Number | Category] = {}
        for name, given in data["kinds"].items():
            fields = dict(given)
            kind: type[Number] | type[Category] = Number if fields.pop("kind") == "number" else Category
            kinds[name] = kind.from_dict(fields)
        return cls(Date.from_dict(data["calendar"]) if data["calendar"] is not None else None, kinds)


def refuse_leaks(series: Series, horizon: int) -> None:
    """Refuse a column that holds a target's future: it would not be there when a forecast is asked for.

    Raises
    ------
    DataError
        Naming the column, and of how many steps later it is the target.
    """
    for name, values in series.inputs.items():
        if values.dtype == object:
            continue
        for c, target in enumerate(series.columns.targets):
            first = 0 if name in series.columns.future else 1
            for lag in range(first, horizon + 1):
                if _is_ahead(series, values, series.values[:, c], lag):
                    when = (
                        f"of {lag} {series.frequency.unit}{'s' * (lag > 1)} later"
                        if lag
                        else "itself, said to be known ahead"
                    )
                    raise DataError(
                        f"it holds the target {target!r} {when}: a look into the future",
                        where=f"{series.source}, column {name!r}", mend=f"Leave it out with --drop {name}.",
                    )  # fmt: skip


def _is_ahead(series: Series, values: np.ndarray, target: np.ndarray, lag: int) -> bool:
    """Whether ``values`` at each row equal the target ``lag`` rows later, in what was not constant."""
    equal = moved = total = 0
    for a, b in zip(series.starts, series.origins, strict=True):
        x, y, now = values[a : b - lag], target[a + lag : b], target[a : b - lag]
        known = ~(np.isnan(x) | np.isnan(y) | np.isnan(now))
        equal += int((x == y)[known].sum())
        moved += int((y != now)[known].sum())
        total += int(known.sum())
    return total >= 10 and equal >= _SAME * total and (lag == 0 or moved > 0.1 * total)
