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
    mean, deviation
        (S, C).
    """

    log: bool
    names: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def fit(cls, series: Series, until: np.ndarray, *, log: bool) -> Self:
        """Fit on each series' rows before ``until`` (S,); one without any gets the mean of the others."""
        C = series.values.shape[1]
        mean, deviation = np.full((2, len(series), C), np.nan)
        for s, part in enumerate(series.parts(until)):
            scale = _log(part) if log else part
            known = (~np.isnan(scale)).sum(axis=0) >= 2
            if known.any():
                mean[s, known], deviation[s, known] = (
                    f(scale[:, known], axis=0) for f in (np.nanmean, np.nanstd)
                )
        for figures, otherwise in ((mean, 0.0), (deviation, 1.0)):
            blank = np.isnan(figures)
            whole = np.where(blank, 0, figures).sum(axis=0) / np.maximum(1, (~blank).sum(axis=0))
            figures[blank] = np.broadcast_to(np.where(blank.all(axis=0), otherwise, whole), figures.shape)[
                blank
            ]
        # A constant series: any unit will do, and its own size is a fair one.
        deviation = np.where(
            deviation > 1e-9 * np.maximum(1, np.abs(mean)), deviation, np.maximum(np.abs(mean), 1)
        )
        return cls(log, series.names, mean, deviation)

    def to(self, series: Series) -> Scaling:
        """The scales of other data's series: those kept by name, and new ones from what is known of a new one."""
        fresh = Scaling.fit(series, series.origins, log=self.log)
        at = {name: s for s, name in enumerate(self.names)}
        mean, deviation = fresh.mean.copy(), fresh.deviation.copy()
        for s, name in enumerate(series.names):
            if name in at:
                mean[s], deviation[s] = self.mean[at[name]], self.deviation[at[name]]
        return Scaling(self.log, series.names, mean, deviation)

    def standardise(self, values: np.ndarray, which: np.ndarray) -> np.ndarray:
        """Bring values (n, ..., C) of the series ``which`` (n,) to the net's scale."""
        scale = _log(values) if self.log else values
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
        return {
            "log": self.log, "names": list(self.names), "mean": self.mean.tolist(), "deviation": self.deviation.tolist()
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        return cls(data["log"], tuple(data["names"]), np.array(data["mean"]), np.array(data["deviation"]))


def _log(values: np.ndarray) -> np.ndarray:
    """Take logarithms; new data may hold what the training part did not, a value that is not above 0."""
    return np.asarray(np.log(np.maximum(values, 1e-300)))
