"""The first layer's filters over kinds of things: a row for each unit, a column for each channel.

A mean over channels would mix what a filter looks for with what it looks away from, where each channel is a kind of
thing, as a stone of one's own and one of the other's.

Legend: U units, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deepen.reporting.canvas import DIVERGING, figure_of, save, tile

__all__ = ["draw_filter_table"]

_GAP = 0.15  # of a tile, between two of them
_LETTER = 0.13  # of a tile, which a letter takes at the most


def draw_filter_table(
    path: Path, title: str, weights: np.ndarray, channels: Sequence[str] = (), most: int = 32
) -> str:
    """Draw filters (U, C, H, W), each scaled to its own largest weight.

    Parameters
    ----------
    channels
        What each of C is called; numbered where nothing is said.
    most
        How many units are drawn.

    Returns
    -------
    str
        What the picture shows, in words.
    """
    shown = weights[:most]
    U, C = shown.shape[:2]
    step = 1 + _GAP
    across = -(-U // 16)  # columns of 16 units
    down = min(U, 16)
    wide = C * step + 0.9  # of one of them, with the units' numbers
    above = _LETTER * max(map(len, channels), default=0)  # tiles that upright names take
    figure = figure_of(0.42 * across * wide + 0.4, 0.42 * (down * step + above) + 1.0)
    axes = figure.add_subplot()
    for unit, each in enumerate(shown):
        left, top = (unit // 16) * wide, (unit % 16) * step
        scaled = each / max(float(np.abs(each).max()), 1e-12)
        axes.text(left - 0.12, top + 0.5, f"{unit}", ha="right", va="center", fontsize=7)
        for channel, pixels in enumerate(scaled):
            tile(axes, pixels, left + channel * step, top, cmap=DIVERGING, vmin=-1, vmax=1)
    for group in range(across):
        for channel in range(C):
            at = group * wide + channel * step + 0.5
            name = channels[channel] if channels else f"{channel + 1}"
            axes.text(
                at,
                -0.12,
                name,
                ha="center",
                va="bottom",
                fontsize=7,
                rotation="vertical" if channels else None,
            )
    axes.set_xlim(-0.8, across * wide - 0.8)
    axes.set_ylim(down * step, -0.8 - above)
    axes.set_axis_off()
    figure.suptitle(title, fontsize=10)
    save(figure, path)
    of = f"{U:,} of {len(weights):,}" if len(weights) > U else f"{U:,}"
    named = f" ({', '.join(channels)})" if channels else ""
    what = f"{of} units, a column for each of {C} channels{named}"
    return f"{' '.join(title.split())}: {what}; red excites, blue inhibits."
