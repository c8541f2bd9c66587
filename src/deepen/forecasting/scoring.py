"""Forecasts of series measured: rows of all series together, brought to what the measures take.

Legend: S series, C targets, n origins, H steps ahead, Q quantiles.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from deepen.evidence.forecast_measures import mase_scale, score
from deepen.forecasting.series import Series
from deepen.forecasting.simple import LEVELS
from deepen.records import Score

__all__ = ["measured", "thinned", "verdict"]

_MOST_FIGURES = (
    40_000_000  # n H C Q scored at once: 320 MB; beyond it the origins are thinned evenly (assumed)
)
_CLOSE = 0.02  # a forecast whose MASE is nearer than this share is as good (assumed)


def thinned(origins: np.ndarray, figures: int) -> np.ndarray:
    """Take origins evenly, as many as can be scored at once with so many figures each."""
    most = max(1, _MOST_FIGURES // figures)
    return origins[np.linspace(0, len(origins) - 1, min(len(origins), most)).astype(np.int64)]


def measured(
    series: Series,
    origins: np.ndarray,
    quantiles: np.ndarray,
    mase: Mapping[str, tuple[float, ...]],
    season: int,
    part: str,
    deviation: np.ndarray | None = None,
    seed: int = 0,
) -> Score:
    """Measure forecasts (n, H, C, Q) from origins (n,), in the targets' own units.

    Parameters
    ----------
    mase
        The units of MASE, by series; of a series without one, its own values before the first origin give it.
    deviation
        Standard deviations of the training part (S, C); of all values where None.
    """
    horizon = quantiles.shape[1]
    rows = origins[:, None] + np.arange(horizon)
    units = np.stack(
        [
            np.array(mase[name]) if name in mase else mase_scale(part_of, season)
            for name, part_of in zip(series.names, series.parts(series.origins), strict=True)
        ]
    )
    if deviation is None:
        deviation = np.stack([np.nanstd(one, axis=0) for one in series.parts(series.origins)])
    _, moments = np.unique(series.dates, return_inverse=True)
    which = series.which[origins]
    return score(
        series.values[rows], quantiles, LEVELS, dates=moments[rows], scale=units[which],
        deviation=np.where(deviation > 0, deviation, 1.0)[which], part=part, seed=seed,
    )  # fmt: skip


def verdict(scores: Mapping[str, Score]) -> list[str]:
    """Say in plain words whether the net was worth it, and whether anything was.

    Examples
    --------
    >>> from deepen.records import Measure
    >>> def of(value): return Score({"mase": Measure("mase", value, value, value, "none", 1)})
    >>> verdict({"test": of(0.7), "naive": of(1.2), "ridge": of(0.8)})
    ['the net is better than every simple forecast; the nearest is ridge (MASE 0.700 against 0.800)']
    """
    net = scores["test"].headline.value
    others = {name: s.headline.value for name, s in scores.items() if name != "test"}
    best = min(others, key=lambda name: others[name])
    figures = f"MASE {net:.3f} against {others[best]:.3f}"
    if net < (1 - _CLOSE) * others[best]:
        told = f"the net is better than every simple forecast; the nearest is {best} ({figures})"
    elif net <= (1 + _CLOSE) * others[best]:
        told = f"the net is no better than the {best} forecast ({figures})"
    else:
        told = f"the {best} forecast wins over the net ({figures}): use it instead"
    if min(net, others[best]) >= (1 - _CLOSE) * others["naive"]:
        return [
            told,
            "the naive forecast, that the next value is the last one, is as good as anything here "
            f"(MASE {others['naive']:.3f}): these series hold nothing more to learn from their past",
        ]
    return [told]
