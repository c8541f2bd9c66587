"""Examples as points on a plane, coloured by what they are.

Legend: N examples.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from deepen.reporting.canvas import COLOURS, MARKERS

__all__ = ["draw"]


def draw(figure: Any, axes: Any, points: np.ndarray, labels: np.ndarray | None) -> None:
    """Draw examples as points, with each class's name in the middle of its own.

    Parameters
    ----------
    figure, axes
        Of Matplotlib; a colour bar for numbers comes beside the figure's last axes.
    points
        (N, 2).
    labels
        (N,) names as objects, "" for unknown ones; or numbers; None for points of one colour.
    """
    size = 14 if len(points) < 600 else 7
    if labels is None or labels.dtype != object:
        drawn = axes.scatter(
            points[:, 0], points[:, 1], s=size, c=COLOURS[0] if labels is None else labels,
            cmap=None if labels is None else "viridis", linewidths=0, alpha=0.8,
        )  # fmt: skip
        if labels is not None and points is not None and axes is figure.axes[-1]:
            bar = figure.colorbar(drawn, ax=axes, shrink=0.8)
            bar.ax.tick_params(labelsize=8)
        return
    names = sorted(set(labels.tolist()) - {""})
    shown = [*names, *([""] if "" in labels else [])]
    for at, name in enumerate(shown):
        mine = labels == name
        # Two colours of eight never share a marker until all sixty-four pairs are used up.
        style = (
            {"color": COLOURS[at % 8], "marker": MARKERS[(at + at // 8) % 8]}
            if name
            else {"color": "#BBBBBB"}
        )
        axes.scatter(
            points[mine, 0],
            points[mine, 1],
            s=size,
            linewidths=0,
            alpha=0.75,
            label=name or "unknown",
            **style,
        )
        if name and len(names) > 2:
            # A name in the middle of its points, so that the eye need not go to the legend.
            x, y = np.median(points[mine], axis=0)
            axes.text(
                x, y, name[:14], fontsize=8, ha="center", va="center", weight="bold",
                bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.7},
            )  # fmt: skip
