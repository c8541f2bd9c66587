"""Positional superko: no move may bring back a position that was on the board before, whoever is to move.

A position's key is the sum of one random number for each of its stones (Zobrist 1970, with sums in place of the
exclusive or: numbers of 63 bits that wrap round; two positions share one by accident once in 2^63).
Few moves need their key compared with the whole game. Say a stone of colour c at p brings back the position after
t moves. Then

- a stone of c lay at p then and does not now: one was taken from there later than t;
- any other stone that lies where none of its colour was ever taken lay there at t already.

So a move is looked at only if the first of these times is later than the last of the second.

Legend: B boards, K moves that are looked at, n side, N = n n places, T positions of a game.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.games.chains import NOBODY, near, touched

__all__ = ["keys", "position_key", "repeats"]


@cache
def keys(n: int, device: torch.device) -> Tensor:
    """Give the random numbers: (2, N) int64; row 0 of the player who began, row 1 of the other."""
    draw = torch.empty(2, n * n, dtype=torch.int64)
    draw.random_(generator=seeds.generator(0, "zobrist", n))
    return draw.to(device)


def position_key(stones: Tensor, n: int) -> Tensor:
    """Give each position's key: (B,) int64 from stones (B, N) int8."""
    numbers = keys(n, stones.device)
    return ((stones == 1) * numbers[0] + (stones == -1) * numbers[1]).sum(1)


def repeats(
    candidates: Tensor,
    *,
    stones: Tensor,
    chain: Tensor,
    liberties: Tensor,
    turn: Tensor,
    key: Tensor,
    history: Tensor,
    taken: Tensor,
    fresh: Tensor,
    n: int,
) -> Tensor:
    """Say which of the candidate moves would bring back an earlier position: (B, N) bool.

    Parameters
    ----------
    candidates
        (B, N) bool: free places where a stone may be put but for this rule.
    stones, chain, liberties
        (B, N): the position.
    turn, key
        (B,): whose move it is; the position's key.
    history
        (B, T) int64: the key after 0, 1, ... moves, 0 for those still to come.
    taken
        (B, 2, N) int16: after how many moves a stone of each colour was last taken from a place, 0 for never.
    fresh
        (B, N) int16: with which move a stone was put where none of its colour was ever taken, 0 for all else.
    """
    b = len(turn)
    ours = (turn != 1).long()  # (B,): the row of the player who moves
    mine = taken.flatten(0, 1).index_select(0, ours + torch.arange(0, 2 * b, 2, device=turn.device))  # (B, N)
    caught = (liberties == 1) & (stones == -turn[:, None])  # (B, N): the move may take these
    stays = fresh.masked_fill(caught, 0).amax(1, keepdim=True)  # (B, 1)
    board, place = (candidates & (mine > stays)).nonzero(as_tuple=True)  # (K,) each
    out = torch.zeros_like(candidates)
    if not len(board):
        return out
    around = near(n, stones.device)[place]  # (K, 4)
    rows = board[:, None]
    names = torch.where(caught[rows, around], chain[rows, around], NOBODY)  # (K, 4)
    gone = touched(chain[board], names)  # (K, N)
    numbers = keys(n, stones.device)
    ours = ours[board]  # (K,)
    after = key[board] + numbers[ours, place] - (gone * numbers[1 - ours]).sum(1)  # (K,)
    out[board, place] = (history[board] == after[:, None]).any(1)
    return out
