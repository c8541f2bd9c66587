"""A picture of forecasts: the history, the fan of quantiles, the simple forecasts, and what came.

Legend: T steps before, H steps ahead, Q quantiles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deepen.answers import Fan
from deepen.errors import DataError

__all__ = ["draw"]

_COLUMNS = 2
# Okabe and Ito's colours, which people with colour-blindness can tell apart; lines differ in their dashes too.
_NET, _CAME = "#0072B2", "#000000"
_SHADES = (0.14, 0.2, 0.3)  # from the widest interval to the narrowest, which lie on one another
_SIMPLE = {
    "naive": ("#999999", (0, (1, 1))),
    "seasonal naive": ("#E69F00", (0, (5, 2))),
    "drift": ("#CC79A7", (0, (1, 2))),
    "smoothing": ("#009E73", (0, (4, 1, 1, 1))),
    "ridge": ("#D55E00", (0, (2, 1))),
}


def draw(fans: Sequence[Fan], path: Path) -> Path:
    """Draw each forecast in a panel of its own.

    Parameters
    ----------
    fans
        Of a forecaster, see :class:`deepen.forecasting.model.Forecaster`.
    path
        The PNG (or SVG, PDF...) to write.

    Raises
    ------
    DataError
        If there is no forecast to draw.
    """
    if not fans:
        raise DataError("there is no forecast to draw")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(_COLUMNS, len(fans))
    rows = math.ceil(len(fans) / columns)
    figure = Figure(figsize=(7.0 * columns + 1, 3.4 * rows + 0.9), layout="constrained", dpi=120)
    FigureCanvasAgg(figure)
    figure.suptitle("The last forecasts of the test part")
    for at, fan in enumerate(fans):
        axes = figure.add_subplot(rows, columns, at + 1)
        _panel(axes, fan)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=min(len(labels), 5), frameon=False, fontsize=9
    )
    figure.savefig(path)
    return path


def _panel(axes: Any, fan: Fan) -> None:
    T, H = len(fan.before), len(fan.came)
    past, ahead = np.arange(T), np.arange(T, T + H)
    quantiles = np.array(fan.quantiles)  # (H, Q)
    # Each line begins at the last known value, so that none hangs in the air.
    joined, last = np.concatenate([[T - 1], ahead]), fan.before[-1]
    levels = list(fan.levels)
    for alpha, low in zip(_SHADES, (q for q in levels if q < 0.5), strict=False):
        ends = [levels.index(low), levels.index(_opposite(levels, low))]
        down, up = (np.concatenate([[last], quantiles[:, end]]) for end in ends)
        share = 1 - 2 * low
        axes.fill_between(
            joined, down, up, color=_NET, alpha=alpha, linewidth=0, label=f"{share:.0%} interval"
        )
    for name, values in fan.beside.items():
        colour, dashes = _SIMPLE.get(name, ("#56B4E9", "-"))
        axes.plot(joined, [last, *values], color=colour, linestyle=dashes, linewidth=1.3, label=name)
    axes.plot(joined, [last, *quantiles[:, levels.index(0.5)]], color=_NET, linewidth=2.2, label="net")
    axes.plot(past, fan.before, color=_CAME, linewidth=1.2)
    axes.plot(
        joined, [last, *fan.came], color=_CAME, linewidth=1.2, marker="o", markersize=2.5, label="what came"
    )
    axes.axvline(T - 0.5, color="#BBBBBB", linewidth=0.8)
    axes.set_title(fan.title, fontsize=11, loc="left")
    ticks = np.unique(np.linspace(0, T + H - 1, 5).astype(int))
    axes.set_xticks(ticks, [fan.dates[t] for t in ticks], fontsize=8)
    axes.tick_params(axis="y", labelsize=8)
    axes.margins(x=0.01)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    known = [v for v in (*fan.before, *fan.came, *quantiles.ravel().tolist()) if math.isfinite(v)]
    room = 0.08 * (max(known) - min(known)) or 1.0
    # A simple forecast may run far off; the panel belongs to the data and the net.
    axes.set_ylim(min(known) - room, max(known) + room)


def _opposite(levels: list[float], low: float) -> float:
    return min(levels, key=lambda q: abs(q - (1 - low)))
