"""A series as a small line without axes: its shape alone. Its channels are drawn on one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

from deepen.reporting.charts.canvas import Element, figure, path

__all__ = ["spark"]

_HEIGHT, _EDGE = 60.0, 3.0
_MOST_POINTS = 300  # of all channels together: of forty series about 130 KB


def spark(channels: Sequence[Sequence[float | None]], width: float) -> Element:
    """Draw the values from left to right; where one is missing the line is broken.

    Examples
    --------
    >>> [part.get("d") for part in spark([[0, 1, None, 2, 3]], 102)]
    ['M3.0 57.0L27.0 39.0M75.0 21.0L99.0 3.0']
    """
    drawing = figure(width, _HEIGHT)
    step = -(-sum(map(len, channels)) // _MOST_POINTS) or 1
    lines = [[math.nan if v is None else float(v) for v in channel[::step]] for channel in channels]
    known = [v for line in lines for v in line if math.isfinite(v)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    for at, line in enumerate(lines):
        apart = (width - 2 * _EDGE) / max(1, len(line) - 1)
        shares = [(v - low) / (high - low) if high > low else 0.5 for v in line]
        points = [
            (_EDGE + k * apart, _HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE))
            for k, share in enumerate(shares)
        ]
        path(drawing, points, f"line s{at} d{at}")
    return drawing
