"""Exponential smoothing: level, damped trend and season, each a running mean that forgets.

The additive method of Holt (1957) and Winters (1960) with Gardner and McKenzie's damped trend (1985), in the
error-correction form of Hyndman and Athanasopoulos 2021, "Forecasting: Principles and Practice", section 8.5.
The smoothing parameters minimise the squared error one step ahead; where the values are positive and vary with
their level, all of it is done on logarithms. Several series that hold one quantity share the parameters.

Legend: T steps, S series, K candidates tried at once, n origins, H steps ahead, m steps in a season.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

__all__ = ["Smoothing", "fit_smoothing"]

Array = NDArray[np.float64]

_LOW = np.array([1e-3, 1e-3, 1e-3, 0.8])  # alpha, beta, gamma, phi: beyond 0.98 the trend is hardly damped,
_HIGH = np.array([0.999, 0.999, 0.999, 0.98])  # below 0.8 hardly a trend (Hyndman and Athanasopoulos, 8.2)
_STARTS = np.array(
    [[0.5, 0.1, 0.1, 0.95], [0.1, 0.05, 0.1, 0.95], [0.9, 0.01, 0.05, 0.9], [0.3, 0.01, 0.4, 0.97]]
)
_STEP = 1e-4  # of the numerical gradient
_ROUNDS = 25


@dataclass(frozen=True)
class Smoothing:
    """A fitted exponential smoothing.

    Parameters
    ----------
    alpha, beta, gamma, phi
        How fast level, trend and season follow, and how the trend is damped.
    season
        m, or 1 for none.
    error
        The mean squared error one step ahead, on the rows it was fitted on.
    """

    alpha: float
    beta: float
    gamma: float
    phi: float
    season: int
    error: float

    def forecasts(
        self, values: Array, times: NDArray[np.int64], which: NDArray[np.int64], horizon: int
    ) -> Array:
        """Forecast from many origins: (n, H).

        Parameters
        ----------
        values
            (T, S): the series side by side, each from its first step on; NaN where unknown.
        times, which
            Of each origin the first unknown step, and the series: (n,).
        """
        found = np.empty((len(times), horizon))
        theta = np.array([[self.alpha, self.beta, self.gamma, self.phi]])
        damped = np.cumsum(self.phi ** np.arange(1, horizon + 1))  # (H,)
        wanted = {int(t): np.flatnonzero(times == t) for t in np.unique(times)}
        state = _State(values, theta, self.season)
        last = max(wanted, default=0)
        for t in range(last + 1):
            if t in wanted:
                at = wanted[t]
                s = which[at]
                level, trend = state.level[0, s], state.trend[0, s]
                ahead = state.seasonal[(t + np.arange(horizon)) % self.season][:, 0, s].T  # (n, H)
                found[at] = level[:, None] + damped * trend[:, None] + ahead
            if t < last:
                state.follow(values[t], t)
        return found


class _State:
    """Level, trend and season of K candidates for S series: (K, S), (K, S), (m, K, S)."""

    def __init__(self, values: Array, theta: Array, season: int) -> None:
        self.alpha, self.beta, self.gamma, self.phi = (column[:, None] for column in theta.T)
        self.season = season
        level, trend, seasonal = _beginning(values, season)
        shape = (len(theta), values.shape[1])
        self.level, self.trend = np.broadcast_to(level, shape), np.broadcast_to(trend, shape)
        self.seasonal = np.repeat(seasonal[:, None], len(theta), axis=1)

    def follow(self, value: Array, t: int) -> Array:
        """Take one step's values (S,) in, and give the errors (K, S), 0 where the value is unknown."""
        damped = self.phi * self.trend
        ahead = self.level + damped
        seasonal = self.seasonal[t % self.season]
        error = value - ahead - seasonal
        error = np.where(np.isnan(error), 0.0, error)
        moved = self.alpha * error
        self.level = ahead + moved
        self.trend = damped + self.beta * moved
        if self.season > 1:
            self.seasonal[t % self.season] = seasonal + self.gamma * (error - moved)
        return np.asarray(error)


def _beginning(values: Array, season: int) -> tuple[Array, Array, Array]:
    """Guess the states before the first step from the first two seasons: (S,), (S,), (m, S)."""
    length = season if season > 1 else min(5, max(1, len(values) // 2))
    with np.errstate(all="ignore"):
        first, second = _mean(values[:length]), _mean(values[length : 2 * length])
    first = np.where(np.isnan(first), np.where(np.isnan(second), 0.0, second), first)
    trend = np.where(np.isnan(second), 0.0, (second - first) / length)
    line = first + trend * (np.arange(2 * length)[:, None] - (length - 1) / 2)
    seasonal = np.zeros((season, values.shape[1]))
    if season > 1:
        rest = values[: 2 * length] - line[: len(values[: 2 * length])]
        rest = np.concatenate([rest, np.full((2 * length - len(rest), rest.shape[1]), np.nan)])
        seasonal = np.nan_to_num(_mean(rest.reshape(2, length, -1)))
        seasonal -= seasonal.mean(axis=0)
    return first - trend * (length + 1) / 2, trend, seasonal


def _mean(values: Array) -> Array:
    """Average over the first axis what is known, NaN where nothing is."""
    known = ~np.isnan(values)
    return np.asarray(
        np.where(known, values, 0.0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    )


def fit_smoothing(values: Array, season: int) -> Smoothing:
    """Fit on the training part of series that hold one quantity, with and without the season; keep the better.

    The better one has the lower Akaike criterion, in which each season's step counts as a parameter.

    Parameters
    ----------
    values
        (T, S) as in :meth:`Smoothing.forecasts`; on a common scale if S is above 1.
    season
        m, or 1 for none.

    Examples
    --------
    >>> t = np.arange(96)
    >>> values = (0.5 * t + 3 * np.sin(2 * np.pi * t / 12))[:, None]
    >>> found = fit_smoothing(values, 12)
    >>> found.season, bool(np.abs(found.forecasts(values, np.array([84]), np.array([0]), 12) - values[84:].T).max() < 1)
    (12, True)
    """
    lengths = {1, season} if len(values) >= 2 * season else {1}
    return min((_fitted(values, m) for m in sorted(lengths)), key=lambda s: _criterion(s, values))


def _criterion(found: Smoothing, values: Array) -> float:
    n = int((~np.isnan(values)).sum())
    return n * float(np.log(found.error + 1e-12)) + 2 * (3 + (found.season > 1) * (1 + found.season))


def _fitted(values: Array, season: int) -> Smoothing:
    def errors(theta: Array) -> Array:
        """Give the mean squared error of each candidate: (K,)."""
        state = _State(values, theta, season)
        total = np.zeros(len(theta))
        for t, value in enumerate(values):
            total += np.square(state.follow(value, t)).sum(axis=1)
        return total / max(1, int((~np.isnan(values)).sum()))

    scale = max(float(errors(_STARTS).min()), 1e-12)

    def objective(theta: Array) -> tuple[float, Array]:
        # The gradient's four candidates go through the series beside the point itself.
        step = np.where(theta + _STEP > _HIGH, -_STEP, _STEP)
        found = errors(np.vstack([theta, theta + np.diag(step)])) / scale
        return float(found[0]), (found[1:] - found[0]) / step

    start = _STARTS[np.argmin(errors(_STARTS))]
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", bounds=list(zip(_LOW, _HIGH, strict=True)),
        options={"maxiter": _ROUNDS},
    )  # fmt: skip
    alpha, beta, gamma, phi = found.x.tolist()
    return Smoothing(alpha, beta, gamma, phi, season, float(found.fun) * scale)
