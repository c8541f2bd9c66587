"""Small pictures side by side, with a line or two above each.

Legend: H height, W width, C channels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deepen.reporting.canvas import figure_of, save

__all__ = ["draw"]

_COLUMNS = 8


def draw(
    pictures: Sequence[tuple[np.ndarray | None, str]], path: Path, title: str, *, columns: int = _COLUMNS
) -> Path:
    """Draw pictures in rows.

    Parameters
    ----------
    pictures
        Each (H, W, C) uint8 with what stands above it; None leaves its place free.
    path
        The PNG (or SVG, PDF...) to write.
    title
        What stands above all.
    columns
        How many stand in a row.
    """
    rows = max(1, math.ceil(len(pictures) / columns))
    figure = figure_of(1.5 * columns, 1.8 * rows + 0.8)
    figure.suptitle(title)
    for at in range(rows * columns):
        axes = figure.add_subplot(rows, columns, at + 1)
        axes.set_axis_off()
        pixels, caption = pictures[at] if at < len(pictures) else (None, "")
        if pixels is None:
            continue
        grey = pixels.shape[-1] == 1
        axes.imshow(pixels[..., 0] if grey else pixels, cmap="gray" if grey else None, vmin=0, vmax=255)
        axes.set_title(caption, fontsize=8)
    return save(figure, path)
