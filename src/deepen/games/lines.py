"""What games have in common that are won by so many stones in a row.

Only lines through the last move can be new, so only these are read: a table names, for every place, the places
before and behind it in the four directions.

Legend: B boards, A moves, H rows, W columns, N = H W places, D = 4 directions, L = 2 k - 1 places of a line.
"""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from deepen.games import words
from deepen.games.boards import Boards
from deepen.games.rules import Rules
from deepen.shapes import Grid

__all__ = ["Lines"]

DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


class Lines(Rules[Boards]):
    """A game for two who put stones in turn; who first has ``row`` of them in a row, or more, wins.

    The net sees four planes: the stones of whose turn it is, the other's, the last move, and ones where the player
    who began is to move (in Connect Four, which squares are worth having hangs on that). The choice is ours.
    """

    rows: int
    columns: int
    row: int
    symmetries: ClassVar[int] = 8

    def __init__(self) -> None:
        self.shape = Grid(4, self.rows, self.columns)
        self.actions = self.places
        self.longest = self.places

    @property
    def places(self) -> int:
        """How many places the board has: N."""
        return self.rows * self.columns

    def begin(self, n: int, device: torch.device | str = "cpu") -> Boards:
        """Give n empty boards."""
        return Boards(
            stones=torch.zeros(n, self.rows, self.columns, dtype=torch.int8, device=device),
            turn=torch.ones(n, dtype=torch.int8, device=device),
            moves=torch.zeros(n, dtype=torch.int32, device=device),
            over=torch.zeros(n, dtype=torch.bool, device=device),
            winner=torch.zeros(n, dtype=torch.int8, device=device),
            last=torch.full((n,), -1, dtype=torch.int32, device=device),
        )

    def legal(self, boards: Boards) -> Tensor:
        """Say which places are free: (B, A) bool."""
        return (boards.stones.flatten(1) == 0) & ~boards.over[:, None]

    def landing(self, boards: Boards, moves: Tensor) -> Tensor:
        """Say where the stone of each move comes to lie: (B,) int64."""
        return moves.long()

    def play(self, boards: Boards, moves: Tensor) -> Boards:
        """Make a move (B,) on each board that is not over."""
        active = ~boards.over  # (B,)
        place = self.landing(boards, moves)[:, None]  # (B, 1)
        flat = boards.stones.flatten(1)  # (B, N)
        stone = torch.where(active[:, None], boards.turn[:, None], flat.gather(1, place))  # (B, 1)
        flat = flat.scatter(1, place, stone)  # (B, N)
        won = self._won(flat, place, boards.turn) & active  # (B,)
        made = boards.moves + active  # (B,)
        return Boards(
            stones=flat.view_as(boards.stones),
            turn=torch.where(active & ~won & (made < self.places), -boards.turn, boards.turn),
            moves=made,
            over=boards.over | won | (made >= self.places),
            winner=torch.where(won, boards.turn, boards.winner),
            last=torch.where(active, moves.to(boards.last.dtype), boards.last),
        )

    def _won(self, flat: Tensor, place: Tensor, turn: Tensor) -> Tensor:
        """Say whether the stone at ``place`` (B, 1) stands in a row that is long enough: (B,)."""
        lines = line_table(self.rows, self.columns, self.row, flat.device)[place[:, 0]]  # (B, D L)
        own = F.pad(flat == turn[:, None], (0, 1)).gather(1, lines)  # (B, D L)
        run, length = (
            own.view(len(own), len(DIRECTIONS), 2 * self.row - 1),
            1,
        )  # (B, D, L): so many in a row from here on
        while length < self.row:
            step = min(length, self.row - length)
            run, length = run[..., :-step] & run[..., step:], length + step
        return run.flatten(1).any(1)

    def planes(self, boards: Boards, legal: Tensor | None = None) -> Tensor:
        """Give the four planes described above: (B, 4, H, W) float32."""
        own = boards.stones * boards.turn[:, None, None]  # (B, H, W)
        planes = torch.zeros(len(boards), 4, self.rows, self.columns, device=own.device)  # (B, 4, H, W)
        planes[:, 0] = own == 1
        planes[:, 1] = own == -1
        mark = (boards.last >= 0).float()[:, None]  # (B, 1)
        planes[:, 2].flatten(1).scatter_(1, self._last_place(boards)[:, None], mark)
        planes[:, 3] = (boards.turn == 1).float()[:, None, None]
        return planes

    def _last_place(self, boards: Boards) -> Tensor:
        """Say where the last stone lies: (B,) int64, any place before the first move."""
        return boards.last.clamp(min=0).long()

    def word(self, move: int) -> str:
        """Name a place: ``B2``."""
        return words.word(move, self.rows, self.columns)

    def move(self, word: str) -> int:
        """Find the place that a word names."""
        return words.place(word, self.rows, self.columns)

    def text(self, boards: Boards, row: int = 0) -> str:
        """Draw one board."""
        last = int(self._last_place(boards)[row]) if boards.last[row] >= 0 else -1
        return words.draw(boards.stones[row].tolist(), last)


@cache
def line_table(rows: int, columns: int, row: int, device: torch.device) -> Tensor:
    """Name the places of the four lines through each one: (N, D L) int64, N where there is none."""
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")  # (H, W) each
    steps = torch.arange(1 - row, row)  # (L,)
    lines = []
    for down, right in DIRECTIONS:
        r = y.reshape(-1, 1) + down * steps  # (N, L)
        c = x.reshape(-1, 1) + right * steps
        inside = (r >= 0) & (r < rows) & (c >= 0) & (c < columns)
        lines.append(torch.where(inside, r * columns + c, rows * columns))
    return torch.cat(lines, 1).to(device)
