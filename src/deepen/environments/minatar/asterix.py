"""Asterix: treasures to be taken and enemies to be avoided come from both sides, at most one in each of eight rows.

When something comes and when everything moves follows from the age of the episode alone, so it is read off two
tables; with ``ramping`` it comes and moves faster every 102 steps.

Legend: B copies, L = 8 rows (the second to the ninth), T steps of an episode. A player's place is
10 * row + column.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from deepen.environments.minatar.base import MinAtar

__all__ = ["Asterix", "timetable"]

COME = 10  # steps between two arrivals, at first
MOVE = 5  # steps between two moves, at first
RAMP = 100  # steps until it grows more difficult; the package takes two more
ENEMY, GOLD = 1, 2


def timetable(steps: int, ramping: bool) -> tuple[list[bool], list[bool]]:
    """Say for each step of an episode (T,) whether something comes, and whether everything moves.

    Examples
    --------
    >>> comes, moves = timetable(22, ramping=True)
    >>> [t for t, due in enumerate(comes) if due], [t for t, due in enumerate(moves) if due]
    ([10, 20], [5, 10, 15, 20])
    """
    comes, moves = [], []
    every, pace = COME, MOVE
    until_come, until_move, until_ramp, ramps = COME, MOVE, RAMP, 0
    for _ in range(steps):
        comes.append(until_come == 0)
        moves.append(until_move == 0)
        until_come = (every if until_come == 0 else until_come) - 1
        until_move = (pace if until_move == 0 else until_move) - 1
        if ramping and (every > 1 or pace > 1):
            until_ramp -= 1
            if until_ramp < -1:
                pace -= pace > 1 and ramps % 2
                every -= every > 1
                ramps += 1
                until_ramp = RAMP
    return comes, moves


class Asterix(MinAtar):
    """MinAtar's Asterix: 1 for each treasure; over when an enemy is met.

    Examples
    --------
    >>> game = Asterix(2)
    >>> game.begin(0).sum((1, 2, 3))
    tensor([1, 1])
    """

    title = "asterix"
    channels = ("player", "enemy", "trail", "gold")
    signs = "Ax'$"
    useful = (0, 1, 2, 3, 4)
    start: ClassVar[dict[str, int]] = {"place": 55}

    def __init__(self, copies: int, **options: Any) -> None:
        super().__init__(copies, **options)
        (self._place,) = self._numbers
        self._others = torch.zeros(3, 8, copies, dtype=torch.int8, device=self.device)  # (3, L, B)
        self._column, self._way, self._kind = self._others  # a kind of 0 is nobody
        self._odds = self._table([[1 / 2], [1 / 3]], torch.float64)  # to the right, and gold
        comes, moves = timetable(self.limit, self.ramping)
        self._comes, self._moves = self._table(comes, torch.bool), self._table(moves, torch.int8)  # (T,)
        place = torch.arange(100)
        row = (place // 10 + torch.tensor([0, 0, -1, 0, 1, 0])[:, None]).clamp(1, 8)
        column = (place % 10 + torch.tensor([0, -1, 0, 1, 0, 0])[:, None]).clamp(0, 9)
        self._moved = (10 * row + column).view(-1).to(self.device)  # (6 * 100,) by the action
        self._row = (place // 10 - 1).clamp(0, 7).to(self.device)
        self._where = (place % 10).to(torch.int8).to(self.device)
        self._rows = 10 * self._table(range(1, 9), torch.int16)[:, None]  # (L, 1)
        self._blank = torch.zeros(copies, self._cells, dtype=torch.bool, device=self.device)
        self._opening = self._look().view(-1, *self._size)[0].clone()

    def _restart(self, rows: Tensor, where: Tensor) -> None:
        self._kind[:, rows] = 0

    def _first(self, rows: Tensor) -> Tensor:
        return self._opening

    def _come(self, due: Tensor) -> None:
        """Let something come into a free row of the copies ``due`` (B,)."""
        right, gold = self.draws.uniform(due, 2) < self._odds  # (B,) each
        free = (self._kind == 0) & due  # (L, B)
        rank = free.view(torch.int8).cumsum(0, dtype=torch.int8)  # (L, B): how many are free up to here
        pick = self.draws.below(rank[7], due & (rank[7] > 0), 1) + 1  # (1, B)
        new = (free & (rank == pick)).view(torch.int8)
        way = right.to(torch.int8) * 2 - 1  # (B,)
        kind = gold.to(torch.int8) + ENEMY
        values = torch.stack((9 * (way < 0).to(torch.int8), way, kind))[:, None]  # (3, 1, B)
        self._others.addcmul_(values - self._others, new)

    def _act(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        due = self._comes.index_select(0, self._age)
        if self._some(due):
            self._come(due)
        torch.index_select(
            self._moved, 0, torch.add(self._place, actions, alpha=100), out=self._place
        )  # fmt: skip
        moves = self._moves.index_select(0, self._age)  # (B,)
        row = self._row.index_select(0, self._place)[None]  # (1, B)
        mine = self._where.index_select(0, self._place)  # (B,)
        column, way, kind = self._others.gather(1, row.expand(3, 1, -1))[:, 0]  # what is in the player's row
        # It is met where it stands, or where it goes in this step.
        kind_met = kind * ((column == mine) | (torch.addcmul(column, way, moves) == mine))  # (B,)
        taken = kind_met == GOLD
        self._kind.scatter_(0, row, torch.addcmul(kind, taken.view(torch.int8), kind, value=-1)[None])
        self._column.addcmul_(self._way, moves)
        self._kind.mul_((self._column.view(torch.uint8) < 10).view(torch.int8))  # -1 reads as 255
        return taken, kind_met == ENEMY

    def _look(self) -> Tensor:
        behind = self._column - self._way  # (L, B)
        there = self._kind > 0
        back = there & (behind.view(torch.uint8) < 10)
        body = 200 * self._kind.short() - 100 + self._column + self._rows  # (L, B): channel 1, or 3 for gold
        places = torch.cat((body, behind + self._rows + 200))  # (2 L, B)
        place = self._place.short()  # where nobody is, the player is drawn once more
        places = torch.addcmul(place, places - place, torch.cat((there, back)).short())
        seen = self._blank.clone().view(-1)
        seen.index_fill_(0, places.long().add_(self._origins).view(-1), True)
        return seen.index_fill_(0, self._place + self._origins, True)

    def _more(self) -> dict[str, Tensor]:
        return {"others": self._others}
