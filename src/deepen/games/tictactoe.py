"""Tic-tac-toe: three in a row on nine places."""

from __future__ import annotations

from typing import ClassVar

from deepen.games.lines import Lines

__all__ = ["TicTacToe"]


class TicTacToe(Lines):
    """Rules of tic-tac-toe.

    Examples
    --------
    >>> import torch
    >>> rules = TicTacToe()
    >>> boards = rules.begin(1)
    >>> for word in ("B2", "B1", "A3", "A1", "C1"):
    ...     boards = rules.play(boards, torch.tensor([rules.move(word)]))
    >>> print(rules.text(boards))
    3  ●  ·  ·
    2  ·  ●  ·
    1  ○  ○ (●)
       A  B  C
    >>> boards.winner.tolist()
    [1]
    """

    name = "tictactoe"
    rows = columns = row = 3
    sides: ClassVar[tuple[str, str]] = ("X", "O")
