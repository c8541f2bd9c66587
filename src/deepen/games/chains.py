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

__all__ = ["NOBODY", "NONE", "beside", "chains", "freed", "liberties", "near", "touched"]

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


def touched(chain: Tensor, names: Tensor) -> Tensor:
    """Say which places belong to one of four chains: (B, N) bool.

    Parameters
    ----------
    chain
        (B, N) int16: the chain of each place.
    names
        (B, 4) int16: the four; what is none of them is given as ``NOBODY``.
    """
    out = chain == names[:, :1]  # (B, N)
    for i in range(1, names.shape[1]):
        out |= chain == names[:, i : i + 1]
    return out


def distinct(names: Tensor) -> Tensor:
    """Name each chain once: (..., 4) with ``NONE`` where an earlier one of the four is the same."""
    out = names.clone()
    for i in range(1, names.shape[-1]):
        twice = (names[..., :i] == names[..., i : i + 1]).any(-1)
        out[..., i].masked_fill_(twice, NONE)
    return out


def liberties(chain: Tensor, n: int) -> Tensor:
    """Count the liberties of the chain at each place: (B, N) int16 from (B, N) int16, 0 where there is none.

    Each free place counts once for every chain beside it, however many of its stones it touches.
    """
    names = distinct(chain[:, near(n, chain.device)])  # (B, N, 4)
    names = names.masked_fill((chain != NONE)[..., None], NONE)
    return counted(chain, names.flatten(1))


def counted(chain: Tensor, names: Tensor) -> Tensor:
    """Say for each place how often its chain is named: (B, N) int16 from chain (B, N) and names (B, M) int16."""
    index = names.long() + 1  # (B, M), 0 for no chain
    counts = torch.zeros(len(chain), chain.shape[1] + 1, dtype=torch.int16, device=chain.device)
    counts.scatter_add_(1, index, torch.ones_like(names))
    counts[:, 0] = 0
    return counts.gather(1, chain.long() + 1)


def freed(chain: Tensor, gone: Tensor, n: int) -> Tensor:
    """Count the liberties that each chain wins where stones were taken away.

    Parameters
    ----------
    chain
        (B, N) int16: the chains that are left.
    gone
        (B, N) bool: where stones were taken.
    """
    board, place = gone.nonzero(as_tuple=True)  # (M,) each
    names = distinct(chain[board[:, None], near(n, chain.device)[place]])  # (M, 4)
    size = chain.shape[1] + 1
    index = (board * size)[:, None] + names.long() + 1  # (M, 4)
    counts = torch.zeros(len(chain) * size, dtype=torch.int16, device=chain.device)
    counts.scatter_add_(0, index.flatten(), torch.ones_like(index.flatten(), dtype=torch.int16))
    counts = counts.view(-1, size)  # (B, N + 1)
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
