"""The scale of each series: gaps filled, logarithms where they belong, mean 0 and deviation 1 on the training part.

Legend: N rows of all series together, S series, C targets, n origins or rows, H steps ahead, Q quantiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from deepen.forecasting.series import Series

__all__ = ["Scaling", "filled"]


def filled(series: Series) -> np.ndarray:
    """Give the values with every gap read as the value before it, and nothing read from beyond the origins: (N, C)."""
    found = series.values.copy()
    for a, origin, b in zip(series.starts, series.origins, series.ends, strict=True):
        part = found[a:origin]
        seen = np.where(np.isnan(part), 0, np.arange(len(part))[:, None])
        np.maximum.accumulate(seen, axis=0, out=seen)
        found[a:origin] = np.take_along_axis(part, seen, axis=0)
        found[origin:b] = found[origin - 1]
    return found


@dataclass(frozen=True, eq=False)
class Scaling:
    """Each series' targets, to about mean 0 and deviation 1 on its training part; by logarithms where they vary so.

    Parameters
    ----------
    log
        Whether logarithms are taken first.
    names
        Of the series.
    mean, deviation, floor
        (S, C); with logarithms, what lies below the floor counts as the floor.
    """

    log: bool
    names: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray
    floor: np.ndarray

    @classmethod
    def fit(cls, series: Series, until: np.ndarray, *, log: bool) -> Self:
        """Fit on each series' rows before ``until`` (S,); one without any gets the mean of the others."""
        C = series.values.shape[1]
        mean, deviation, floor = np.full((3, len(series), C), np.nan)
        for s, part in enumerate(series.parts(until)):
            floor[s] = _floor(part)
            scale = np.log(np.maximum(part, floor[s])) if log else part
            known = (~np.isnan(scale)).sum(axis=0) >= 2
            if known.any():
                mean[s, known], deviation[s, known] = (
                    f(scale[:, known], axis=0) for f in (np.nanmean, np.nanstd)
                )
        for figures, otherwise in ((mean, 0.0), (deviation, 1.0), (floor, 1e-12)):
            blank = np.isnan(figures)
            whole = np.where(blank, 0, figures).sum(axis=0) / np.maximum(1, (~blank).sum(axis=0))
            figures[blank] = np.broadcast_to(np.where(blank.all(axis=0), otherwise, whole), figures.shape)[
                blank
            ]
        # A constant series: any unit will do, and its own size is a fair one.
        deviation = np.where(
            deviation > 1e-9 * np.maximum(1, np.abs(mean)), deviation, np.maximum(np.abs(mean), 1)
        )
        return cls(log, series.names, mean, deviation, floor)

    def to(self, series: Series) -> Scaling:
        """The scales of other data's series: those kept by name, and new ones from what is known of a new one."""
        fresh = Scaling.fit(series, series.origins, log=self.log)
        at = {name: s for s, name in enumerate(self.names)}
        mean, deviation, floor = fresh.mean.copy(), fresh.deviation.copy(), fresh.floor.copy()
        for s, name in enumerate(series.names):
            if name in at:
                k = at[name]
                mean[s], deviation[s], floor[s] = self.mean[k], self.deviation[k], self.floor[k]
        return Scaling(self.log, series.names, mean, deviation, floor)

    def standardise(self, values: np.ndarray, which: np.ndarray) -> np.ndarray:
        """Bring values (n, ..., C) of the series ``which`` (n,) to the net's scale."""
        scale = np.log(np.maximum(values, self._at(self.floor, which, values.ndim))) if self.log else values
        return np.asarray(
            (scale - self._at(self.mean, which, values.ndim)) / self._at(self.deviation, which, values.ndim)
        )

    def restore(self, scaled: np.ndarray, which: np.ndarray) -> np.ndarray:
        """Bring the net's forecasts (n, H, C) or quantiles (n, H, C, Q) back to the targets' own units."""
        shape = (len(which), 1, -1) + (1,) * (scaled.ndim - 3)
        found = scaled * self.deviation[which].reshape(shape) + self.mean[which].reshape(shape)
        return np.asarray(np.exp(np.minimum(found, 700.0)) if self.log else found)

    @staticmethod
    def _at(figures: np.ndarray, which: np.ndarray, ndim: int) -> np.ndarray:
        return np.asarray(figures[which].reshape(len(which), *(1,) * (ndim - 2), -1))

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        figures = {name: getattr(self, name).tolist() for name in ("mean", "deviation", "floor")}
        return {"log": self.log, "names": list(self.names), **figures}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        figures = (np.array(data[name]) for name in ("mean", "deviation", "floor"))
        return cls(data["log"], tuple(data["names"]), *figures)


def _floor(part: np.ndarray) -> np.ndarray:
    """Give half of the smallest known value above 0: (C,). Logarithms of what comes later end there (assumed)."""
    above = np.where(part > 0, part, np.inf).min(axis=0, initial=np.inf)
    return np.asarray(np.where(np.isfinite(above), 0.5 * above, np.nan))
