"""Connect Four on bits: a whole position in two numbers, and threats by shifting them.

Bit 7 c + r is row r (from below) of column c; the seventh row of each column stays free, so that shifts do not run
from one column into the next (Tromp's way; the threats are found as Pascal Pons does, "Solving Connect 4", 2015).

Legend: B boards.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepen.games.boards import Boards

__all__ = [
    "BOARD",
    "BOTTOM",
    "COLUMN",
    "HEIGHT",
    "WIDTH",
    "count",
    "from_boards",
    "playable",
    "sound",
    "threats",
]

WIDTH, HEIGHT = 7, 6
COLUMN = (1 << HEIGHT) - 1
BOTTOM = sum(1 << (HEIGHT + 1) * c for c in range(WIDTH))
BOARD = BOTTOM * COLUMN


def from_boards(boards: Boards) -> tuple[Tensor, Tensor]:
    """Give the stones of whose turn it is, and all stones: (B,) int64 each."""
    columns, rows = torch.arange(WIDTH), torch.arange(HEIGHT - 1, -1, -1)
    bits = 1 << (columns * (HEIGHT + 1) + rows[:, None])  # (6, 7)
    bits = bits.to(boards.stones.device)
    own = ((boards.stones == boards.turn[:, None, None]) * bits).sum((1, 2))
    return own, ((boards.stones != 0) * bits).sum((1, 2))


def count(x: Tensor) -> Tensor:
    """Count the bits that are set, of any shape; x must not be negative."""
    x = x - ((x >> 1) & 0x5555555555555555)
    x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333)
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0F
    return (x * 0x0101010101010101) >> 56


def threats(own: Tensor, filled: Tensor) -> Tensor:
    """Say where a stone of ``own`` would make four, whether it can be played there now or not.

    Examples
    --------
    >>> three = torch.tensor([1 << 0 | 1 << 7 | 1 << 14])  # at the bottom of the first three columns
    >>> [bit for bit in range(49) if int(threats(three, three)) >> bit & 1]
    [21]
    """
    found = (own << 1) & (own << 2) & (own << 3)  # upright
    for step in (HEIGHT, HEIGHT + 1, HEIGHT + 2):  # down to the right, level, up to the right
        pair = (own << step) & (own << 2 * step)
        found |= pair & (own << 3 * step)
        found |= pair & (own >> step)
        pair = (own >> step) & (own >> 2 * step)
        found |= pair & (own << step)
        found |= pair & (own >> 3 * step)
    return found & (filled ^ BOARD)


def playable(filled: Tensor) -> Tensor:
    """Say on which places a stone can come to lie."""
    return (filled + BOTTOM) & BOARD


def sound(own: Tensor, filled: Tensor) -> Tensor:
    """Give the moves after which the other cannot win at once, 0 if there is none; one's own wins are not sought."""
    feared = threats(own ^ filled, filled)
    moves = playable(filled)
    forced = moves & feared
    moves = torch.where(forced != 0, forced, moves) & ~(feared >> 1)  # never below a place the other wants
    return torch.where((forced & (forced - 1)) != 0, 0, moves)  # two threats cannot both be met
