"""The simple forecasts that every other must be measured against, and the season they need.

On many series naive forecasts are hard to beat (Hyndman and Athanasopoulos 2021, "Forecasting: Principles
and Practice", 3rd ed., section 5.2), on stock prices nothing should beat them. Two stronger ones stand in
:mod:`~deepen.evidence.smoothing` and :mod:`~deepen.evidence.autoregression`.

All series lie one after another in one array without gaps; a forecast is asked for at its origin, the first
row that is not known, and reads no row from there on.

Legend: N rows of all series together, C columns, n origins, H steps ahead, m steps in a season.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["drift", "multiplicative", "naive", "season_length", "seasonal_naive"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

# A season must bring a value nearer than the mean of the season's other steps does, by this factor (assumed;
# measured on eight series it accepts those that are known to have one, and no random walk).
_NEARER = 0.9
_LONGEST = 1000  # steps that a season is looked for, beside those of the calendar
_NEAR_ZERO = 0.05  # of the median: a series that comes nearer to 0 has logarithms without bounds (assumed)
_MULTIPLICATIVE = 0.5  # the least slope of log spread on log level for which logarithms are taken (assumed)


def naive(values: Array, origins: Rows, horizon: int) -> Array:
    """Forecast the last value: (n, H, C).

    Examples
    --------
    >>> naive(np.array([[1.0], [2.0], [4.0]]), np.array([2, 3]), 2)[..., 0].tolist()
    [[2.0, 2.0], [4.0, 4.0]]
    """
    return np.repeat(values[origins - 1][:, None], horizon, axis=1)


def seasonal_naive(values: Array, origins: Rows, horizon: int, season: int, starts: Rows) -> Array:
    """Forecast the value of a season ago; where there is none yet, the last value: (n, H, C).

    Parameters
    ----------
    starts
        The first row of each origin's series: (n,).

    Examples
    --------
    >>> values = np.arange(5.0)[:, None]
    >>> seasonal_naive(values, np.array([5]), 4, season=3, starts=np.array([0]))[..., 0].tolist()
    [[2.0, 3.0, 4.0, 2.0]]
    """
    rows = origins[:, None] - season + np.arange(horizon) % season  # (n, H)
    return values[np.where(rows >= starts[:, None], rows, origins[:, None] - 1)]


def drift(values: Array, origins: Rows, horizon: int, starts: Rows) -> Array:
    """Go on along the line from the first value to the last (Hyndman and Athanasopoulos, 5.2): (n, H, C).

    Examples
    --------
    >>> drift(np.array([[1.0], [0.0], [3.0]]), np.array([3]), 2, np.array([0]))[..., 0].tolist()
    [[4.0, 5.0]]
    """
    last = values[origins - 1]
    slope = (last - values[starts]) / np.maximum(origins - 1 - starts, 1)[:, None]  # (n, C)
    return np.asarray(last[:, None] + slope[:, None] * np.arange(1, horizon + 1)[:, None])


def season_length(series: Sequence[Array], calendar: Sequence[int]) -> int:
    """Find the steps in a season, or 1 if there is none.

    A season of m steps is one after which a value is nearer than after the other 1 to m steps, on average.
    A random walk fails this, since it drifts further away with every step; so does a trend. Of the
    calendar's seasons that pass, the nearest is taken; if none does, the lag at which the values are the
    nearest again is tried, as for sunspots, whose cycle is in no calendar.

    Parameters
    ----------
    series
        The training part of each series: (T, C) each, on a common scale, NaN where unknown.
    calendar
        Seasons to expect, see :meth:`deepen.data.frequency.Frequency.seasons`.

    Examples
    --------
    >>> wave = np.sin(2 * np.pi * np.arange(240) / 12)[:, None]
    >>> season_length([wave], [12]), season_length([wave], [])
    (12, 12)
    >>> season_length([np.random.default_rng(0).normal(size=(500, 1)).cumsum(0)], [7, 365])
    1
    """
    longest = max(len(one) for one in series)
    limit = min(_LONGEST, longest // 3)  # seen three times (assumed)
    if limit < 2:
        return 1
    far = np.array([_distance(series, lag) for lag in range(1, limit + 1)])  # far[m - 1] is that of lag m
    mean = np.cumsum(far) / np.arange(1, limit + 1)
    nearer = far < _NEARER * mean
    fit = [m for m in calendar if m <= limit and nearer[m - 1]]
    if fit:
        return min(fit, key=lambda m: far[m - 1])
    # Beyond the first summit, so that the smallest lags, which are near to everything, do not count.
    summit = int(np.argmax(far > mean.max() * 0.999)) if limit > 4 else limit
    if summit + 1 >= limit:
        return 1
    rest = far[summit:]
    # Two seasons are as near as one: the first valley counts, not the deepest.
    first = int(np.argmax(rest <= rest.min() + 0.1 * np.ptp(rest)))
    best = summit + first + int(np.argmin(rest[first : first + (summit + first) // 4 + 1]))
    return best + 1 if nearer[best] and best + 1 < limit else 1


def _distance(series: Sequence[Array], lag: int) -> float:
    """Give the mean absolute difference of values that are ``lag`` steps apart."""
    total, count = 0.0, 0
    for one in series:
        if len(one) > lag:
            apart = np.abs(one[lag:] - one[:-lag])
            total, count = total + float(np.nansum(apart)), count + int((~np.isnan(apart)).sum())
    return total / max(1, count)


def multiplicative(series: Sequence[Array], season: int) -> bool:
    """Whether values vary the more the higher they stand, so that their logarithms are the better scale.

    The slope of the logarithm of the spread within a season's length on that of the level is near 0 for an
    additive series and near 1 for a multiplicative one (as in Guerrero 1993, "Time-series analysis supported by
    power transformations").

    Parameters
    ----------
    series
        The training part of each series: (T,), NaN where unknown.

    Examples
    --------
    >>> t = np.arange(120)
    >>> wave = np.sin(2 * np.pi * t / 12)
    >>> multiplicative([np.exp(0.02 * t) * (3 + wave)], 12), multiplicative([9 + 0.1 * t + wave], 12)
    (True, False)
    """
    known = [one[~np.isnan(one)] for one in series]
    if not all((one > _NEAR_ZERO * np.median(one)).all() and (one > 0).all() for one in known if len(one)):
        return False
    length = max(4, season)
    blocks = [one[: len(one) // length * length].reshape(-1, length) for one in known]
    level = np.concatenate([np.log(b.mean(axis=1)) for b in blocks])
    spread = np.concatenate([b.std(axis=1) for b in blocks])
    if len(level) < 4 or (spread <= 0).any() or np.ptp(level) < 0.1:
        return False
    slope = np.polyfit(level, np.log(spread), 1)[0]
    return bool(slope > _MULTIPLICATIVE)
