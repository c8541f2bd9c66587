"""Minimax to a fixed depth: an opponent that needs no training, for any game.

All positions of a level are played at once. Nothing is pruned: a batch of a hundred thousand boards takes less time
than alpha-beta in Python takes for a thousand.

Legend: B boards, A moves, M windows, k stones in a row, N places.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor

from deepen.config import between
from deepen.games.boards import Boards
from deepen.games.go import Go, GoBoards
from deepen.games.lines import Lines, line_table
from deepen.games.rules import Rules

__all__ = ["minimax", "standing"]

MOST = 1 << 16
"""So many boards are played at once; more are taken in turns (assumed: about 100 MB of Go 9x9)."""


def minimax(
    rules: Rules[Any], boards: Boards, depth: int, generator: torch.Generator | None = None
) -> Tensor:
    """Choose moves by looking ``depth`` plies ahead: (B,) int64; where a game is over the answer means nothing.

    A win counts more the sooner it comes. Where several moves are equally good one is drawn.

    Parameters
    ----------
    depth
        1 or more.
    generator
        On the boards' device; without one the first of the best moves is taken.

    Examples
    --------
    >>> from deepen.games import Connect4
    >>> rules = Connect4()
    >>> boards = rules.begin(1)
    >>> for word in "112233":
    ...     boards = rules.play(boards, torch.tensor([rules.move(word)]))
    >>> rules.word(int(minimax(rules, boards, depth=1)))
    '4'
    """
    between("depth", depth, 1, 64)
    each = _each(rules, boards, depth)  # (B, A)
    best = each == each.amax(1, keepdim=True)
    if generator is None:
        return best.int().argmax(1)
    drawn = torch.rand(best.shape, generator=generator, device=best.device)
    return torch.where(best, drawn, -1.0).argmax(1)


def _each(rules: Rules[Any], boards: Boards, depth: int) -> Tensor:
    """What each move is worth to who makes it: (B, A) float32, -inf where it is not legal."""
    row, move = rules.legal(boards).nonzero(as_tuple=True)
    each = torch.full((len(boards), rules.actions), -torch.inf, device=boards.turn.device)
    for first in range(0, len(row), MOST):
        which, made = row[first : first + MOST], move[first : first + MOST]
        after = rules.play(boards[which], made)
        # The turn stays where the game ends; else what is good for the other is bad for this player.
        mine = torch.where(after.turn == boards.turn[which], 1.0, -1.0)
        each[which, made] = mine * _worth(rules, after, depth - 1)
    return each


def _worth(rules: Rules[Any], boards: Boards, depth: int) -> Tensor:
    """What positions are worth to whose turn it is: (B,) float32."""
    ended = boards.outcome * (1 + depth)  # a win while more plies are left came sooner
    if depth == 0:
        return torch.where(boards.over, ended, standing(rules, boards))
    return torch.where(boards.over, ended, _each(rules, boards, depth).amax(1))


def standing(rules: Rules[Any], boards: Boards) -> Tensor:
    """Judge positions without looking ahead: (B,) float32, within -1 and 1, to whose turn it is.

    In games of lines every window of k places that only one player has stones in counts as the square of their
    number; in Go the area does; in other games all positions are alike. The scales are assumed.
    """
    if isinstance(rules, Lines):
        flat = boards.stones.flatten(1) * boards.turn[:, None]  # (B, N)
        inside = flat[:, windows(rules.rows, rules.columns, rules.row, flat.device)]  # (B, M, k)
        own, other = (inside == 1).sum(2), (inside == -1).sum(2)  # (B, M) each
        balance = (torch.where(other == 0, own, 0) ** 2 - torch.where(own == 0, other, 0) ** 2).sum(1)
        return torch.tanh(balance / 32)
    if isinstance(rules, Go):
        assert isinstance(boards, GoBoards)
        return torch.tanh(rules.score(boards) * boards.turn / rules.places)
    return torch.zeros(len(boards), device=boards.turn.device)


@cache
def windows(rows: int, columns: int, row: int, device: torch.device) -> Tensor:
    """Name the places of every window of k on the board: (M, k) int64."""
    table = line_table(rows, columns, row, device).view(rows * columns, 4, -1)[
        ..., row - 1 :
    ]  # (N, 4, k) forwards
    whole = (table < rows * columns).all(2)  # (N, 4)
    return table[whole]
