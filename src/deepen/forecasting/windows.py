"""Parts by time, the scale of each series, and batches of windows cut out of tensors that stay where they are.

A window belongs to a part if all of its steps ahead lie in it; one that crosses a border is in neither, so no part
is learned from or chosen by that is scored later. The steps back may lie in an earlier part: a forecaster knows its past.

Legend: N rows of all series together, S series, C targets, L steps back, H steps ahead, B examples in a batch,
F and P numbers known ahead and up to the origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.compute.processes import World, alone
from deepen.errors import DataError
from deepen.forecasting.series import Series

__all__ = ["Parts", "Scaling", "Stage", "WindowBatches", "Windows", "divide", "filled"]

_LEAST_TRAIN = 4  # windows to learn from at the least (assumed)


@dataclass(frozen=True, eq=False)
class Parts:
    """Origins by part, and where the training and validation part of each series end: (n,) and (S,)."""

    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray
    train_end: np.ndarray
    valid_end: np.ndarray

    def train_rows(self, series: Series) -> np.ndarray:
        """The rows of the training part: what everything is fitted on."""
        return np.concatenate([np.arange(a, b) for a, b in zip(series.starts, self.train_end, strict=True)])


def divide(series: Series, horizon: int, *, test_share: float, valid_share: float) -> Parts:
    """Divide by time: the last dates are the test part, those before them the validation part.

    Raises
    ------
    DataError
        If the longest series is too short for three parts that each hold the horizon.
    """
    known = np.concatenate([series.dates[a:b] for a, b in zip(series.starts, series.origins, strict=True)])
    moments = np.unique(known)
    n = len(moments)
    test = max(horizon, round(test_share * n))
    if "test" in series.begins:
        test = n - int(np.searchsorted(moments, series.begins["test"]))
    valid = max(horizon, round(valid_share * (n - test)))
    if "valid" in series.begins:
        valid = n - test - int(np.searchsorted(moments, series.begins["valid"]))
    need = 3 * horizon + _LEAST_TRAIN
    longest = int((series.origins - series.starts).max())
    if longest < need or min(test, valid) < horizon or n - test - valid < horizon + _LEAST_TRAIN:
        raise DataError(
            "the series is too short for the horizon" if len(series) == 1 else "every series is too short for the horizon",
            where=series.source, allowed=f"{need} steps or more for a horizon of {horizon}: a horizon each to train, "
            "validate and test on", came=f"{longest} steps", mend="Forecast fewer steps: --horizon "
            f"{max(1, (longest - _LEAST_TRAIN) // 3)}, or hold out less with --test-share and --valid-share.",
        )  # fmt: skip
    borders = moments[n - test - valid], moments[n - test]
    first, second = (
        np.array([a + np.searchsorted(series.dates[a:b], border) for a, b in zip(series.starts, series.origins, strict=True)])
        for border in borders
    )  # fmt: skip
    return Parts(
        train=_origins(series.starts + 1, first, horizon), valid=_origins(np.maximum(first, series.starts + 1), second, horizon),
        test=_origins(np.maximum(second, series.starts + 1), series.origins, horizon), train_end=first, valid_end=second,
    )  # fmt: skip


def _origins(first: np.ndarray, end: np.ndarray, horizon: int) -> np.ndarray:
    """List the origins from ``first`` on, all of whose steps ahead lie before ``end``."""
    return np.concatenate(
        [np.arange(a, max(a, b - horizon + 1)) for a, b in zip(first, end, strict=True)]
    ).astype(np.int64)


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
            figures[blank] = np.broadcast_to(np.where(blank.all(axis=0), otherwise, whole), figures.shape)[blank]
        # A constant series: any unit will do, and its own size is a fair one.
        deviation = np.where(deviation > 1e-9 * np.maximum(1, np.abs(mean)), deviation, np.maximum(np.abs(mean), 1))
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
        return np.asarray((scale - self._at(self.mean, which, values.ndim)) / self._at(self.deviation, which, values.ndim))

    def restore(self, scaled: np.ndarray, which: np.ndarray) -> np.ndarray:
        """Bring the net's forecasts (n, H, C) or quantiles (n, H, C, Q) back to the targets' own units."""
        shape = (len(which), 1, -1) + (1,) * (scaled.ndim - 3)
        found = scaled * self.deviation[which].reshape(shape) + self.mean[which].reshape(shape)
        return np.exp(np.minimum(found, 700.0)) if self.log else found

    @staticmethod
    def _at(figures: np.ndarray, which: np.ndarray, ndim: int) -> np.ndarray:
        return figures[which].reshape(len(which), *(1,) * (ndim - 2), -1)

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
    return np.log(np.maximum(values, 1e-300))


@dataclass(frozen=True)
class Stage:
    """One batch of windows, as the net takes it, and what came: (B, H, C), NaN where unknown."""

    inputs: Mapping[str, Tensor]
    target: Tensor


class Windows:
    """The rows of all series as tensors on one device, out of which windows are cut.

    Parameters
    ----------
    values
        (N, C) standardised, without gaps, as the net reads them.
    truth
        (N, C) standardised, NaN where unknown, as forecasts are compared with.
    ahead, past
        (N, F) and (N, P).
    starts, code
        Of each row its series' first row, and the number by which the net knows the series: (N,).
    """

    def __init__(
        self,
        values: np.ndarray,
        truth: np.ndarray,
        ahead: np.ndarray,
        past: np.ndarray,
        starts: np.ndarray,
        code: np.ndarray,
        *,
        lookback: int,
        horizon: int,
        season: int | None,
        device: torch.device,
    ) -> None:
        def there(array: np.ndarray, dtype: torch.dtype) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(array)).to(device, dtype)

        self.values, self.truth = there(values, torch.float32), there(truth, torch.float32)
        self.ahead, self.past = there(ahead, torch.float32), there(past, torch.float32)
        self.starts, self.code = there(starts, torch.int64), there(code, torch.int64)
        self.lookback, self.horizon, self.season, self.device = lookback, horizon, season, device
        self._back = torch.arange(-lookback, 0, device=device)
        self._on = torch.arange(horizon, device=device)

    def cut(self, origins: Tensor) -> Stage:
        """Cut the windows of these origins (B,); before a series' first row its first value is read."""
        start = self.starts[origins][:, None]
        back = torch.maximum(origins[:, None] + self._back, start)  # (B, L)
        on = origins[:, None] + self._on  # (B, H)
        inputs = {"window": self.values[back], "series": self.code[origins]}
        if self.season is not None:
            before = origins[:, None] + self._on % self.season - self.season
            inputs["seasonal"] = self.values[torch.where(before >= start, before, origins[:, None] - 1)]
        if self.ahead.shape[1]:
            inputs["ahead"] = self.ahead[on]
        if self.past.shape[1]:
            inputs["past"] = self.past[back]
        return Stage(inputs, self.truth[on])


