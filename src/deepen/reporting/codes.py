"""A map of codes: every example where an autoencoder with two codes puts it.

Legend: N examples.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from deepen.errors import DataError
from deepen.reporting import scatter
from deepen.reporting.canvas import figure_of, plain, save

__all__ = ["draw"]


def draw(path: Path, points: np.ndarray, labels: np.ndarray | None = None, title: str = "Two codes") -> str:
    """Draw examples by their two codes, coloured by their class.

    Parameters
    ----------
    points
        (N, 2) codes.
    labels
        (N,) names as objects, or numbers; None where they are unknown.

    Returns
    -------
    str
        What the picture shows, in words.

    Raises
    ------
    DataError
        If there are not two codes.
    """
    if points.ndim != 2 or points.shape[1] != 2:
        raise DataError("a map has two codes", where="points", allowed="(N, 2)", came=str(points.shape))
    figure = figure_of(6.6, 6.4)
    axes = figure.add_subplot()
    scatter.draw(figure, axes, points, labels)
    axes.set_xlabel("code 1", fontsize=8)
    axes.set_ylabel("code 2", fontsize=8)
    plain(axes)
    figure.suptitle(title, fontsize=10)
    save(figure, path)
    return f"{len(points):,} examples by two codes{'' if labels is None else ', coloured by their class'}."
