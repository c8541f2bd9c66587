"""Who makes moves on many boards at once: by chance, by the net alone, or by search.

Legend: B boards, A moves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from deepen.games.boards import Boards
from deepen.games.rules import Rules
from deepen.matches import rollouts
from deepen.search.search import Evaluate, SearchSettings, search

__all__ = ["Player", "by_chance", "by_net", "by_search", "match"]

Player = Callable[[Any], Tensor]
"""Gives a legal move (B,) for each of B boards; where a game is over, any number."""


def by_chance(rules: Rules[Any], generator: torch.Generator | None = None) -> Player:
    """Make legal moves, each as likely as the others."""
    return lambda boards: rollouts.by_chance(rules.legal(boards), generator)


def by_net(rules: Rules[Any], evaluate: Evaluate) -> Player:
    """Make the likeliest legal move of the net's policy, without any search."""

    def move(boards: Boards) -> Tensor:
        logits, _ = evaluate(rules.planes(boards))
        return logits.masked_fill(~rules.legal(boards), -torch.inf).argmax(1)

    return move


def by_search(rules: Rules[Any], evaluate: Evaluate, settings: SearchSettings) -> Player:
    """Make the move that a search without noise finds best."""

    def move(boards: Boards) -> Tensor:
        return search(rules, boards, evaluate, settings).move

    return move


def match(rules: Rules[Any], one: Player, other: Player, boards: Boards) -> Tensor:
    """Play from each position to the end, ``one`` as the player whose turn it is in it.

    Returns
    -------
    Tensor
        (B,) float32: what came of it for ``one``: 1, 0 or -1.

    Examples
    --------
    A player who takes the first free place against one who takes the last:

    >>> from deepen.games import TicTacToe
    >>> rules = TicTacToe()
    >>> first = lambda boards: rules.legal(boards).float().argmax(1)
    >>> last = lambda boards: 8 - rules.legal(boards).float().flip(1).argmax(1)
    >>> match(rules, first, last, rules.begin(1)).tolist()
    [1.0]
    """
    side = boards.turn
    while not bool(boards.over.all()):
        mine = (boards.turn == side) & ~boards.over
        theirs = ~mine & ~boards.over
        moves = torch.zeros(len(boards), dtype=torch.int64, device=side.device)
        for who, rows in ((one, mine), (other, theirs)):
            if bool(rows.any()):
                moves[rows] = who(boards[rows])
        boards = rules.play(boards, moves)
    return (boards.winner * side).float()