class WindowBatches:
    """Endless batches of windows, each epoch in another order; what the loop takes.

    Parameters
    ----------
    windows, origins
        What to cut, and where.
    size
        Examples in a global batch, which the processes share.
    seed
        From which every epoch's order follows.
    """

    def __init__(
        self, windows: Windows, origins: np.ndarray, *, size: int, seed: int, world: World | None = None
    ) -> None:
        self.windows, self._origins = windows, torch.from_numpy(origins)
        self._world, self._seed = world or alone(windows.device), seed
        self._epoch, self._at, self._order, self._order_of = 0, 0, torch.empty(0), -1
        processes = self._world.size
        self.size = max(1, min(size, len(origins)) // processes) * processes

    @property
    def steps(self) -> int:
        """Batches in one epoch."""
        return max(1, len(self._origins) // self.size)

    def next(self) -> Stage:
        """Give the next batch."""
        if self._order_of != self._epoch:
            generator = seeds.generator(self._seed, "epoch", self._epoch)
            self._order = torch.randperm(len(self._origins), generator=generator)
            self._order_of = self._epoch
        rows = self._order[self._at * self.size : (self._at + 1) * self.size]
        self._at += 1
        if self._at >= self.steps:
            self._epoch, self._at = self._epoch + 1, 0
        return self.windows.cut(self._world.share(self._origins[rows]).to(self.windows.device))

    def halve(self) -> bool:
        """Make the batches half as large; False if they cannot be smaller."""
        if self.size < 2 * self._world.size:
            return False
        seen = self._at * self.size
        self.size = self.size // 2 // self._world.size * self._world.size
        self._at = min(seen // self.size, self.steps - 1)
        return True

    def state_dict(self) -> dict[str, Any]:
        """Where the batches stand."""
        return {"epoch": self._epoch, "at": self._at, "size": self.size}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._epoch, self._at, self.size = state["epoch"], state["at"], state["size"]
