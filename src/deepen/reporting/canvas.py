"""What the pictures of this room share: a figure, tiles on it, and colours that the colour-blind can tell apart.

Legend: H height, W width, C channels.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["COLOURS", "DIVERGING", "MARKERS", "figure_of", "plain", "save", "short", "tile"]

# Okabe and Ito's, the black last; markers differ too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DIVERGING = "RdBu_r"
"""Red for what speaks for, blue for what speaks against; both differ in lightness from the white between."""
DPI = 130  # fine enough for tiles of 8 mm on a screen (looked at)


def figure_of(width: float, height: float) -> Any:
    """Make an empty figure of so many inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Any, path: Path, *, cut: bool = False) -> Path:
    """Write a figure; what users' names hold is drawn as it stands, dollars, and boxes for letters the font lacks.

    Parameters
    ----------
    cut
        Whether the picture ends where the drawing does, rather than where the figure does.
    """
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        figure.savefig(path, **({"bbox_inches": "tight", "pad_inches": 0.12} if cut else {}))
    return path


def short(text: str, most: int) -> str:
    """A name on one line, its middle left out where it is long.

    Examples
    --------
    >>> short("a name that goes on and on", 12)
    'a name…nd on'
    """
    line = " ".join(text.split())
    if len(line) > most:
        kept = most - 1
        line = f"{line[: kept - kept // 2]}…{line[len(line) - kept // 2 :]}"
    return line


def tile(axes: Any, pixels: np.ndarray, column: float, row: float, **how: Any) -> None:
    """Draw pixels (H, W) or (H, W, C) into the unit square at a column and row, counted from the top left."""
    H, W = pixels.shape[:2]
    longer = max(H, W)
    h, w = H / longer, W / longer
    x, y = column + (1 - w) / 2, row + (1 - h) / 2
    axes.imshow(pixels, extent=(x, x + w, y + h, y), interpolation="nearest", aspect="equal", **how)


def plain(axes: Any) -> None:
    """Take away the frame's top and right side."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=8)
