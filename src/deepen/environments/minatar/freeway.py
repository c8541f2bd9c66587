"""Freeway: a chicken crosses eight lanes of cars, each with a speed and a direction of its own.

It walks one cell up or down, at most every third step. At the top it scores and is set back, and all cars change
speed and direction where they are; a car sets it back too. A car's trail says its direction by its place, and
its speed by its channel: one cell in every second step to one in every sixth.

Legend: B copies, L = 8 lanes, S = 40 states of the chicken: 4 * row + steps until it may walk.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from deepen.environments.minatar.base import MinAtar

__all__ = ["Freeway"]

PACE = 3  # a walk blocks the next one for so many steps
LAST = 2500  # the age at which the last step is made: an episode has 2,501
COLUMN = 4  # in which the chicken walks


class Freeway(MinAtar):
    """MinAtar's Freeway: 1 for each crossing; over after 2,501 steps. It does not grow more difficult.

    Examples
    --------
    >>> game = Freeway(2)
    >>> game.begin(0).sum((2, 3))[0, :2]
    tensor([1, 8])
    """

    title = "freeway"
    channels = ("chicken", "car", "speed 1", "speed 2", "speed 3", "speed 4", "speed 5")
    signs = "C#12345"
    useful = (0, 2, 4)
    start: ClassVar[dict[str, int]] = {"state": 4 * 9 + PACE}

    def __init__(self, copies: int, **options: Any) -> None:
        super().__init__(copies, **options)
        (self._state,) = self._numbers
        cars = torch.zeros(4, 8, copies, dtype=torch.int8, device=self.device)
        self._cars = cars  # (4, L, B): column, direction, steps until it drives, and steps between two drives
        self._column, self._way, self._wait, self._period = cars
        self._blank = torch.zeros(copies, self._cells, dtype=torch.bool, device=self.device)
        state = torch.arange(4 * 10)
        row, wait = state // 4, state % 4
        walk = torch.tensor([0, 0, -1, 0, 1, 0])[:, None] * (wait == 0)  # (6, S)
        rest = torch.where(walk != 0, PACE, wait).sub(1).clamp(0)
        self._walked = (4 * (row + walk).clamp(0, 9) + rest).view(-1).to(self.device)  # (6 S,) by the action
        self._back = torch.cat((state, 36 + wait)).to(self.device)  # (2 S,) as it is, or set back
        self._lane = (
            (row - 1).clamp(0, 7).to(self.device)
        )  # (S,) the car it may meet; behind the lanes any will do
        self._drawn = (10 * row + COLUMN).to(self.device)
        rows = 10 * torch.arange(1, 9, device=self.device)[:, None]
        self._offsets = (rows + 100 + self._origins).repeat(2, 1)  # (2 L, B) where cars and trails are drawn

    def _restart(self, rows: Tensor, where: Tensor) -> None:
        self._column[:, rows] = 0
        self._shuffle(rows, where)

    def _shuffle(self, rows: Tensor, where: Tensor) -> None:
        """Draw new speeds and directions for the cars at ``rows`` (N,), those of the mask ``where`` (B,)."""
        speed = self.draws.below(5, where, 8)[:, rows] + 1  # (L, N)
        way = 1 - 2 * (self.draws.uniform(where, 8)[:, rows] < 0.5).to(torch.int8)
        self._cars[1:, :, rows] = torch.stack((way, speed.to(torch.int8), speed.to(torch.int8) + 1))
        self._offsets[8:, rows] = self._offsets[:8, rows] + 100 * speed

    def _act(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        state = self._walked.index_select(0, torch.add(self._state, actions, alpha=40))  # (B,)
        won = state < 4
        rows = won.nonzero()[:, 0]
        if len(rows):
            self._shuffle(rows, won)
            state = torch.add(state, won, alpha=36)
        column = self._column
        met = column == COLUMN  # (L, B)
        drives = (self._wait == 0).view(torch.int8)
        column.addcmul_(self._way, drives)
        column.sub_((column == 10).view(torch.int8), alpha=10).add_((column == -1).view(torch.int8), alpha=10)
        self._wait.sub_(1).addcmul_(self._period, drives)
        met |= column == COLUMN
        lane = self._lane.index_select(0, state)[None]  # (1, B)
        torch.add(state, met.gather(0, lane)[0], alpha=40, out=state)
        torch.index_select(self._back, 0, state, out=self._state)
        return won, self._age >= LAST

    def _look(self) -> Tensor:
        behind = self._column - self._way
        behind.sub_((behind == 10).view(torch.int8), alpha=10).add_((behind == -1).view(torch.int8), alpha=10)
        places = torch.cat((self._column, behind)).long().add_(self._offsets)  # (2 L, B)
        seen = self._blank.clone().view(-1)
        seen.index_fill_(0, places.view(-1), True)
        return seen.index_fill_(0, self._drawn.index_select(0, self._state) + self._origins, True)

    def _more(self) -> dict[str, Tensor]:
        return {"cars": self._cars, "offsets": self._offsets}
