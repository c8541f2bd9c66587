"""Parts by time: the last dates are the test part, those before them the validation part.

A window belongs to a part if all of its steps ahead lie in it; one that crosses a border is in neither, so no part
is learned from or chosen by that is scored later. The steps back may lie in an earlier part: a forecaster knows its
past.

Legend: S series, n origins, H steps ahead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepen.errors import DataError
from deepen.forecasting.series import Series

__all__ = ["Parts", "divide"]

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
        which = "the series is" if len(series) == 1 else "every series is"
        raise DataError(
            f"{which} too short for the horizon",
            where=series.source, allowed=f"{need} steps or more for a horizon of {horizon}: a horizon each to train, "
            "validate and test on", came=f"{longest} steps", mend="Forecast fewer steps: --horizon "
            f"{max(1, (longest - _LEAST_TRAIN) // 3)}, or hold out less with --test-share and --valid-share.",
        )  # fmt: skip
    borders = moments[n - test - valid], moments[n - test]
    spans = list(zip(series.starts, series.origins, strict=True))
    first, second = (
        np.array([a + np.searchsorted(series.dates[a:b], border) for a, b in spans]) for border in borders
    )
    after = series.starts + 1  # an origin needs a value before it
    return Parts(
        train=_origins(after, first, horizon), valid=_origins(np.maximum(first, after), second, horizon),
        test=_origins(np.maximum(second, after), series.origins, horizon), train_end=first, valid_end=second,
    )  # fmt: skip


def _origins(first: np.ndarray, end: np.ndarray, horizon: int) -> np.ndarray:
    """List the origins from ``first`` on, all of whose steps ahead lie before ``end``."""
    return np.concatenate(
        [np.arange(a, max(a, b - horizon + 1)) for a, b in zip(first, end, strict=True)]
    ).astype(np.int64)
