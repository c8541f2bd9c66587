"""Moves that a player leaves alone, although they are legal: in Go the filling of its own eyes.

A deviation from AlphaZero, at play alone: the rules allow every legal move, and training and the search below its root
look at all of them. Whoever sees itself lost whatever it does finds all moves equal, and then fills its own eyes until
living stones are dead. With the score counted by area, filling a true eye of one point gains nothing by itself; the
rare positions in which it is the only good move for something else are given up.

Legend: B boards, A moves.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from deepen.games.boards import Boards
from deepen.games.eyes import own_eyes
from deepen.games.go import Go, GoBoards
from deepen.games.rules import Rules

__all__ = ["sensible"]


def sensible(rules: Rules[Any], boards: Boards) -> Tensor | None:
    """Say which moves are not foolish for certain, legal or not: (B, A) bool; None where nothing is known of any.

    Examples
    --------
    >>> rules = Go(3)
    >>> stones = torch.tensor([[[0, 1, 0], [1, 1, 0], [0, -1, 0]]], dtype=torch.int8)
    >>> (~sensible(rules, rules.set_up(stones, torch.tensor([1])))).nonzero().tolist()
    [[0, 0]]
    """
    if not isinstance(rules, Go):
        return None
    assert isinstance(boards, GoBoards)
    eyes = own_eyes(boards)  # (B, A - 1)
    return torch.cat([~eyes, torch.ones_like(eyes[:, :1])], 1)
