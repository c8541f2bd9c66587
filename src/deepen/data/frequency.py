"""How far apart the moments of a series are: hourly, monthly, on weekdays, or in no even step.

Legend: T moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

__all__ = ["Frequency"]

_SECOND = 1_000_000  # microseconds
_UNITS = (("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
_NAMES = {
    "week": "weekly",
    "day": "daily",
    "hour": "hourly",
    "minute": "every minute",
    "second": "every second",
}
_MONTHS = {1: "monthly", 3: "quarterly", 6: "half-yearly", 12: "yearly"}
_DAY = 86_400 * _SECOND


@dataclass(frozen=True)
class Frequency:
    """The step from one moment to the next.

    Parameters
    ----------
    months
        Whole months, or 0.
    micros
        Microseconds, where the step is not in months; of an irregular series, the middle step.
    weekdays
        Whether Saturdays and Sundays are left out; a holiday is then no gap.
    regular
        Whether all steps are whole multiples of this one.
    number
        The step of a series that is numbered instead of dated, or 0.
    """

    months: int = 0
    micros: int = 0
    weekdays: bool = False
    regular: bool = True
    number: float = 0.0

    @classmethod
    def find(cls, series: Sequence[np.ndarray]) -> Self:
        """Find the step of one or several series, each (T,) rising: datetime64[us], or float64 if numbered.

        Examples
        --------
        >>> months = np.arange("1949-01", "1950-01", dtype="M8[M]").astype("M8[us]")
        >>> str(Frequency.find([months]))
        'monthly'
        """
        if series[0].dtype.kind == "f":
            steps = np.concatenate([np.diff(one) for one in series])
            step = _commonest(steps) if len(steps) else 1.0
            even = bool(np.allclose(steps / step, np.round(steps / step), atol=1e-6))
            return cls(number=step if even else float(np.median(steps)), regular=even)
        micros = np.concatenate([np.diff(one.astype(np.int64)) for one in series])
        if not len(micros):
            return cls(micros=_DAY)
        step = int(_commonest(micros))
        months = [np.diff(one.astype("M8[M]").astype(np.int64)) for one in series]
        if step >= 27 * _DAY and all((m > 0).all() for m in months):
            return cls(months=int(_commonest(np.concatenate(months))))
        if step == _DAY and len(micros) >= 10 and not any(_weekend(one).any() for one in series):
            return cls(micros=_DAY, weekdays=True)
        if (micros % step == 0).all():
            return cls(micros=step)
        return cls(micros=int(np.median(micros)), regular=False)

    def places(self, dates: np.ndarray) -> np.ndarray:
        """Count the steps since the first moment: (T,) int64; the rows' own order where steps are uneven."""
        if not self.regular or self.weekdays:
            return np.arange(len(dates))
        if self.number:
            return np.asarray(np.round((dates - dates[0]) / self.number).astype(np.int64))
        if self.months:
            months = dates.astype("M8[M]").astype(np.int64)
            return np.asarray((months - months[0]) // self.months)
        return np.asarray((dates - dates[0]).astype(np.int64) // self.micros)

    def after(self, first: Any, places: np.ndarray) -> np.ndarray:
        """Give the moments so many steps after ``first``; holidays are not known.

        Examples
        --------
        >>> Frequency(months=1).after(np.datetime64("2011-01-31", "us"), np.array([1, 2])).astype("M8[D]").tolist()
        [datetime.date(2011, 2, 28), datetime.date(2011, 3, 31)]
        """
        if self.number:
            return np.asarray(first + self.number * places)
        if self.months:
            month = first.astype("M8[M]") + self.months * places
            last_day = (month + 1).astype("M8[D]") - np.timedelta64(1, "D")
            within = first - first.astype("M8[M]").astype("M8[us]")
            whole_days = within.astype("m8[D]")
            day = np.minimum(month.astype("M8[D]") + whole_days, last_day)
            return np.asarray(day.astype("M8[us]") + (within - whole_days))
        if self.weekdays:
            day = np.busday_offset(first.astype("M8[D]"), places, roll="backward")
            return np.asarray(day.astype("M8[us]") + (first - first.astype("M8[D]").astype("M8[us]")))
        return np.asarray(first + places * np.timedelta64(self.micros, "us"))

    def seasons(self) -> tuple[int, ...]:
        """The calendar's seasons in steps, the shortest first: a day, a week, a year."""
        if self.number or not self.regular:
            return ()
        if self.months:
            return (12 // self.months,) if self.months < 12 and 12 % self.months == 0 else ()
        if self.weekdays:
            return (5, 261)
        periods = (86_400 * _SECOND, 7 * 86_400 * _SECOND, 31_556_952 * _SECOND)
        found = [round(period / self.micros) for period in periods]
        # A year of hours is longer than a window that is of use.
        return tuple(m for m in found if 2 <= m <= 1000)

    def show(self, dates: np.ndarray) -> list[str]:
        """Write moments as a person would: ``1949-01``, ``2011-01-31``, ``2011-01-31 12:00``."""
        if self.number:
            return [f"{value:.10g}" for value in dates.tolist()]
        days = dates.astype("M8[D]")
        if self.months and (days == days.astype("M8[M]").astype("M8[D]")).all():
            months = dates.astype("M8[M]").astype(np.int64)
            if self.months == 12 and (months % 12 == 0).all():
                return [str(1970 + m // 12) for m in months.tolist()]
            return [f"{1970 + m // 12}-{m % 12 + 1:02d}" for m in months.tolist()]
        if (days.astype("M8[us]") == dates).all():
            return [str(d) for d in days]
        unit = "m" if (dates.astype("M8[m]").astype("M8[us]") == dates).all() else "us"
        return [str(d).replace("T", " ") for d in dates.astype(f"M8[{unit}]")]

    def __str__(self) -> str:
        if self.number:
            return "numbered" if self.regular else "numbered unevenly"
        if not self.regular:
            return f"irregular, about {self._named()}"
        if self.weekdays:
            return "on weekdays"
        return self._named()

    def _named(self) -> str:
        if self.months:
            return _MONTHS.get(self.months, f"every {self.months} months")
        for unit, seconds in _UNITS:
            if self.micros % (seconds * _SECOND) == 0 and self.micros:
                n = self.micros // (seconds * _SECOND)
                return _NAMES[unit] if n == 1 else f"every {n} {unit}s"
        return f"every {self.micros / _SECOND:g} seconds"

    @property
    def unit(self) -> str:
        """What one step is called: ``month``, ``hour``, ``step``."""
        if self.number or not self.regular:
            return "step"
        if self.months:
            return {1: "month", 3: "quarter", 12: "year"}.get(self.months, "step")
        if self.weekdays:
            return "weekday"
        return next((u for u, s in _UNITS if self.micros == s * _SECOND), "step")

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(**data)


def _commonest(steps: np.ndarray) -> float:
    values, counts = np.unique(steps, return_counts=True)
    return float(values[np.argmax(counts)])


def _weekend(dates: np.ndarray) -> np.ndarray:
    return np.asarray(~np.is_busday(dates.astype("M8[D]")))
