"""How good forecasts are, over many origins, each figure with its 95 % interval.

MASE is the error in units of the seasonal naive forecast's own, one season ahead on the training part (Hyndman
and Koehler 2006, "Another look at measures of forecast accuracy"): below 1 is better than that. sMAPE is that
of the M3 competition, from 0 to 200. Pinball loss is the quantile's own loss (Koenker and Bassett 1978), on
targets standardised by the training part, averaged over the levels. Coverage is how often the truth lay inside.

Errors at neighbouring dates are no independent draws: forecasts from many origins overlap, and a level missed once
stays missed. So the bootstrap draws blocks of dates, with all that was forecast for them (Künsch 1989): of a
horizon's length, or shorter where that would leave fewer than eight blocks.

Legend: n origins, H steps ahead, C targets, Q quantiles, b blocks, r resamples, m measures.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepen.errors import DataError
from deepen.evidence.intervals import percentile, replicates
from deepen.records import Measure, Score

__all__ = ["mase_scale", "pinball", "score"]

Array = NDArray[np.float64]

_BLOCKS = 8  # at the least, where there are so many dates (assumed)
_INTERVALS = (0.8, 0.9)


def mase_scale(series: Array, season: int) -> Array:
    """Give the mean absolute error of the seasonal naive forecast within the training part: (C,).

    Where a column never changes over a season, that of the naive forecast; where it never changes, NaN.

    Parameters
    ----------
    series
        One series' training part (T, C), NaN where unknown.

    Examples
    --------
    >>> mase_scale(np.array([[1.0], [5.0], [2.0], [7.0]]), 2).tolist()
    [1.5]
    """
    found = np.full(series.shape[1], np.nan)
    for lag in (season, 1):
        if len(series) > lag:
            apart = np.abs(series[lag:] - series[:-lag])
            known = ~np.isnan(apart)
            mean = np.where(known, apart, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
            found = np.where(np.isnan(found) & (mean > 0), mean, found)
    return found


def pinball(truth: Array, quantiles: Array, levels: Sequence[float]) -> Array:
    """Give the pinball loss of each forecast (...), averaged over the levels, from its quantiles (..., Q).

    Examples
    --------
    >>> pinball(np.array([10.0]), np.array([[8.0, 9.0]]), [0.5, 0.9]).round(3).tolist()
    [0.95]
    """
    tau, error = np.asarray(levels), truth[..., None] - quantiles
    return np.asarray(np.maximum(tau * error, (tau - 1) * error).mean(axis=-1))


def score(
    truth: Array,
    quantiles: Array,
    levels: Sequence[float],
    *,
    dates: NDArray[np.int64],
    scale: Array,
    deviation: Array,
    part: str = "test",
    seed: int = 0,
) -> Score:
    """Measure forecasts from many origins.

    Parameters
    ----------
    truth
        (n, H, C), NaN where unknown.
    quantiles, levels
        (n, H, C, Q) for Q levels, of which 0.5 is the forecast.
    dates
        The number of the date of every step: (n, H).
    scale
        Of MASE, for each origin's series: (n, C), see :func:`mase_scale`.
    deviation
        Standard deviation of the targets in the training part: (n, C).

    Returns
    -------
    Score
        ``mase``, ``smape``, ``rmse`` and ``mae`` (for one target), ``mse_standardised``, ``mae_standardised``,
        ``pinball``, ``coverage_80`` and ``coverage_90``.

    Examples
    --------
    >>> truth, levels = np.array([[[2.0], [4.0]]]), [0.05, 0.5, 0.95]
    >>> quantiles = np.array([[[[0.0, 2.0, 4.0]], [[0.0, 2.0, 3.0]]]])
    >>> found = score(truth, quantiles, levels, dates=np.array([[0, 1]]), scale=np.array([[0.5]]),
    ...               deviation=np.array([[2.0]]))
    >>> {name: round(m.value, 3) for name, m in found.measures.items()}["mase"]
    2.0
    """
    known = ~np.isnan(truth)
    if not known.any():
        raise DataError("there is nothing to score", where=part, came="no origin with a known value ahead")
    each = _each(truth, quantiles, levels, scale, deviation)
    sums, counts = _by_block(each, dates, truth.shape[1])
    blocks = sums.shape[1]

    def statistic(weights: Array) -> Array:
        with np.errstate(all="ignore"):
            mean = (sums @ weights) / (counts @ weights)
        names = list(each)
        if "rmse" in names:
            mean[names.index("rmse")] = np.sqrt(mean[names.index("rmse")])
        return np.asarray(mean)

    values = statistic(np.ones((blocks, 1)))[:, 0]
    drawn = replicates(statistic, blocks, seed=seed)
    found = {}
    n = int(known.any(axis=(1, 2)).sum())
    for i, (name, value) in enumerate(zip(each, values.tolist(), strict=True)):
        if not np.isfinite(value):
            continue
        low, high = percentile(drawn[i], blocks) if blocks > 1 else (value, value)
        if name.startswith("coverage"):
            low, high = max(0.0, low), min(1.0, high)
        method = "block bootstrap" if blocks > 1 else "none"
        found[name] = Measure(name, value, min(low, value), max(high, value), method, n)
    return Score(found, part=part)


def _each(
    truth: Array, quantiles: Array, levels: Sequence[float], scale: Array, deviation: Array
) -> dict[str, Array]:
    """Give every forecast's own part in each measure: (n, H, C) each, NaN where it has none."""
    middle = quantiles[..., list(levels).index(0.5)]
    error = middle - truth
    size = np.abs(truth) + np.abs(middle)
    with np.errstate(all="ignore"):
        each = {
            "mase": np.abs(error) / scale[:, None],
            "smape": np.where(size == 0, 0 * size, 200 * np.abs(error) / size),
        }
        if truth.shape[2] == 1:  # several targets have units of their own
            each |= {"rmse": error**2, "mae": np.abs(error)}
        standard = error / deviation[:, None]
        each |= {"mse_standardised": standard**2, "mae_standardised": np.abs(standard)}
        if len(levels) > 1:
            each["pinball"] = pinball(truth, quantiles, levels) / deviation[:, None]
            for share in _INTERVALS:
                inside = _inside(truth, quantiles, levels, share)
                if inside is not None:
                    each[f"coverage_{share * 100:.0f}"] = inside
    return each


