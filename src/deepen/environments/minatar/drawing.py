"""How the games look to people: one colour and one sign for each channel."""

from __future__ import annotations

import numpy as np

__all__ = ["COLOURS", "picture", "text"]

# Okabe and Ito (2008), told apart whatever kind of colour vision one has; white and two greys follow. The last ones
# are for what lies at the edge (the gauges of Seaquest).
COLOURS = (
    (240, 228, 66),  # yellow
    (86, 180, 233),  # sky blue
    (230, 159, 0),  # orange
    (0, 158, 115),  # bluish green
    (213, 94, 0),  # vermilion
    (204, 121, 167),  # reddish purple
    (0, 114, 178),  # blue
    (170, 170, 170),
    (90, 90, 90),
    (255, 255, 255),
)
CELL = 16  # pixels for each cell's side: 160 in all, as wide as Atari's screen


def picture(seen: np.ndarray) -> np.ndarray:
    """Draw (C, 10, 10) bool as (160, 160, 3) uint8; where several channels meet, the first covers the others.

    Examples
    --------
    >>> picture(np.zeros((4, 10, 10), dtype=bool)).shape
    (160, 160, 3)
    """
    top = np.where(seen.any(0), seen.argmax(0), -1)  # (10, 10)
    palette = np.array([*COLOURS[: len(seen)], (0, 0, 0)], np.uint8)  # the last, at -1, is the background
    return palette[top].repeat(CELL, 0).repeat(CELL, 1)


def text(seen: np.ndarray, signs: str) -> str:
    """Write (C, 10, 10) bool as ten lines, one sign for each channel and a dot for nothing.

    Examples
    --------
    >>> seen = np.zeros((2, 10, 10), dtype=bool)
    >>> seen[1, 0, 0] = True
    >>> text(seen, "ab").splitlines()[0]
    'b.........'
    """
    top = np.where(seen.any(0), seen.argmax(0), -1)
    return "\n".join("".join((*signs, ".")[i] for i in row) for row in top)
