"""Connect Four: stones fall to the lowest free place of a column; four in a row win.

Legend: B boards, A = W moves, H rows, W columns.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from deepen.errors import SettingError
from deepen.games import words
from deepen.games.boards import Boards
from deepen.games.lines import Lines

__all__ = ["Connect4"]


class Connect4(Lines):
    """Rules of Connect Four, on six rows of seven columns; a move is a column, called ``1`` to ``7``.

    Examples
    --------
    >>> rules = Connect4()
    >>> boards = rules.begin(1)
    >>> for word in "4345":
    ...     boards = rules.play(boards, torch.tensor([rules.move(word)]))
    >>> print(rules.text(boards).splitlines()[-2])
     ·  ·  ○  ● (○) ·  ·
    """

    name = "connect4"
    rows, columns, row = 6, 7, 4
    symmetries: ClassVar[int] = 2

    def __init__(self) -> None:
        super().__init__()
        self.actions = self.columns

    def legal(self, boards: Boards) -> Tensor:
        """Say which columns are not full: (B, A) bool."""
        return (boards.stones[:, 0] == 0) & ~boards.over[:, None]

    def landing(self, boards: Boards, moves: Tensor) -> Tensor:
        """Say where a stone comes to lie: (B,) int64."""
        column = moves.long()
        filled = self._filled(boards, column)  # (B,)
        # A board that is over may have a full column: its stone is put nowhere, any place will do.
        return (self.rows - 1 - filled).clamp(min=0) * self.columns + column

    def _filled(self, boards: Boards, column: Tensor) -> Tensor:
        return (boards.stones != 0).sum(1).gather(1, column[:, None])[:, 0]  # (B,)

    def _last_place(self, boards: Boards) -> Tensor:
        column = boards.last.clamp(min=0).long()
        return (self.rows - self._filled(boards, column)).clamp(max=self.rows - 1) * self.columns + column

    def place(self, boards: Boards, row: int = 0) -> int | None:
        """Give the place where the last stone came to lie on one board."""
        return int(self._last_place(boards)[row]) if boards.last[row] >= 0 else None

    def turned_moves(self, symmetry: int) -> Tensor:
        """Mirror the columns."""
        columns = torch.arange(self.columns)
        return columns.flip(0) if symmetry else columns

    def word(self, move: int) -> str:
        """Name a column: ``1`` to ``7``."""
        return str(move + 1)

    def move(self, word: str) -> int:
        """Find the column that a word names."""
        if word in {str(c + 1) for c in range(self.columns)}:
            return int(word) - 1
        raise SettingError("no such column", where="move", allowed=f"1 to {self.columns}", came=repr(word))

    def text(self, boards: Boards, row: int = 0) -> str:
        """Draw one board."""
        place = self.place(boards, row)
        return words.draw(
            boards.stones[row].tolist(), -1 if place is None else place, "1234567", numbers=False
        )
