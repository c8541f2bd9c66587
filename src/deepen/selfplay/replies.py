"""A player against everything that can be played against it: for games small enough to try every reply.

Legend: B boards, A moves.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from deepen.games.rules import Rules
from deepen.selfplay.players import Player

__all__ = ["Tally", "every_reply"]


class Tally(NamedTuple):
    """How many games were won, drawn and lost."""

    won: int
    drawn: int
    lost: int


def every_reply(rules: Rules[Any], player: Player, *, first: bool) -> Tally:
    """Play all games in which the other makes every legal move at every turn, and the player its own.

    Parameters
    ----------
    player
        One without chance, else each of its moves is only one of those that it might have made.
    first
        Whether the player begins.

    Examples
    --------
    Who always takes the first free place of tic-tac-toe loses some games:

    >>> from deepen.games import TicTacToe
    >>> rules = TicTacToe()
    >>> every_reply(rules, lambda boards: rules.legal(boards).float().argmax(1), first=True)
    Tally(won=83, drawn=16, lost=58)
    """
    boards = rules.begin(1)
    side = 1 if first else -1
    counts = torch.zeros(3, dtype=torch.int64)
    while len(boards):
        rows, moves = rules.legal(boards).nonzero().unbind(1)
        mine = boards.turn[rows] == side
        if bool(mine.any()):
            own = player(boards)
            keep = ~mine | (moves == own[rows])
            rows, moves = rows[keep], moves[keep]
        boards = rules.play(boards[rows], moves)
        results = boards.winner[boards.over] * side
        counts += torch.stack([(results == value).sum() for value in (1, 0, -1)])
        boards = boards[~boards.over]
    return Tally(*counts.tolist())
