"""Chains of stones and their liberties, on many boards at once.

A chain is a set of stones of one colour that hang together; its liberties are the free places beside it. Every
stone knows the name of its chain, which is the place of one of its stones, and how many liberties the chain has.
Boards are flat here, so that a step up or down is a shift by n, and one to the side a shift by one with the
edge's column left out.

Legend: B boards, n side, N = n n places.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

__all__ = ["NONE", "beside", "chains", "liberties", "near", "touched"]

NONE = -1
"""The chain of a place without a stone."""
NOBODY = -2
"""A name that no place has."""


@cache
def near(n: int, device: torch.device) -> Tensor:
    """Name the four neighbours of each place: (N, 4) int64; over the edge it is the place itself."""
    place = torch.arange(n * n)  # (N,)
    row, column = place // n, place % n
    steps = [
        torch.where(row > 0, place - n, place),
        torch.where(row < n - 1, place + n, place),
        torch.where(column > 0, place - 1, place),
        torch.where(column < n - 1, place + 1, place),
    ]
    return torch.stack(steps, 1).to(device)


@cache
def inner(n: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Say which places are not in the last column, and which not in the first: (N,) bool each."""
    column = torch.arange(n * n, device=device) % n
    return column < n - 1, column > 0


def beside(marked: Tensor, n: int) -> Tensor:
    """Say which places have a marked neighbour: (B, N) bool from (B, N) bool."""
    not_last, not_first = inner(n, marked.device)
    out = torch.zeros_like(marked)
    out[:, n:] = marked[:, :-n]
    out[:, :-n] |= marked[:, n:]
    out[:, 1:] |= (marked & not_last)[:, :-1]
    out[:, :-1] |= (marked & not_first)[:, 1:]
    return out


def touched(chain: Tensor, names: Tensor, chosen: Tensor) -> Tensor:
    """Say which places belong to one of the chains that are chosen.

    Parameters
    ----------
    chain
        (B, N) int16: the chain of each place.
    names
        (B, 4) int16: four chains.
    chosen
        (B, 4) bool: which of the four are meant.
    """
    names = torch.where(chosen, names, NOBODY)  # (B, 4)
    out = chain == names[:, :1]  # (B, N)
    for i in range(1, names.shape[1]):
        out |= chain == names[:, i : i + 1]
    return out


def liberties(chain: Tensor, n: int) -> Tensor:
    """Count the liberties of the chain at each place: (B, N) int16 from (B, N) int16, 0 where there is none.

    Each free place counts once for every chain beside it, however many of its stones it touches.
    """
    b, places = chain.shape
    beside_free = chain[:, near(n, chain.device)]  # (B, N, 4)
    beside_free = torch.where((chain == NONE)[..., None], beside_free, NONE)
    for i in range(1, 4):
        twice = (beside_free[..., :i] == beside_free[..., i : i + 1]).any(-1)  # (B, N)
        beside_free[..., i] = torch.where(twice, NONE, beside_free[..., i])
    index = beside_free.flatten(1).long() + 1  # (B, 4 N), 0 for no chain
    counts = torch.zeros(b, places + 1, dtype=torch.int16, device=chain.device)
    counts.scatter_add_(1, index, torch.ones_like(index, dtype=torch.int16))
    counts[:, 0] = 0
    return counts.gather(1, chain.long() + 1)


def chains(stones: Tensor, n: int) -> Tensor:
    """Find the chains of boards set up by hand: (B, N) int16 from stones (B, N) int8.

    Every stone takes the largest name among its neighbours of one colour, and then that one's, until all is still.
    """
    places = torch.arange(n * n, device=stones.device)
    label = torch.where(stones != 0, places, NONE)  # (B, N) int64
    neighbours = near(n, stones.device)
    same = stones[:, neighbours] == stones[..., None]  # (B, N, 4)
    while True:
        around = torch.where(same, label[:, neighbours], NONE).amax(-1)  # (B, N)
        new = torch.maximum(label, around)
        new = torch.where(new >= 0, new.gather(1, new.clamp(min=0)), new)  # the name's own name
        if torch.equal(new, label):
            return label.to(torch.int16)
        label = new
