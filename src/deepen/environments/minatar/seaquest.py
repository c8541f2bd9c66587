"""Seaquest: a submarine that shoots fish and other submarines, picks up divers, and must come up for air.

Whatever moves here runs along a row until it leaves it, so all of it is kept alike, as
:class:`~deepen.environments.minatar.movers.Movers`. Their order is N enemies, 2 divers, N bombs (the enemies'
bullets), 2 shots (the player's); it suffices since

- a shot lasts under ten steps and two are made five apart; a diver under sixty, and comes every thirty;
- a submarine's bomb has left before its next one, and before another enemy in its slot makes its first;
- of enemies there are at most thirty; N is four at first on a processor, and doubles when none of them is free.

Where several enemies are in one cell, the package lets a shot take the one that came first. They are in one cell
only while nothing changes the pace, so that is the one that will move first.

Legend: B copies, N slots of enemies, M = 2 N + 4 movers, D = 20 levels of difficulty, S = 180 states of the player:
2 * (10 * row + column) + 1 if it looks right.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from deepen.environments.minatar.base import MinAtar
from deepen.environments.minatar.movers import Movers, mover

__all__ = ["Seaquest", "levels"]

AIR = 200
COME, MOVE = 20, 5  # steps between two enemies, and that an enemy waits before it moves, at first
DIVER, DIVER_WAIT = 30, 5
RELOAD, BOMB = 5, 10
NEVER = 100  # steps until a fish would drop a bomb; it lives for under sixty
CREW = 6  # divers that find room
FEW, MOST = 4, 32  # slots of enemies


def levels() -> tuple[list[int], list[int]]:
    """Say how many steps lie between two enemies, and how long one waits, for each level of difficulty (D,).

    Examples
    --------
    >>> every, wait = levels()
    >>> every[:3], every[-1], wait[:7]
    ([20, 19, 18], 1, [5, 5, 4, 4, 3, 3, 2])
    """
    every, wait = [COME], [MOVE]
    while every[-1] > 1 or wait[-1] > 2:
        odd = (len(every) - 1) % 2 == 1
        wait.append(wait[-1] - (odd and wait[-1] > 2))
        every.append(max(1, every[-1] - 1))
    return every, wait


class Tables:
    """What follows from the player's state, and from the gauges."""

    def __init__(self) -> None:
        state = torch.arange(180)
        row, column, right = state // 20, state // 2 % 10, state % 2 == 1
        sideways = torch.tensor([0, -1, 0, 1, 0, 0])[:, None]
        down = torch.tensor([0, 0, -1, 0, 1, 0])[:, None]
        look = torch.where(sideways == 0, right, sideways > 0)
        self.moved = 20 * (row + down).clamp(0, 8) + 2 * (column + sideways).clamp(0, 9) + look  # (6, S)
        self.code = (12 * row + column + 1).to(torch.int8)  # (S,)
        self.shot = mover(row, column, right).t().contiguous()  # (S, 4)
        place = 10 * row + column
        self.drawn = torch.stack((place, 100 + place + 1 - 2 * right.long()))  # (2, S) front and back
        way = torch.arange(16)
        self.entry = (
            mover(way // 2 + 1, 9 - 9 * (way % 2), way % 2 == 1).t().contiguous()
        )  # (16, 4) by 2 * (row - 1) + right
        # An observation with nothing but the gauges, by 11 * divers + tenths of the air.
        gauges = torch.zeros(CREW + 1, 11, 10, 10, 10, dtype=torch.bool)
        for n in range(11):
            gauges[:, n, 7, 9, :n] = True
        for n in range(CREW + 1):
            gauges[n, :, 8, 9, 9 - n : 9] = True
        self.gauges = gauges.view(-1, 1000)  # (77, 1000)


class Seaquest(MinAtar):
    """MinAtar's Seaquest: 1 for each enemy that is shot, up to 10 for coming up with six divers.

    Over when an enemy or a bomb meets the player, when there is no air, or on coming up without a diver. As in the
    package a diver goes even after all six went, so that none aboard may be one fewer than none.

    Examples
    --------
    >>> game = Seaquest(2)
    >>> game.begin(0).sum((2, 3))[0]
    tensor([ 1,  1,  0,  0,  0,  0,  0, 10,  0,  0])
    """

    title = "seaquest"
    channels = (
        "player", "back", "friendly bullet", "trail", "enemy bullet", "fish", "submarine", "air", "divers", "diver",
    )  # fmt: skip
    signs = "S='-!fsadD"
    useful = (0, 1, 2, 3, 4, 5)
    start: ClassVar[dict[str, int]] = {
        "state": 2 * 5, "air": AIR, "crew": 0, "level": 0, "come": COME, "reload": 0, "up": 1,
    }  # fmt: skip

    def __init__(self, copies: int, **options: Any) -> None:
        super().__init__(copies, **options)
        self._state, self._air, self._crew, self._level = self._numbers[:4]
        self._come, self._reload, self._up = self._numbers[4:]
        tables = Tables()
        self._moved, self._code = tables.moved.view(-1).to(self.device), tables.code.to(self.device)
        self._shot, self._drawn = tables.shot.to(self.device), tables.drawn.to(self.device)
        self._entry, self._gauges = tables.entry.to(self.device), tables.gauges.to(self.device)
        every, wait = levels()
        self._every, self._pace = self._table(every), self._table(wait, torch.int8)  # (D,)
        self._odds = self._table([[1 / 2], [1 / 3]], torch.float64)  # to the right, and a submarine
        ages = torch.arange(self.limit)
        self._divers_come = ((ages > 0) & (ages % DIVER == 0)).to(self.device)
        self._diver_period = self._table(DIVER_WAIT + 1, torch.int8)
        self._bomb_period = self._table(BOMB + 1, torch.int8)
        self._diver_wait = torch.zeros(2, copies, dtype=torch.int8, device=self.device)
        self._movers = torch.zeros(4, 4, copies, dtype=torch.int8, device=self.device)  # (4, M, B)
        self._enemies = torch.zeros(3, 0, copies, dtype=torch.int8, device=self.device)  # (3, N, B)
        self._make_room(FEW if self.device.type == "cpu" else MOST)
        self._opening = self._look().view(-1, *self._size)[0].clone()

    def _make_room(self, n: int) -> None:
        """Let there be n slots for enemies; what there is keeps its slot."""
        old, movers, enemies = self._enemies.shape[1], self._movers, self._enemies
        self._movers = torch.zeros(4, 2 * n + 4, self.copies, dtype=torch.int8, device=self.device)
        self._enemies = torch.zeros(3, n, self.copies, dtype=torch.int8, device=self.device)
        self._movers[:, : min(old, n)] = movers[:, : min(old, n)]
        self._movers[:, n : n + 2] = movers[:, old : old + 2]
        self._movers[:, n + 2 : n + 2 + min(old, n)] = movers[:, old + 2 : old + 2 + min(old, n)]
        self._movers[:, -2:] = movers[:, -2:]
        self._enemies[:, : min(old, n)] = enemies[:, : min(old, n)]
        self._n = n
        self._whole = Movers.of(self._movers)
        self._foes, self._swimmers = Movers.of(self._movers[:, :n]), Movers.of(self._movers[:, n : n + 2])
        self._bombs, self._shots = Movers.of(self._movers[:, n + 2 : -2]), Movers.of(self._movers[:, -2:])
        self._wait, self._load, self._armed = self._enemies  # (N, B) each; an armed one is a submarine
        self._slots = self._table(range(1, n + 1), torch.int8)[:, None]  # (N, 1)
        channel = [500] * n + [900] * 2 + [400] * n + [200] * 2 + [300] * (n + 2)
        self._channel = self._table(channel, torch.int16)[:, None]  # (M + N + 2, 1)

    def _restart(self, rows: Tensor, where: Tensor) -> None:
        self._movers[0, :, rows] = 0

    def _first(self, rows: Tensor) -> Tensor:
        return self._opening

    def _enter(self, right: Tensor, row: Tensor) -> Tensor:
        """Give the fields (4, B) of what comes from a side into a row (B,), from 0 to 7."""
        return self._entry.index_select(0, torch.add(right, row, alpha=2)).t().contiguous()

    def _enemy_comes(self, due: Tensor) -> None:
        """Let a fish or submarine come, unless others go the other way in its row."""
        right, armed = self.draws.uniform(due, 2) < self._odds  # (B,) each
        new = self._enter(right, self.draws.below(8, due, 1)[0])  # (4, B)
        foes = self._foes
        against = (foes.way * foes.skip == -(new[2] * new[3])) & (foes.left > 0)  # (N, B)
        comes = due & (against.view(torch.int8).amax(0) == 0)
        if self._n < MOST and self._some(comes & (foes.left.amin(0) > 0)):
            self._make_room(2 * self._n)
        free = (self._foes.left == 0).view(torch.int8) * self._slots  # (N, B)
        put = ((free == free.amax(0)) & comes).view(torch.int8)
        fields = self._foes.fields
        fields.addcmul_(new[:, None] - fields, put)
        load = NEVER - (NEVER - BOMB) * armed.to(torch.int8)
        more = torch.stack((self._pace[self._level], load, armed.to(torch.int8)))[:, None]  # (3, 1, B)
        self._enemies.addcmul_(more - self._enemies, put)
        torch.where(due, self._every[self._level], self._come, out=self._come)

    @staticmethod
    def _push(pair: Tensor, new: Tensor | int, due: Tensor) -> None:
        """Put something new (...) in the first of two slots (..., 2, B), and what was there in the second."""
        put = due.view(torch.int8)
        one, two = pair.unbind(-2)
        two.addcmul_(one - two, put)
        one.addcmul_(new - one, put)

    def _diver_comes(self, due: Tensor) -> None:
        right = self.draws.uniform(due, 1)[0] < 0.5
        self._push(self._swimmers.fields, self._enter(right, self.draws.below(8, due, 1)[0]), due)
        self._push(self._diver_wait, DIVER_WAIT, due)

    def _strike(self, order: tuple[int, int], codes: Tensor, rank: Tensor) -> Tensor:
        """Let each shot take the enemy of the highest rank (N, B) in its cell: how many were taken (B,).

        Those of rank 0 cannot be taken.
        """
        shots = self._shots.codes().masked_fill_(self._shots.left == 0, -1)  # (2, B)
        taken = []
        for i in order:
            ranks = rank * (codes == shots[i]).view(torch.int8)
            gone = (ranks == ranks.amax(0).clamp_(min=1)).view(torch.int8)  # (N, B)
            hit = gone.amax(0)
            left, shot = self._foes.left, self._shots.left[i]
            left.addcmul_(left, gone, value=-1)
            rank.addcmul_(rank, gone, value=-1)
            shot.addcmul_(shot, hit, value=-1)
            taken.append(hit)
        return taken[0] + taken[1]

    def _rescue(self, player: Tensor) -> None:
        """Take divers aboard, the one that came last first, and let the others go on."""
        codes = self._swimmers.codes()  # (2, B)
        moves = self._diver_wait == 0
        met = (codes == player) | (moves & (codes + self._swimmers.way == player))
        aboard = []
        for here in met:
            aboard.append(here & (self._crew < CREW))
            self._crew.add_(aboard[-1])
        gone = torch.stack(aboard)
        self._swimmers.left.sub_(moves.view(torch.int8)).clamp_(min=0).masked_fill_(gone, 0)
        self._diver_wait.sub_(1).addcmul_(moves.view(torch.int8), self._diver_period)

    def _enemies_move(self, player: Tensor) -> tuple[Tensor, Tensor]:
        """Move enemies and bombs: how many swam into a shot (B,), and whether the player was met (B,) int8."""
        foes, bombs = self._foes, self._bombs
        met = foes.codes() == player  # (N, B)
        fires = (self._load == 0).view(torch.int8)
        self._load.sub_(1).addcmul_(fires, self._bomb_period)
        fires = fires * (foes.left > 0).view(torch.int8)
        moves = (self._wait == 0).view(torch.int8)
        self._wait.sub_(1).addcmul_(moves, self._pace.index_select(0, self._level) + 1)
        foes.left.sub_(moves).clamp_(min=0)
        codes = foes.codes()
        there = codes == player
        bombs.fields.addcmul_(foes.fields - bombs.fields, fires)
        swam = torch.addcmul(moves, moves, self._armed).mul_(
            (~there).view(torch.int8)
        )  # submarines move first
        rewards = self._strike((1, 0), codes, swam)
        met.bitwise_or_(there).bitwise_or_(bombs.codes() == player)
        bombs.left.sub_(1).clamp_(min=0)
        met.bitwise_or_(bombs.codes() == player)
        return rewards, met.view(torch.int8).amax(0)

    def _breathe(self) -> tuple[Tensor, Tensor]:
        """Use the air, or come up for more: rewards (B,), and whether it was the end (B,)."""
        ended = self._air <= 0
        below = self._state >= 20
        arrives = ~below & (self._up == 0)
        safe = arrives & (self._crew != 0)
        ended |= arrives ^ safe
        rewards = torch.div(self._air, AIR // 10, rounding_mode="floor") * (safe & (self._crew == CREW))
        self._air.sub_(below.long()).masked_fill_(safe, AIR)
        self._crew.masked_fill_(safe & (self._crew == CREW), 0).sub_(safe.long())
        if self.ramping:
            self._level.add_(safe).clamp_(max=len(self._every) - 1)
        self._up.copy_(~below & (safe | (self._up == 1)))
        return rewards, ended

    def _act(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        due = self._come == 0
        if self._some(due):
            self._enemy_comes(due)
        due = self._divers_come.index_select(0, self._age)
        if self._some(due):
            self._diver_comes(due)
        fires = (actions == 5) & (self._reload == 0)
        self._push(self._shots.fields, self._shot.index_select(0, self._state).t().contiguous(), fires)
        self._reload.masked_fill_(fires, RELOAD).sub_(1).clamp_(min=0)
        torch.index_select(self._moved, 0, torch.add(self._state, actions, alpha=180), out=self._state)
        player = self._code.index_select(0, self._state)  # (B,)
        self._shots.left.sub_(1).clamp_(min=0)
        # Fish before submarines, and of each kind the one that came first.
        rank = torch.add(40 - self._wait, self._armed, alpha=-16)
        shot = self._strike((0, 1), self._foes.codes(), rank)
        self._rescue(player)
        swam, met = self._enemies_move(player)
        self._come.sub_(1).clamp_(min=0)
        treasure, ended = self._breathe()
        return treasure + shot + swam, ended | (met > 0)

    def _look(self) -> Tensor:
        n = self._n
        left, way = self._whole.left, self._whole.way
        there = left > 0  # (M, B)
        cells = self._whole.codes().sub_(self._whole.skip)
        behind = (cells - way)[: n + 2]  # (N + 2, B) trails of enemies and divers
        places = torch.cat((cells, behind)).short().add_(self._channel)
        places[:n].add_(self._armed.short(), alpha=100)
        drawn = self._drawn.index_select(1, self._state)  # (2, B)
        front = drawn[0].short()  # drawn once more for who is not there
        there = torch.cat((there, there[: n + 2] & (left[: n + 2] < 10))).short()
        places = torch.addcmul(front, places - front, there)
        gauge = 11 * self._crew.clamp(min=0) + self._air.clamp(min=0) // (AIR // 10)
        seen = self._gauges.index_select(0, gauge).view(-1)
        seen.index_fill_(0, places.long().add_(self._origins).view(-1), True)
        return seen.index_fill_(0, drawn.add_(self._origins).view(-1), True)

    def _more(self) -> dict[str, Tensor]:
        return {"movers": self._movers, "enemies": self._enemies, "diver_wait": self._diver_wait}

    def _fit(self, tensors: dict[str, Tensor]) -> None:
        self._make_room(tensors["enemies"].shape[1])
