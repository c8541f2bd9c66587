"""Breakout: a ball, a paddle, and three rows of bricks.

The ball runs along diagonals. A brick that is hit vanishes and turns the ball; one more right behind it does not
count. The paddle turns the ball up, and back where it came from if it is hit at its far side. When all bricks are
gone and the ball comes down, there are thirty new ones.

Ball and paddle have 4,000 states together, so what happens is read off tables of them.

Legend: B copies, S = 4,000 states: 1000 * direction + 100 * row + 10 * column + column of the paddle; the directions
0 to 3 are up left, up right, down right, down left.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from deepen.environments.minatar.base import MinAtar

__all__ = ["Breakout"]

BRICKS = slice(310, 340)  # in an observation: the second to fourth row of the last channel
FLIPPED = torch.tensor([3, 2, 1, 0])  # up and down
MIRRORED = torch.tensor([1, 0, 3, 2])  # left and right
REVERSED = torch.tensor([2, 3, 0, 1])


class Tables:
    """What follows from each state (S,) of ball and paddle, bricks aside."""

    def __init__(self) -> None:
        state = torch.arange(4000)
        turn, row, column, paddle = state // 1000, state // 100 % 10, state // 10 % 10, state % 10
        new_row = row + torch.tensor([-1, -1, 1, 1])[turn]
        new_column = column + torch.tensor([-1, 1, 1, -1])[turn]
        turn = torch.where((new_column < 0) | (new_column > 9), MIRRORED[turn], turn)
        turn = torch.where(new_row < 0, FLIPPED[turn], turn)
        new_row, new_column = new_row.clamp(0, 9), new_column.clamp(0, 9)
        low = new_row == 9
        middle = low & (column == paddle)
        side = low & ~middle & (new_column == paddle)
        flown = 1000 * turn + 100 * new_row + 10 * new_column + paddle
        # Whatever turns the ball keeps it in its row.
        flipped = 1000 * FLIPPED[turn] + 100 * row + 10 * new_column + paddle
        turned = 1000 * REVERSED[turn] + 100 * row + 10 * new_column + paddle
        free = torch.where(middle, flipped, torch.where(side, turned, flown))
        self.after = torch.cat((free, flipped))  # (2 S,) with nothing in the way; where a brick was broken
        self.low = low
        self.lost = low & ~middle & ~side
        self.goal = 300 + 10 * new_row + new_column  # where in an observation a brick would be
        self.drawn = torch.stack((90 + paddle, 100 + 10 * row + column), 1)  # (S, 2) paddle and ball
        shifts = torch.tensor([0, -1, 0, 1, 0, 0])[:, None]
        self.shifted = (state - paddle + (paddle + shifts).clamp(0, 9)).view(-1)  # (6 S,) by the action


class Breakout(MinAtar):
    """MinAtar's Breakout: 1 for each brick; over when the ball is lost. It does not grow more difficult.

    Examples
    --------
    >>> game = Breakout(2)
    >>> game.begin(0).shape
    torch.Size([2, 4, 10, 10])
    >>> game.step(torch.tensor([1, 3])).rewards
    tensor([0., 0.])
    """

    title = "breakout"
    channels = ("paddle", "ball", "trail", "brick")
    signs = "=o'#"
    useful = (0, 1, 3)
    start: ClassVar[dict[str, int]] = {"state": 0, "trail": 0, "left": 30}

    def __init__(self, copies: int, **options: Any) -> None:
        super().__init__(copies, **options)
        self._state, self._trail, self._left = self._numbers
        self._struck = torch.zeros(
            copies, dtype=torch.bool, device=self.device
        )  # the ball is in a brick's cell
        self._wall = torch.zeros(
            copies, self._cells, dtype=torch.bool, device=self.device
        )  # the bricks alone
        tables = Tables()
        self._after, self._low, self._lost = (
            x.to(self.device) for x in (tables.after, tables.low, tables.lost)
        )
        self._goal, self._drawn, self._shifted = (
            x.to(self.device) for x in (tables.goal, tables.drawn, tables.shifted)
        )
        self._starts = self._table([2304, 3394])  # down right from the left edge, or the other way
        self._trails = self._table([230, 239])
        blank = torch.zeros(2, self._cells, dtype=torch.bool)
        blank[:, BRICKS] = True
        blank[0, [94, 130, 230]] = True
        blank[1, [94, 139, 239]] = True
        self._firsts = blank.view(2, *self._size).to(self.device)

    def _restart(self, rows: Tensor, where: Tensor) -> None:
        side = self.draws.below(2, where, 1)[0][rows]  # (N,)
        self._state[rows] = self._starts[side]
        self._trail[rows] = self._trails[side]
        self._struck[rows] = False
        self._wall[rows, BRICKS] = True

    def _first(self, rows: Tensor) -> Tensor:
        return self._firsts[(self._trail[rows] == 239).long()]

    def _act(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        state = self._shifted.index_select(0, torch.add(self._state, actions, alpha=4000))  # (B,)
        goal = self._goal.index_select(0, state)[:, None]  # (B, 1)
        brick = self._wall.gather(1, goal)  # (B, 1)
        kept = brick & self._struck[:, None]
        self._wall.scatter_(1, goal, kept)
        broken = (brick ^ kept)[:, 0]
        self._struck.copy_(brick[:, 0])
        self._left.add_(broken, alpha=-1)
        empty = self._left == 0
        if self._some(empty):
            renewed = empty & self._low[state]
            self._wall[:, BRICKS] |= renewed[:, None]
            self._left.masked_fill_(renewed, 30)
        torch.add(self._drawn.index_select(0, state)[:, 1], 100, out=self._trail)
        torch.index_select(self._after, 0, torch.add(state, broken, alpha=4000), out=self._state)
        return broken, self._lost.index_select(0, state)

    def _look(self) -> Tensor:
        drawn = self._drawn.index_select(0, self._state)  # (B, 2)
        places = torch.cat((drawn, self._trail[:, None]), 1)  # (B, 3)
        return self._wall.clone().scatter_(1, places, True)

    def _more(self) -> dict[str, Tensor]:
        return {"struck": self._struck, "wall": self._wall}
