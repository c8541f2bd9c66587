"""The confusion matrix as a picture, confused classes beside one another.

Legend: K classes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from deepen.errors import DataError
from deepen.evaluation import Confusion
from deepen.reporting.canvas import figure_of, save, short

__all__ = ["draw"]

_NUMBERED = 26  # classes up to which each cell has its number; of more it could not be read (looked at)
_NAMED = 100  # classes up to which each has its name
_LONGEST = 22  # characters of a name


def draw(confusion: Confusion | None, path: Path) -> Path:
    """Draw the share of each true class (a row) that was answered as each other one (a column).

    The colours are those of the mistakes alone, since the diagonal would drown them; it is grey, and holds the share
    that was right. They run from white to dark blue, and so print in black and white.

    Raises
    ------
    DataError
        If there is no matrix to draw.
    """
    if confusion is None:
        raise DataError("there is no confusion matrix to draw: it is of classes")
    counts = np.array(confusion.counts)
    k = len(counts)
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    wrong = np.ma.masked_array(shares, np.eye(k, dtype=bool))
    names = [short(label, _LONGEST) for label in confusion.labels]
    room = 0.09 * max(map(len, names)) if k <= _NAMED else 0.4
    side = float(np.clip(0.42 * k, 2.6, 13.0)) if k <= _NUMBERED else 13.0
    figure = figure_of(side + room + 1.6, side + room + 1.0)
    axes = figure.add_subplot()
    most = max(float(wrong.max()) if k > 1 else 0.0, 1e-9)
    colours = _colours()
    # The root brings out what is rare beside the one pair that is confused often.
    drawn = axes.imshow(np.sqrt(wrong), cmap=colours, vmin=0, vmax=np.sqrt(most), interpolation="nearest")
    size = float(np.clip(50 * side / k, 5.0, 9.0))
    if k <= _NAMED:
        axes.set_xticks(range(k), names, rotation=90, fontsize=size)
        axes.set_yticks(range(k), names, fontsize=size)
    else:
        axes.set_xticks([])
        axes.set_yticks([])
    axes.tick_params(length=0)
    axes.set_xlabel("answered")
    axes.set_ylabel("true")
    right = np.trace(counts) / max(1, counts.sum())
    axes.set_title(f"{counts.sum():,} examples of {k} classes, {right:.1%} right", fontsize=10, loc="left")
    if k <= _NUMBERED:
        _numbers(axes, counts, shares, np.sqrt(most), size)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.6, aspect=30, pad=0.02)
    marks = np.linspace(0, np.sqrt(most), 5)
    bar.set_ticks(marks, labels=[f"{mark**2:.1%}" for mark in marks])
    bar.set_label("share of the true class, wrongly answered", fontsize=8)
    bar.ax.tick_params(labelsize=8)
    return save(figure, path, cut=True)


def _colours() -> Any:
    import matplotlib

    return matplotlib.colormaps["Blues"].with_extremes(bad="#D9D9D9")


def _numbers(axes: Any, counts: np.ndarray, shares: np.ndarray, darkest: float, size: float) -> None:
    """Write how many into each cell, and the share that was right into the diagonal."""
    small = size * (0.9 if counts.max() < 1000 else 0.75)
    for row, column in zip(*np.nonzero(counts), strict=True):
        if row == column:
            axes.text(
                column,
                row,
                f"{shares[row, row]:.0%}",
                ha="center",
                va="center",
                fontsize=small,
                weight="bold",
            )
            continue
        dark = np.sqrt(shares[row, column]) > 0.6 * darkest
        colour = "white" if dark else "black"
        axes.text(
            column, row, f"{counts[row, column]}", ha="center", va="center", fontsize=small, color=colour
        )
