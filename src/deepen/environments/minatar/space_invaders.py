"""Space Invaders: a cannon below a block of aliens that comes nearer, and fires at the cannon.

The aliens keep their places in the block, four rows of six, so they are 24 bits and the block's place. Of the
cannon's shots there are at most two at a time, of the aliens' bombs one. The fewer aliens the faster they go; when
all are shot a new block begins, with ``ramping`` a little faster.

Legend: B copies, P = 100 places of the block: 10 * row + column of its corner, both of them modulo 10 since in the
last step of an episode aliens may leave below and show at the top; K = 101 cells: 10 * row + column, the last is
none. The bit of an alien is 4 * column + row in the block.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from deepen.environments.minatar.base import MinAtar

__all__ = ["SpaceInvaders"]

RELOAD = 5  # steps between two shots
PACE, FASTEST = 12, 6  # steps between two moves of a full block, and what ramping leaves of them
BOMB = 10  # steps between two bombs
NONE = 100  # the cell of a shot or bomb that is not there
FULL = (1 << 24) - 1
CORNER = 2  # of a new block


class Tables:
    """What follows from where the block is."""

    def __init__(self) -> None:
        place, bit = torch.arange(100), torch.arange(24)
        row = (place[:, None] // 10 + bit % 4) % 10  # (P, 24)
        column = (place[:, None] + bit // 4) % 10
        self.cells = 10 * row + column  # (P, 24) where each alien is
        masks = torch.zeros(100, 101, dtype=torch.int64)
        self.at = masks.scatter_(
            1, self.cells, (1 << bit).expand(100, 24)
        )  # (P, K) the bit of who is in a cell
        # Two directions, left and right: who is at the edge, and who is at the bottom.
        self.edge = torch.stack([((column == c) * (1 << bit)).sum(1) for c in (0, 9)])  # (2, P)
        self.bottom = ((row == 9) * (1 << bit)).sum(1)  # (P,)
        left, right = (place // 10 * 10 + (place + d) % 10 for d in (-1, 1))
        down = (place + 10) % 100
        self.moved = torch.stack(
            (place, place, left, right, down, down)
        )  # (3 * 2, P): not, on, down; direction
        columns = (place[:, None] + torch.arange(6)) % 10  # (P, 6)
        away = (columns[:, None] - torch.arange(10)[:, None]).abs()  # (P, 10, 6) from the cannon
        order = 100 * away + 10 * columns[:, None] + torch.arange(6)  # of two as near the left one is taken
        there = torch.arange(64)[:, None] >> torch.arange(6) & 1 == 1  # (64, 6)
        nearest = torch.where(there, order[:, :, None], 10_000).amin(3) % 10  # (P, 10, 64)
        self.nearest = nearest.clamp(max=5).view(-1)
        rows = (torch.arange(10)[:, None] + torch.arange(4)) % 10  # (10, 4)
        some = torch.arange(16)[:, None] >> torch.arange(4) & 1 == 1  # (16, 4)
        self.lowest = torch.where(some, rows[:, None], -1).argmax(2).view(-1)  # (10 * 16,) by the block's row
        columns12 = torch.arange(4096)[:, None] >> 4 * torch.arange(3) & 15  # (4096, 3)
        self.standing = ((columns12 > 0) << torch.arange(3)).sum(1)  # of three columns, which have anybody


class SpaceInvaders(MinAtar):
    """MinAtar's Space Invaders: 1 for each alien; over when a bomb or an alien meets the cannon.

    Examples
    --------
    >>> game = SpaceInvaders(2)
    >>> game.begin(0).sum((2, 3))[0]
    tensor([ 1, 24, 24,  0,  0,  0])
    """

    title = "space_invaders"
    channels = ("cannon", "alien", "left", "right", "friendly bullet", "enemy bullet")
    signs = "A#<>'!"
    useful = (0, 1, 3, 5)
    start: ClassVar[dict[str, int]] = {
        "cannon": 5,
        "side": 0,
        "place": CORNER,
        "aliens": FULL,
        "left": 24,
        "wait": PACE,
        "pace": PACE,
        "reload": 0,
        "newer": NONE,
        "older": NONE,
        "bomb": NONE,
    }

    def __init__(self, copies: int, **options: Any) -> None:
        super().__init__(copies, **options)
        self._cannon, self._side, self._place, self._aliens, self._left = self._numbers[:5]
        self._wait, self._pace, self._reload = self._numbers[5:8]
        self._shots, self._bomb = self._numbers[8:10], self._numbers[10]  # (2, B), (B,)
        tables = Tables()
        self._at, self._edge, self._bottom, self._moved, self._nearest, self._lowest, self._standing = (
            x.to(self.device).view(-1)
            for x in (
                tables.at,
                tables.edge,
                tables.bottom,
                tables.moved,
                tables.nearest,
                tables.lowest,
                tables.standing,
            )
        )
        self._cells_of = tables.cells.to(self.device)  # (P, 24)
        cell = torch.arange(101)
        self._up = torch.where((cell < 10) | (cell == NONE), NONE, cell - 10).to(self.device)
        self._down = torch.where(cell >= 90, NONE, cell + 10).to(self.device)
        column = torch.arange(10) + torch.tensor([0, -1, 0, 1, 0, 0])[:, None]
        self._driven = column.clamp(0, 9).view(-1).to(self.device)  # (6 * 10,) by the action
        ages = torch.arange(self.limit)
        self._bombs = ((ages > 0) & (ages % BOMB == 0)).to(self.device)
        self._bits = (1 << torch.arange(24)).to(self.device)
        self._channels = self._table([100, 200])[:, None, None]  # (2, 1, 1) beside a direction's 100
        self._fired = self._table([400, 400, 500])[:, None]
        self._blank = torch.zeros(copies, self._cells, dtype=torch.bool, device=self.device)
        self._opening = self._look().view(-1, *self._size)[0].clone()

    def _restart(self, rows: Tensor, where: Tensor) -> None:
        """All of it stands in the numbers."""

    def _first(self, rows: Tensor) -> Tensor:
        return self._opening

    def _met(self) -> Tensor:
        """Say whether an alien is where the cannon is: (B,)."""
        here = self._at.index_select(0, torch.add(self._cannon + 90, self._place, alpha=101))
        return torch.ne(self._aliens & here, 0)

    def _go(self, due: Tensor) -> Tensor:
        """Move the blocks that are ``due`` (B,); say which came to the ground with this (B,)."""
        facing = torch.add(self._place, self._side, alpha=100)
        turns = due & torch.ne(self._aliens & self._edge.index_select(0, facing), 0)
        landed = turns & torch.ne(self._aliens & self._bottom.index_select(0, self._place), 0)
        how = due.long() + turns  # 0 to 2
        torch.index_select(self._moved, 0, torch.add(facing, how, alpha=200), out=self._place)
        self._side.bitwise_xor_(turns)
        torch.where(due, torch.minimum(self._left, self._pace), self._wait, out=self._wait)
        return landed

    def _drop(self, due: Tensor) -> None:
        """Let the lowest alien of the column nearest to the cannon drop a bomb in the copies ``due`` (B,)."""
        aliens, place = self._aliens, self._place
        columns = self._standing[aliens & 4095] + 8 * self._standing[aliens >> 12]  # (B,) six bits
        column = self._nearest[(place * 10 + self._cannon) * 64 + columns]
        row = self._lowest[place // 10 * 16 + (aliens >> 4 * column & 15)]
        cell = self._cells_of[place, 4 * column + row]
        torch.where(due, cell, self._bomb, out=self._bomb)

    def _act(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        cannon, shots = self._cannon, self._shots
        fires = (actions == 5) & (self._reload == 0)
        torch.index_select(self._driven, 0, torch.add(cannon, actions, alpha=10), out=cannon)
        self._reload.masked_fill_(fires, RELOAD).sub_(1).clamp_(min=0)
        # A new shot is a row higher at once; by the time it is made the one before the last has left.
        shots.copy_(self._up.index_select(0, shots.view(-1)).view(2, -1))
        torch.where(fires, shots[0], shots[1], out=shots[1])
        torch.where(fires, cannon + 80, shots[0], out=shots[0])
        self._bomb.copy_(self._down.index_select(0, self._bomb))
        ended = (self._bomb == cannon + 90) | self._met()
        due = self._wait == 0
        if self._some(due):
            ended |= self._go(due)
            ended |= self._met()
        drops = self._bombs.index_select(0, self._age)
        if self._some(drops):
            self._drop(drops)
        shot = self._at[torch.add(shots, self._place, alpha=101)] & self._aliens  # (2, B) bits
        self._aliens.bitwise_xor_(shot[0]).bitwise_xor_(shot[1])
        hit = shot != 0  # (2, B)
        shots.masked_fill_(hit, NONE)
        rewards = hit.sum(0)
        self._left.sub_(rewards)
        self._wait.sub_(1)
        empty = self._left == 0
        if self._some(empty):
            if self.ramping:
                self._pace.add_(empty & (self._pace > FASTEST), alpha=-1)
            self._aliens.masked_fill_(empty, FULL)
            self._left.masked_fill_(empty, 24)
            self._place.masked_fill_(empty, CORNER)
        return rewards, ended

    def _look(self) -> Tensor:
        standing = ((self._aliens[:, None] & self._bits) != 0).long()  # (B, 24)
        cannon = (self._cannon + 90)[:, None]  # (B, 1) drawn once more for who is not there
        aliens = self._cells_of.index_select(0, self._place)  # (B, 24)
        channels = self._channels + 100 * torch.stack((torch.zeros_like(self._side), self._side))[:, :, None]
        places = torch.addcmul(cannon, aliens + channels - cannon, standing)  # (2, B, 24)
        few = torch.stack((*self._shots, self._bomb))  # (3, B)
        fired = few + self._fired
        fired = torch.where(few == NONE, self._cannon + 90, fired)
        seen = self._blank.clone().view(-1)
        seen.index_fill_(0, places.add_(self._origins[:, None]).view(-1), True)
        seen.index_fill_(0, fired.add_(self._origins).view(-1), True)
        return seen.index_fill_(0, self._cannon + 90 + self._origins, True)
