"""Many depth-first searches of Connect Four at once, one in each lane of a batch.

A search answers one question with yes or no: can whose turn it is get a score of ``beta`` or more? It can if some
move leads to a position where the other cannot get ``1 - beta``. The questions alternate down the tree, so no bounds
need be kept (alpha-beta with a null window). All lanes step together: one step looks at one position in each, a lane
that is done takes the next question. They share one table of positions with the bounds that were found.

A score is how many stones the winner has left when he wins, and one more: 1 for a win with the last one, negative for
a loss, 0 for a draw (Pons's).

Legend: L lanes, K of them, Q questions, D levels, S slots of the table, 7 columns.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepen.games.connect4_bits import COLUMN, HEIGHT, WIDTH, count, playable, sound, threats

__all__ = ["Search"]

CELLS = WIDTH * HEIGHT
RANK = (0, 2, 4, 6, 5, 3, 1)
"""Which column is tried first where all else is equal: those in the middle, they are part of more rows."""
SHARED = 32
"""After so many steps idle lanes are given work: measured on positions of 24 plies, 8 to 128 are alike."""
ZERO = 64
"""A bound of zero as it stands in seven bits of a slot."""


class Search:
    """The lanes and the table.

    Parameters
    ----------
    lanes
        How many searches run at once.
    bits
        The table has 2^bits slots of eight bytes.
    device
        Where.

    Examples
    --------
    A position after 38 moves, of which the other wins in the end: it is worth -2.

    >>> own, filled = torch.tensor([181317694688645] * 2), torch.tensor([279249930936255] * 2)
    >>> Search(lanes=4, bits=10).ask(own, filled, torch.tensor([-2, -1])).tolist()
    [True, False]
    """

    def __init__(self, *, lanes: int = 2048, bits: int = 22, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.looked = 0
        """At how many positions, since the beginning."""
        self._table = torch.zeros(
            1 << bits, dtype=torch.int64, device=device
        )  # (S,): key, low, high in one number
        self._rank = torch.tensor(RANK, device=device)  # (7,)
        self._files = COLUMN << (HEIGHT + 1) * torch.arange(
            WIDTH, device=device
        )  # (7,): the bits of each column
        self._own = torch.zeros(CELLS + 1, lanes, dtype=torch.int64, device=device)  # (D, L)
        self._filled = torch.zeros_like(self._own)  # (D, L)
        self._merit = torch.zeros(
            CELLS + 1, lanes, WIDTH, dtype=torch.int8, device=device
        )  # (D, L, 7), -1: done
        self._level = torch.zeros(lanes, dtype=torch.int64, device=device)  # (L,), -1 when answered
        self._base = torch.zeros(lanes, dtype=torch.int64, device=device)  # (L,): beta at the root
        self._answer = torch.zeros(lanes, dtype=torch.bool, device=device)  # (L,)
        # Of a lane that helps: whom, with the position at which level, and the stones there.
        self._boss, self._depth, self._asked = (torch.zeros_like(self._level) for _ in range(3))  # (L,) each

    def ask(self, own: Tensor, filled: Tensor, beta: Tensor) -> Tensor:
        """Answer questions about positions in which whose turn it is cannot win at once: (Q,) bool.

        Parameters
        ----------
        own, filled, beta
            (Q,) int64: the stones of whose turn it is, all stones, and the score asked for.
        """
        answers = torch.zeros(len(own), dtype=torch.bool, device=self.device)
        question = torch.full_like(self._level, -1)  # (L,), -1 of a helper
        busy = torch.arange(0, device=self.device)  # (K,) lanes
        idle = torch.arange(len(self._level), device=self.device)
        begun = waited = 0
        while begun < len(own) or bool((question[busy] >= 0).any()):
            new, idle = idle[: len(own) - begun], idle[len(own) - begun :]
            which = torch.arange(begun, begun + len(new), device=self.device)
            begun += len(new)
            question[new] = which
            self._begin(new, own[which], filled[which], beta[which])
            busy = torch.cat([busy, new])
            waited += 1
            if waited % SHARED == 0 and len(idle):
                busy, idle = self._share(busy, idle, question)
            self.looked += len(busy)
            self._rise(*self._enter(busy))
            done = self._level[busy] < 0  # (K,)
            ended = busy[done & (question[busy] >= 0)]
            answers[question[ended]] = self._answer[ended]
            question[busy[done]] = -1
            idle, busy = torch.cat([idle, busy[done]]), busy[~done]
        return answers

    def _begin(self, lane: Tensor, own: Tensor, filled: Tensor, beta: Tensor) -> None:
        self._level[lane], self._base[lane] = 0, beta
        self._own[0, lane], self._filled[0, lane] = own, filled

    def _share(self, busy: Tensor, idle: Tensor, question: Tensor) -> tuple[Tensor, Tensor]:
        """Let idle lanes begin with moves that busy ones have still to try; what they find stands in the table.

        A lane that helps is free again when the position whose move it looks at has been left.
        """
        boss, depth = self._boss[busy], self._depth[busy]
        moot = (self._level[boss] <= depth) | (self._own[depth, boss] != self._asked[busy])
        moot &= question[busy] < 0
        idle, busy = torch.cat([idle, busy[moot]]), busy[~moot]
        deepest = int(self._level[busy].amax())
        path = torch.arange(deepest, device=self.device)[:, None] < self._level[busy]  # (D', K)
        open_ = (self._merit[:deepest, busy] >= 0) & path[..., None]  # (D', K, 7)
        level, at, column = open_.nonzero(as_tuple=True)  # the highest first: they are the longest work
        level, at, column = level[: len(idle)], at[: len(idle)], column[: len(idle)]
        boss, new, idle = busy[at], idle[: len(at)], idle[len(at) :]
        own, filled = self._own[level, boss], self._filled[level, boss]
        self._boss[new], self._depth[new], self._asked[new] = boss, level, own
        beta = 1 - self._beta(boss, level)
        self._begin(new, own ^ filled, filled | (playable(filled) & self._files[column]), beta)
        return torch.cat([busy, new]), idle

    def _enter(self, lane: Tensor) -> tuple[Tensor, Tensor]:
        """Look at the position of each lane; give the lanes where this answers the question, and the answers."""
        level = self._level[lane]  # (K,)
        own, filled, beta = self._own[level, lane], self._filled[level, lane], self._beta(lane, level)
        made = count(filled)
        moves = sound(own, filled)
        low, high = self._known(own + filled)
        # With two places left and no threat the game is drawn; without a sound move it is lost with the next stone.
        least = torch.where(made >= CELLS - 2, 0, (made - CELLS + 2) // 2)
        most = torch.where(made >= CELLS - 2, 0, (CELLS - 1 - made) // 2)
        loss = -((CELLS - made) // 2)
        low = torch.where(moves == 0, loss, torch.maximum(low, least))
        high = torch.where(moves == 0, loss, torch.minimum(high, most))
        yes, no = low >= beta, high < beta
        # What the table says of the positions after this one.
        step = moves[:, None] & self._files  # (K, 7)
        after = filled[:, None] | step
        low, high = self._known((own ^ filled)[:, None] + after)
        to_do = (step != 0) & (low < 1 - beta[:, None])  # (K, 7): not yet known to be answered well
        yes = yes | (~no & ((step != 0) & (high < 1 - beta[:, None])).any(1))
        no = no | (~yes & ~to_do.any(1))
        decided = yes | no
        open_ = ~decided
        level, step = level[open_], step[open_]
        mine = own[open_, None] | step
        threat = count(threats(mine, after[open_])).clamp(max=15)  # (K', 7)
        merit = torch.where(to_do[open_], threat * 8 + self._rank, -1)
        self._merit[level, lane[open_]] = merit.to(torch.int8)
        self._next(lane[open_])
        return lane[decided], yes[decided]

    def _next(self, lane: Tensor) -> Tensor:
        """Go down to the best position that is still to do, and say in which lanes (K,) there is one."""
        level = self._level[lane]
        merit, column = self._merit[level, lane].max(1)  # (K,) each
        some = merit >= 0
        lane, level, column = lane[some], level[some], column[some]
        self._merit[level, lane, column] = -1
        own, filled = self._own[level, lane], self._filled[level, lane]
        self._own[level + 1, lane] = own ^ filled
        self._filled[level + 1, lane] = filled | (playable(filled) & self._files[column])
        self._level[lane] = level + 1
        return some

    def _rise(self, lane: Tensor, yes: Tensor) -> None:
        """Hand answers upwards, until each lane has a position to enter or its question is answered."""
        while len(lane):
            level = self._level[lane] - 1
            self._level[lane] = level
            top = level < 0
            self._answer[lane[top]] = yes[top]
            lane, yes = lane[~top], yes[~top]
            # The other fails: that is this player's success. The other succeeds: another move has to be tried.
            again = lane[yes]
            failed = again[~self._next(again)]
            lane = torch.cat([lane[~yes], failed])
            yes = torch.arange(len(lane), device=self.device) < len(lane) - len(failed)
            self._keep(lane, yes)

    def _beta(self, lane: Tensor, level: Tensor) -> Tensor:
        return torch.where(level % 2 == 0, self._base[lane], 1 - self._base[lane])

    def _slot(self, key: Tensor) -> Tensor:
        # The multiplier is Knuth's for 64 bits; the upper bits are mixed best.
        return ((key * -7046029254386353131) >> 20) & (len(self._table) - 1)

    def _known(self, key: Tensor) -> tuple[Tensor, Tensor]:
        """Look up the bounds of positions: two of the key's shape."""
        kept = self._table[self._slot(key)]
        same = kept >> 14 == key
        low = torch.where(same, (kept >> 7 & 127) - ZERO, -ZERO)
        return low, torch.where(same, (kept & 127) - ZERO, ZERO - 1)

    def _keep(self, lane: Tensor, yes: Tensor) -> None:
        """Write the answers about the positions that lanes are at."""
        level = self._level[lane]
        beta, key = self._beta(lane, level), self._own[level, lane] + self._filled[level, lane]
        low, high = self._known(key)
        low, high = torch.where(yes, beta, low), torch.where(yes, high, beta - 1)
        # One number, so that two lanes that write to one slot at once cannot mix their positions.
        self._table[self._slot(key)] = key << 14 | low + ZERO << 7 | high + ZERO
