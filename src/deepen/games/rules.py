"""What every board game is to those who play it: moves that are legal, what comes of one, and what a net sees.

Legend: B boards, A moves, C planes, H rows, W columns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

import torch
from torch import Tensor

from deepen.games.boards import Boards
from deepen.shapes import Grid

__all__ = ["Rules", "turned"]

B = TypeVar("B", bound=Boards)


class Rules(ABC, Generic[B]):
    """The rules of a game for two with nothing hidden and nothing left to chance.

    They hold no position: :class:`~deepen.games.boards.Boards` do. Nothing here changes boards in place.

    Attributes
    ----------
    name
        By which it is found again: ``connect4``, ``go:9``.
    shape
        The planes that a net reads: (C, H, W).
    actions
        A: how many moves there are, legal or not; the same in every position.
    longest
        After so many moves every game is over.
    symmetries
        Of the board: 8 (the square's), 2 (left and right), or 1.
    territory
        Whether it is about places: at the end :meth:`owners` says whose each one is.
    sides
        What the player who begins is called, and the other.
    """

    name: str
    shape: Grid
    actions: int
    longest: int
    symmetries: ClassVar[int] = 1
    territory: ClassVar[bool] = False
    sides: ClassVar[tuple[str, str]] = ("Black", "White")

    @abstractmethod
    def begin(self, n: int, device: torch.device | str = "cpu") -> B:
        """Give n boards before the first move."""

    @abstractmethod
    def legal(self, boards: B) -> Tensor:
        """Say which moves are legal: (B, A) bool; none where the game is over."""

    @abstractmethod
    def play(self, boards: B, moves: Tensor) -> B:
        """Make a move (B,) on each board; one that is over stays as it is. Moves must be legal: nobody checks."""

    @abstractmethod
    def planes(self, boards: B, legal: Tensor | None = None) -> Tensor:
        """Give what a net sees, from the side of whose turn it is: (B, C, H, W) float32.

        ``legal`` is what :meth:`legal` gives, (B, A), from whoever has asked for it already: of some games it is a
        good part of the work.
        """

    def owners(self, boards: B) -> Tensor:
        """Say whose each place is: (B, H, W) int8, 1 of the player who began, -1 of the other, 0 of nobody."""
        raise NotImplementedError(f"{self.name} is not about places")

    @abstractmethod
    def word(self, move: int) -> str:
        """Name a move as people do: ``D4``, ``pass``."""

    @abstractmethod
    def move(self, word: str) -> int:
        """Find the move that :meth:`word` names.

        Raises
        ------
        SettingError
            If there is no such move.
        """

    @abstractmethod
    def text(self, boards: B, row: int = 0) -> str:
        """Draw one board for a terminal, with its coordinates and the last move marked."""

    def place(self, boards: B, row: int = 0) -> int | None:
        """Give the place of the last move on one board, counted along the rows; None of a pass and before the first."""
        last = int(boards.last[row])
        return last if 0 <= last < self.shape.h * self.shape.w else None

    def turned(self, planes: Tensor, symmetry: int) -> Tensor:
        """Turn planes (..., H, W) by a symmetry, from 0 (none) to ``symmetries - 1``."""
        return turned(planes, symmetry)

    def turned_moves(self, symmetry: int) -> Tensor:
        """Say from which move each one comes: (A,), so that ``policy[:, turned_moves(s)]`` belongs to turned planes."""
        places = self.shape.h * self.shape.w
        assert self.actions >= places, "moves that are no places need a way of their own"
        grid = torch.arange(places).view(self.shape.h, self.shape.w)
        return torch.cat([turned(grid, symmetry).flatten(), torch.arange(places, self.actions)])


def turned(x: Tensor, symmetry: int) -> Tensor:
    """Mirror left and right if ``symmetry`` is odd, then turn by a right angle ``symmetry // 2`` times: (..., H, W)."""
    mirrored = x.flip(-1) if symmetry % 2 else x
    return mirrored.rot90(symmetry // 2, (-2, -1)) if symmetry > 1 else mirrored
