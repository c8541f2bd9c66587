"""A ridge autoregression: every step ahead is a weighted sum of the last values, one set of weights for each.

This is a linear net without a net, and on many series as good as a deep one (Zeng et al. 2023, "Are
Transformers effective for time series forecasting?"). Values are taken relative to the last known one, as in
their NLinear; where the season is longer than the lags, the values a season before the steps ahead are read too.

Legend: N rows, C columns, n origins, L lags, H steps ahead, D features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Autoregression", "features", "fit_autoregression"]

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

_PENALTIES = tuple(10.0**k for k in range(-5, 3))  # as a share of the features' mean square, times the rows
_MOST_ROWS = 10_000  # a linear model is fitted on (measured, see deepen.evidence.baseline)


@dataclass(frozen=True, eq=False)
class Autoregression:
    """A fitted autoregression.

    Parameters
    ----------
    weights, bias
        (C, D, H) and (C, H).
    lags, season
        L, and the season if its values are read beside the lags, else 1.
    penalty
        Of each column: (C,).
    """

    weights: Array
    bias: Array
    lags: int
    season: int
    penalty: Array

    def forecasts(self, values: Array, origins: Rows, starts: Rows) -> Array:
        """Forecast from many origins: (n, H, C)."""
        horizon = self.bias.shape[1]
        found = np.empty((len(origins), horizon, values.shape[1]))
        for c in range(values.shape[1]):
            for at in range(0, len(origins), _MOST_ROWS):
                part = slice(at, at + _MOST_ROWS)
                x, last = features(values[:, c], origins[part], starts[part], self.lags, horizon, self.season)
                found[part, :, c] = x @ self.weights[c] + self.bias[c] + last[:, None]
        return found


def features(
    values: Array, origins: Rows, starts: Rows, lags: int, horizon: int, season: int
) -> tuple[Array, Array]:
    """Give what an origin's forecast is made of: (n, D) relative to the last value, and that value (n,).

    Before the first row of a series its first value is read.

    Examples
    --------
    >>> x, last = features(np.array([1.0, 2.0, 4.0]), np.array([3]), np.array([0]), lags=4, horizon=1, season=1)
    >>> x.tolist(), last.tolist()
    ([[-3.0, -3.0, -2.0, 0.0]], [4.0])
    """
    back = np.arange(-lags, 0)
    if season > lags:
        back = np.concatenate([back, np.arange(horizon) % season - season])
    rows = np.maximum(origins[:, None] + back, starts[:, None])  # (n, D)
    last = values[origins - 1]
    return values[rows] - last[:, None], last


def fit_autoregression(
    values: Array,
    train: tuple[Rows, Rows],
    valid: tuple[Rows, Rows],
    *,
    penalty: Array | None = None,
    lags: int,
    horizon: int,
    season: int = 1,
) -> Autoregression:
    """Fit by least squares with a ridge penalty that is the best on the validation origins.

    Parameters
    ----------
    values
        (N, C) without gaps.
    train, valid
        Origins, and the first row of each one's series: (n,) each.
    penalty
        Of each column (C,), where it has been found before.

    Examples
    --------
    >>> t = np.arange(200.0)
    >>> wave = np.sin(2 * np.pi * t / 10)[:, None]
    >>> def origins(a, b): return np.arange(a, b), np.zeros(b - a, dtype=int)
    >>> found = fit_autoregression(wave, origins(20, 120), origins(130, 150), lags=12, horizon=5)
    >>> error = found.forecasts(wave, *origins(160, 161))[0] - wave[160:165]
    >>> bool(np.abs(error).max() < 0.01)
    True
    """
    thin = [_thinned(*part) for part in (train, valid)]
    extra = horizon if season > lags else 0
    weights = np.zeros((values.shape[1], lags + extra, horizon))
    bias, chosen = np.zeros((values.shape[1], horizon)), np.zeros(values.shape[1])
    ahead = np.arange(horizon)
    for c in range(values.shape[1]):
        column = values[:, c]
        (x, y), (x_valid, y_valid) = (
            (found[0], column[origins[:, None] + ahead] - found[1][:, None])
            for origins, starts in thin
            for found in [features(column, origins, starts, lags, horizon, season)]
        )
        tried = _PENALTIES if penalty is None else [float(penalty[c])]
        weights[c], bias[c], chosen[c] = _ridge(x, y, x_valid, y_valid, tried)
    return Autoregression(weights, bias, lags, season, chosen)


def _thinned(origins: Rows, starts: Rows) -> tuple[Rows, Rows]:
    at = np.linspace(0, len(origins) - 1, min(len(origins), _MOST_ROWS)).astype(np.int64)
    return origins[at], starts[at]


def _ridge(
    x: Array, y: Array, x_valid: Array, y_valid: Array, penalties: Sequence[float]
) -> tuple[Array, Array, float]:
    """Solve for every penalty from one eigendecomposition, and keep the best."""
    x_mean, y_mean = x.mean(axis=0), y.mean(axis=0)
    a = x - x_mean
    powers, vectors = np.linalg.eigh(a.T @ a)
    moment = vectors.T @ (a.T @ (y - y_mean))  # (D, H)
    scale = max(float(powers.mean()), 1e-12)
    best: tuple[float, Array, Array, float] | None = None
    for penalty in penalties:
        weights = vectors @ (moment / (np.maximum(powers, 0) + penalty * scale)[:, None])
        bias = y_mean - x_mean @ weights
        error = float(np.abs(x_valid @ weights + bias - y_valid).mean())
        if best is None or error < best[0]:
            best = error, weights, bias, penalty
    assert best is not None
    return best[1:]
