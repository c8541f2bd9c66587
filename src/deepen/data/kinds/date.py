"""Dates, as the calendar features that a net can learn a season from.

Legend: N rows, F features.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np

from deepen.data.columns import Column
from deepen.data.dates import parse, surely_dates

__all__ = ["Date", "parse"]

_DAY, _YEAR = 86_400e6, 31_556_952e6  # microseconds; the year of the Gregorian calendar, on average
_HARMONICS = 2  # waves for each cycle: two describe a double peak, such as morning and evening (assumed)
_LIMIT = 4.0  # positions are cut here, in standard deviations of the training part's
# The season of the year is known only to who has seen each part of it nearly twice (assumed): one year's
# training part holds the weather of that one year.
_YEARS = 1.9


@dataclass(frozen=True)
class Date:
    """A column of dates, as fitted on the training part.

    A moment becomes sines and cosines of the time of day, of the weekday and of the day of the year, as far
    as the training part knows these cycles, then its position in time, standardised by the training part.
    A missing date becomes zeros, and one more number tells of it where any was missing in training.

    Parameters
    ----------
    cycles
        Those known: ``day``, ``week``, ``year``.
    mean, std
        Of the training part's moments, in microseconds.
    missing
        Whether a date was missing in training.
    day_first
        Whether 01/02 is the first of February, see :func:`deepen.data.dates.day_first`.
    """

    cycles: tuple[str, ...]
    mean: float
    std: float
    missing: bool
    day_first: bool | None = None

    name: ClassVar[str] = "date"

    @classmethod
    def claims(cls, column: Column) -> str | None:
        """Say why the column holds dates, or None if it does not."""
        return "dates" if surely_dates(column) else None

    @classmethod
    def fit(cls, values: np.ndarray, *, day_first: bool | None = None) -> Self:
        """Fit on the training part's dates: (N,) datetime64[us], NaT for missing ones."""
        known = values[~np.isnat(values)]
        if len(known) == 0:
            return cls((), 0.0, 1.0, True, day_first)
        micros, days = known.astype(np.int64).astype(np.float64), known.astype("M8[D]")
        in_month = (days - days.astype("M8[M]").astype("M8[D]")).astype(np.int64)
        cycles = []
        if len(np.unique(micros % _DAY)) > 1:
            cycles.append("day")
        # Of dates that all fall on one day of the month, the weekday is an accident.
        if len(np.unique(in_month)) > 1 and len(np.unique(days.astype(np.int64) % 7)) > 1:
            cycles.append("week")
        if (
            np.ptp(micros) >= _YEARS * _YEAR
            and len(np.unique(days.astype("M8[M]").astype(np.int64) % 12)) > 1
        ):
            cycles.append("year")
        mean, std = float(micros.mean()), float(micros.std())
        scale = std if std > 0 else _DAY
        return cls(tuple(cycles), mean, scale, bool(len(known) < len(values)), day_first)

    @property
    def width(self) -> int:
        """F: numbers for each date."""
        return 2 * _HARMONICS * len(self.cycles) + 1 + self.missing

    def waves(self, values: np.ndarray) -> np.ndarray:
        """Encode the cycles alone, which go on beyond the training part: (N, F) float32.

        Examples
        --------
        >>> date = Date(("day",), 0.0, 1.0, False)
        >>> date.waves(np.array(["2024-01-01T06:00"], dtype="M8[us]")).round(3).tolist()
        [[1.0, 0.0, 0.0, -1.0]]
        """
        unknown = np.isnat(values)
        whole = np.where(unknown, np.datetime64(0, "us"), values).astype(np.int64)
        columns = []
        for cycle in self.cycles:
            phase = _phase(cycle, whole)
            for k in range(1, _HARMONICS + 1):
                columns += [np.sin(2 * np.pi * k * phase), np.cos(2 * np.pi * k * phase)]
        found = np.stack(columns, axis=1) if columns else np.zeros((len(values), 0))
        return np.where(unknown[:, None], 0.0, found).astype(np.float32)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Encode cycles and position: (N, F) float32."""
        unknown = np.isnat(values)
        whole = np.where(unknown, np.datetime64(0, "us"), values).astype(np.int64)
        position = np.where(unknown, 0.0, (whole - self.mean) / self.std).clip(-_LIMIT, _LIMIT)
        columns = [self.waves(values), position[:, None]]
        columns += [unknown[:, None]] if self.missing else []
        return np.concatenate(columns, axis=1).astype(np.float32)

    def columns(self, name: str) -> tuple[str, ...]:
        """The column of its own name."""
        return (name,)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(**{**data, "cycles": tuple(data["cycles"])})


def _phase(cycle: str, micros: np.ndarray) -> np.ndarray:
    """How far a moment is in its cycle, from 0 to 1: (N,)."""
    if cycle == "day":
        return micros % int(_DAY) / _DAY
    if cycle == "week":
        return (micros // int(_DAY) + 3) % 7 / 7  # 1 January 1970 was a Thursday; Monday is 0
    years = micros.astype("M8[us]").astype("M8[Y]")
    start, end = (y.astype("M8[us]").astype(np.int64) for y in (years, years + 1))
    return (micros - start) / (end - start)
