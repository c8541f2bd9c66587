"""The simple forecasts on the same origins as the net's, with intervals as wide as their errors were.

They are done within seconds, before the net, so that a usable answer exists however short the clock is.

Legend: N rows of all series together, S series, C targets, n origins, H steps ahead, Q quantiles, T steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from deepen.evidence.autoregression import Autoregression, fit_autoregression
from deepen.evidence.forecasts import drift, naive, seasonal_naive
from deepen.evidence.smoothing import Smoothing, fit_smoothing
from deepen.forecasting.parts import Parts
from deepen.forecasting.series import Series

__all__ = ["FEW", "LEVELS", "Simple", "fit_simple"]

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
"""Of the quantiles that every forecast gives."""

FEW = 3000
"""Training windows below which the last fit also learns from the validation part."""

_MOST_STEPS = 1000  # that smoothing is fitted on; 4 seasons, if those are more (assumed)
_BY_STEP = 30  # validation windows from which on each step ahead has quantiles of its own (assumed)


@dataclass(frozen=True, eq=False)
class Simple:
    """The simple forecasts of one set of series, all on the net's scale.

    Parameters
    ----------
    values, starts
        (N, C) without gaps, and the first row of each row's series (N,).
    season, horizon
        Steps in a season, and H.
    smoothing
        Of each target.
    autoregression
        The linear one.
    spread
        By name the quantiles of the errors on the validation part: (H, C, Q).
    """

    values: np.ndarray
    starts: np.ndarray
    season: int
    horizon: int
    smoothing: tuple[Smoothing, ...]
    autoregression: Autoregression
    panel: Callable[[int], np.ndarray]
    which: np.ndarray
    spread: Mapping[str, np.ndarray]

    @property
    def names(self) -> tuple[str, ...]:
        """The forecasts there are."""
        return tuple(self.methods())

    def methods(self) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
        """By name what forecasts from origins (n,): (n, H, C)."""
        found: dict[str, Callable[[np.ndarray], np.ndarray]] = {
            "naive": lambda o: naive(self.values, o, self.horizon)
        }
        if self.season > 1:
            found["seasonal naive"] = lambda o: seasonal_naive(
                self.values, o, self.horizon, self.season, self.starts[o]
            )
        return found | {
            "drift": lambda o: drift(self.values, o, self.horizon, self.starts[o]),
            "smoothing": self._smoothed,
            "ridge": lambda o: self.autoregression.forecasts(self.values, o, self.starts[o]),
        }

    def quantiles(self, name: str, origins: np.ndarray) -> np.ndarray:
        """Forecast with intervals: (n, H, C, Q); the middle is the method's own forecast."""
        return np.asarray(self.methods()[name](origins)[..., None] + self.spread[name])

    def again(self, parts: Parts) -> Simple:
        """The same, the autoregression fitted on the validation part too, with the penalty that was found on it."""
        both = np.concatenate([parts.train, parts.valid])
        pair, linear = (both, self.starts[both]), self.autoregression
        refitted = fit_autoregression(
            self.values, pair, (parts.valid, self.starts[parts.valid]), penalty=linear.penalty, lags=linear.lags,
            horizon=self.horizon, season=linear.season,
        )  # fmt: skip
        return replace(self, autoregression=refitted)

    def _smoothed(self, origins: np.ndarray) -> np.ndarray:
        times, which = origins - self.starts[origins], self.which[origins]
        columns = [
            s.forecasts(self.panel(c), times, which, self.horizon) for c, s in enumerate(self.smoothing)
        ]
        return np.stack(columns, axis=2)


def fit_simple(
    series: Series,
    values: np.ndarray,
    truth: np.ndarray,
    parts: Parts,
    *,
    season: int,
    horizon: int,
    lags: int,
) -> Simple:
    """Fit on the training part, and find the width of the intervals on the validation part.

    Parameters
    ----------
    values, truth
        (N, C) on the net's scale: without gaps, and NaN where unknown.
    """
    starts = np.repeat(series.starts, series.ends - series.starts)

    def panel(c: int, until: np.ndarray = series.origins) -> np.ndarray:
        """Lay the series side by side, each from its first step on: (T, S), NaN where unknown."""
        found = np.full((int((until - series.starts).max()), len(series)), np.nan)
        for s, (a, b) in enumerate(zip(series.starts, until, strict=True)):
            found[: b - a, s] = truth[a:b, c]
        return found

    smoothing = tuple(
        fit_smoothing(_recent(series, parts, truth[:, c], season), season) for c in range(values.shape[1])
    )
    linear = fit_autoregression(
        values, (parts.train, starts[parts.train]), (parts.valid, starts[parts.valid]), lags=lags, horizon=horizon,
        season=season,
    )  # fmt: skip
    bare = Simple(values, starts, season, horizon, smoothing, linear, panel, series.which, {})
    some = parts.valid[np.linspace(0, len(parts.valid) - 1, min(len(parts.valid), 2000)).astype(np.int64)]
    ahead = truth[some[:, None] + np.arange(horizon)]
    spread = {name: _spread(ahead - method(some)) for name, method in bare.methods().items()}
    return replace(bare, spread=spread)


def _recent(series: Series, parts: Parts, truth: np.ndarray, season: int) -> np.ndarray:
    """Lay the last steps of the training parts side by side, of the series that are long enough: (T, S)."""
    lengths = parts.train_end - series.starts
    long = lengths >= max(2, np.quantile(lengths, 0.25))
    steps = int(min(lengths[long].min(), max(_MOST_STEPS, 4 * season)))
    return np.stack([truth[end - steps : end] for end in parts.train_end[long]], axis=1)


def _spread(errors: np.ndarray) -> np.ndarray:
    """Give the quantiles of errors (n, H, C), moved so that the middle one is 0: (H, C, Q)."""
    if len(errors) < _BY_STEP:
        errors = errors.reshape(1, -1, errors.shape[2]).repeat(errors.shape[1], axis=0).transpose(1, 0, 2)
    known = np.where(np.isnan(errors).all(axis=0), 0.0, errors)
    found = np.moveaxis(np.nanquantile(known, LEVELS, axis=0), 0, -1)
    # The method's own forecast is what is compared, so its intervals are not moved off it by the errors' median.
    middle = LEVELS.index(0.5)
    found[..., middle] = 0.0
    found[..., :middle] = np.minimum(found[..., :middle], 0.0)
    found[..., middle + 1 :] = np.maximum(found[..., middle + 1 :], 0.0)
    return np.asarray(found)
