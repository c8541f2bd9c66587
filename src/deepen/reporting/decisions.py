"""Pictures of what decisions rest on: maps laid over a picture of the moment, or over a board.

Legend: h, w pixels of a picture; H, W places of a map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deepen.reporting.canvas import DIVERGING, figure_of, save

__all__ = ["Decision", "draw_decisions"]

_FADED = 0.45  # how much white is mixed into the picture beneath a map (looked at)


@dataclass(frozen=True, eq=False)
class Decision:
    """One moment to draw.

    Parameters
    ----------
    title
        What was decided.
    shown
        (h, w, 3) from 0 to 1.
    maps
        By what it is, (H, W): above zero for what speaks for the decision. The same names for every moment.
    margin
        How much of the picture lies around its places, in places.
    """

    title: str
    shown: np.ndarray
    maps: Mapping[str, np.ndarray]
    margin: float = 0.0


def draw_decisions(path: Path, title: str, decisions: Sequence[Decision]) -> str:
    """Draw a line for each moment: the moment itself, and each map over it.

    Returns
    -------
    str
        What the picture shows, in words.
    """
    names = list(decisions[0].maps)
    across = 1 + len(names)
    figure = figure_of(1.9 * across + 1.2, 1.95 * len(decisions) + 0.9)
    for row, one in enumerate(decisions):
        H, W = next(iter(one.maps.values())).shape
        edge = 0.5 + one.margin
        extent = (-edge, W - 1 + edge, H - 1 + edge, -edge)
        for column in range(across):
            axes = figure.add_subplot(len(decisions), across, row * across + column + 1)
            axes.imshow(_beneath(one.shown) if column else one.shown, extent=extent, interpolation="nearest")
            if column:
                coloured = _coloured(one.maps[names[column - 1]])
                axes.imshow(coloured, extent=(-0.5, W - 0.5, H - 0.5, -0.5), interpolation="nearest")
                axes.set_xlim(extent[:2])
                axes.set_ylim(extent[2:])
            axes.set_xticks([])
            axes.set_yticks([])
            if row == 0:
                axes.set_title("moment" if column == 0 else names[column - 1], fontsize=8)
            if column == 0:
                axes.set_ylabel(one.title, fontsize=8, rotation=0, ha="right", va="center")
            for side in axes.spines.values():
                side.set_linewidth(0.5)
    figure.suptitle(title, fontsize=10)
    save(figure, path)
    told = "; ".join(one.title.replace("\n", ", ") for one in decisions)
    return f"{title}: {', '.join(names)}; red speaks for it, blue against: {told}."


def _beneath(pixels: np.ndarray) -> np.ndarray:
    """Grey and faded, so that what lies over it is the only colour."""
    grey = pixels @ (0.299, 0.587, 0.114)  # (h, w): luma, ITU-R BT.601
    return np.repeat(1 - (1 - grey[..., None]) * (1 - _FADED), 3, axis=2)


def _coloured(values: np.ndarray) -> Any:
    """Colours (H, W, 4) that hide the more of what lies beneath, the further a value is from zero."""
    from matplotlib import colormaps

    size = np.abs(values)
    # A single pixel shall not make all others white.
    most = float(np.quantile(size, 0.995)) or float(size.max()) or 1.0
    scaled = (values / most).clip(-1, 1)
    rgba = colormaps[DIVERGING](0.5 + 0.5 * scaled)
    rgba[..., 3] = np.sqrt(np.abs(scaled)) * 0.85
    return rgba
