"""Area scoring of Go after Tromp and Taylor: stones, and free places that reach one colour alone.

No stone is taken for dead: the game has to be played out.

Legend: B boards, n side, N = n n places.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepen.games.chains import beside

__all__ = ["area", "owners"]


def owners(stones: Tensor) -> Tensor:
    """Say whose each place is: (B, n, n) int8 from stones (B, n, n) int8; 0 for a place that is nobody's.

    Examples
    --------
    >>> owners(torch.tensor([[[0, 1, 0], [1, 1, 0], [0, 0, -1]]], dtype=torch.int8))[0].tolist()
    [[1, 1, 0], [1, 1, 0], [0, 0, -1]]
    """
    n = stones.shape[-1]
    flat = stones.flatten(1)  # (B, N)
    # Both colours in one go: first the places that reach the one, then those that reach the other.
    free = (flat == 0).repeat(2, 1)  # (2 B, N)
    reached = torch.cat([flat == 1, flat == -1])  # (2 B, N)
    while True:
        grown = reached | (beside(reached, n) & free)
        if torch.equal(grown, reached):
            break
        reached = grown
    first, second = reached.chunk(2)  # (B, N) each
    return (first.to(torch.int8) - second.to(torch.int8)).view_as(stones)


def area(stones: Tensor) -> Tensor:
    """Give by how many places the player who began has more, without komi: (B,) int32.

    Examples
    --------
    >>> area(torch.tensor([[[0, 1, 0], [1, 1, 0], [0, 0, -1]]], dtype=torch.int8)).tolist()
    [3]
    """
    return owners(stones).flatten(1).sum(1, dtype=torch.int32)
