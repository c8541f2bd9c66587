"""True eyes of one point: free places of Go that nobody gains by filling himself.

Legend: B boards, n side, N = n n places.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from deepen.games.chains import beside
from deepen.games.go import GoBoards

__all__ = ["own_eyes"]


def own_eyes(boards: GoBoards) -> Tensor:
    """Say which places are true eyes of one point of whose turn it is: (B, N) bool.

    Every place beside it holds one's own stone, and the other has at most one of the four places across the corners,
    none at the edge (the usual rule of Monte Carlo Go: Brügmann 1993, Gelly et al. 2006). No chain beside such an eye
    is saved by filling it: one that has no other liberty hangs together all around it, so that the rules forbid it.

    Examples
    --------
    >>> import torch
    >>> from deepen.games.go import Go
    >>> stones = torch.tensor([[[0, 1, 0], [1, 1, 0], [0, -1, 0]]], dtype=torch.int8)
    >>> own_eyes(Go(3).set_up(stones, torch.tensor([1]))).view(3, 3).int().tolist()
    [[1, 0, 0], [0, 0, 0], [0, 0, 0]]
    """
    n = boards.stones.shape[-1]
    side = boards.stones * boards.turn[:, None, None]  # (B, n, n)
    surrounded = (side == 0).flatten(1) & ~beside((side <= 0).flatten(1), n)  # (B, N)
    theirs, outside = (side < 0).float(), side.new_zeros(1, n, n).float()
    across = _corners(theirs, edge=0.0)  # (B, n, n): how many of the four are the other's
    allowed = (_corners(outside, edge=1.0) == 0).float()
    return surrounded & (across <= allowed).flatten(1)


def _corners(x: Tensor, edge: float) -> Tensor:
    """Sum the four places across the corners: (B, n, n), with ``edge`` outside of the board."""
    wide = F.pad(x, (1, 1, 1, 1), value=edge)
    return wide[:, :-2, :-2] + wide[:, :-2, 2:] + wide[:, 2:, :-2] + wide[:, 2:, 2:]