def _inside(truth: Array, quantiles: Array, levels: Sequence[float], share: float) -> Array | None:
    """Tell whether the truth lies in the central interval of this share, if its ends are among the levels."""
    ends = [
        [i for i, at in enumerate(levels) if abs(at - tail) < 1e-6]
        for tail in ((1 - share) / 2, (1 + share) / 2)
    ]
    if not all(ends):
        return None
    low, high = (quantiles[..., end[0]] for end in ends)
    return np.where(np.isnan(truth), np.nan, ((truth >= low) & (truth <= high)).astype(np.float64))


def _by_block(each: dict[str, Array], dates: NDArray[np.int64], horizon: int) -> tuple[Array, Array]:
    """Sum each measure over the forecasts of every block of dates, and count them: (m, b) each."""
    _, number = np.unique(dates, return_inverse=True)
    number = number.reshape(dates.shape)
    total = int(number.max()) + 1
    length = max(1, min(horizon, total // _BLOCKS))
    block = number // length
    # What is left over at the end joins the last whole block.
    block = np.minimum(block, max(0, total // length - 1))
    count = int(block.max()) + 1
    sums, counts = np.empty((2, len(each), count))
    for i, values in enumerate(each.values()):
        known = np.isfinite(values)
        sums[i] = np.bincount(
            block.ravel(), np.where(known, values, 0.0).sum(axis=2).ravel(), minlength=count
        )
        counts[i] = np.bincount(block.ravel(), known.sum(axis=2).ravel(), minlength=count)
    return sums, counts
