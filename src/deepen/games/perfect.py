"""Perfect play of tic-tac-toe: the value of every position, by induction from the end.

Legend: B boards, S = 3^9 codes of stones, A = 9 moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from deepen.games.boards import Boards
from deepen.games.tictactoe import TicTacToe

__all__ = ["Perfect", "perfect"]


@dataclass(frozen=True)
class Perfect:
    """What every position of tic-tac-toe is worth to whose turn it is.

    Parameters
    ----------
    values
        (S,) int8: 1, 0 or -1; 2 for stones that no game leads to.
    moves
        (S, A) bool: the moves that keep this value; none where the game is over.
    """

    values: Tensor
    moves: Tensor

    def value(self, boards: Boards) -> Tensor:
        """Look positions up: (B,) int8, to whose ``turn`` it is."""
        return self.values[code(boards)]

    def best(self, boards: Boards) -> Tensor:
        """Look up the moves that lose nothing: (B, A) bool."""
        return self.moves[code(boards)]


def code(boards: Boards) -> Tensor:
    """Number positions by their stones, which say whose turn it is: (B,) int64 below S."""
    stones = boards.stones.flatten(1).long() + 1  # (B, 9) of 0, 1, 2
    return (stones * 3 ** torch.arange(9, device=stones.device)).sum(1)


def perfect() -> Perfect:
    """Solve tic-tac-toe: all 5,478 positions, layer by layer from the full boards back.

    Examples
    --------
    >>> solved = perfect()
    >>> start = TicTacToe().begin(1)
    >>> solved.value(start).tolist(), int((solved.values < 2).sum())
    ([0], 5478)
    """
    rules = TicTacToe()
    layers = [rules.begin(1)]
    for _ in range(rules.longest):
        row, move = rules.legal(layers[-1]).nonzero(as_tuple=True)
        after = rules.play(layers[-1][row], move)
        codes, which = torch.unique(code(after), return_inverse=True)
        # of the boards with one code any will do: the one that is written last
        layers.append(after[torch.zeros_like(codes).scatter(0, which, torch.arange(len(which)))])
    values = torch.full((3**rules.places,), 2, dtype=torch.int8)
    moves = torch.zeros(3**rules.places, rules.actions, dtype=torch.bool)
    for boards in reversed(layers):
        worth = boards.outcome.to(torch.int8)  # (B,): that of the boards that are over
        row, move = rules.legal(boards).nonzero(as_tuple=True)
        after = rules.play(boards[row], move)
        # what a move leads to, to who makes it; turns pass, but not when the game ends
        gain = torch.where(after.over, after.outcome.to(torch.int8), -values[code(after)])
        each = torch.full((len(boards), rules.actions), -2, dtype=torch.int8)
        each[row, move] = gain
        worth = torch.where(boards.over, worth, each.amax(1))
        values[code(boards)] = worth
        moves[code(boards)] = (each == worth[:, None]) & ~boards.over[:, None]
    return Perfect(values, moves)
