"""Go with area scoring, positional superko and no suicide: the rules of Tromp and Taylor but for suicide.

Legend: B boards, A = N + 1 moves, C planes, n side, N = n n places, T positions of a game.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from deepen.errors import SettingError
from deepen.games import superko, words
from deepen.games.area import area, owners
from deepen.games.boards import Boards
from deepen.games.chains import NOBODY, NONE, beside, chains, freed, liberties, near, touched
from deepen.games.rules import Rules
from deepen.shapes import Grid

__all__ = ["KOMI", "Go", "GoBoards"]

KOMI = 7.5
"""Points that the second player is given: AlphaGo's (Silver et al. 2016), and OpenSpiel's default."""
RECENT = 4
"""How many of the last moves a net sees: assumed; AlphaGo Zero shows eight positions."""
PLANES = 6 + RECENT + 5


@dataclass(frozen=True, kw_only=True)
class GoBoards(Boards):
    """Positions of Go, with what is carried along from move to move.

    Parameters
    ----------
    chain
        (B, n, n) int16: the name of the chain at each place, -1 for none.
    liberties
        (B, n, n) int16: how many liberties that chain has, 0 for none.
    recent
        (B, 4) int16: the last moves, the last one first; -1 before the first.
    key
        (B,) int64: the position's key (see :mod:`~deepen.games.superko`).
    history
        (B, T) int64: the key after 0, 1, ... moves.
    taken
        (B, 2, n, n) int16: after how many moves a stone of each colour was last taken from a place, 0 for never.
    fresh
        (B, n, n) int16: with which move a stone was put where none of its colour was ever taken, 0 for all else.
    """

    chain: Tensor
    liberties: Tensor
    recent: Tensor
    key: Tensor
    history: Tensor
    taken: Tensor
    fresh: Tensor


class Go(Rules[GoBoards]):
    """Rules of Go. Move ``n n`` passes; two passes end the game, and so do ``2 n n`` moves.

    The net sees 15 planes, the choice is ours (a small net has too few layers to count liberties itself; those of
    AlphaGo 2016 are cut down): the stones of whose turn it is with one, two, and three or more liberties; the other's
    likewise; the last four moves; free places where no stone may be put; ones where the other passed just now, ones
    where the player who began is to move (komi is the other's), the part of the longest game that is over, and ones.

    Parameters
    ----------
    size
        Side of the board, 2 to 19.
    komi
        Points given to the second player. A whole number makes draws possible.

    Examples
    --------
    >>> rules = Go(5)
    >>> boards = rules.begin(1)
    >>> for word in ("C3", "pass", "pass"):
    ...     boards = rules.play(boards, torch.tensor([rules.move(word)]))
    >>> print(rules.text(boards))
    5  ·  ·  ·  ·  ·
    4  ·  ·  ·  ·  ·
    3  ·  ·  ●  ·  ·
    2  ·  ·  ·  ·  ·
    1  ·  ·  ·  ·  ·
       A  B  C  D  E
    >>> rules.score(boards).tolist(), boards.winner.tolist()
    ([17.5], [1])
    """

    symmetries: ClassVar[int] = 8
    territory: ClassVar[bool] = True

    def __init__(self, size: int = 9, komi: float = KOMI) -> None:
        if not 2 <= size <= 19:
            raise SettingError("no such board", where="go", allowed="sizes 2 to 19", came=str(size))
        if not (math.isfinite(komi) and float(2 * komi).is_integer()):
            raise SettingError("no such komi", where="go", allowed="whole or half points", came=f"{komi:g}")
        self.size = size
        self.komi = float(komi)
        self.name = f"go:{size}" if komi == KOMI else f"go:{size}:{komi:g}"
        self.shape = Grid(PLANES, size, size)
        self.places = size * size
        self.actions = self.places + 1
        self.longest = 2 * self.places  # OpenSpiel's

    def begin(self, n: int, device: torch.device | str = "cpu") -> GoBoards:
        """Give n empty boards."""
        empty = torch.zeros(n, self.size, self.size, dtype=torch.int8, device=device)
        return self.set_up(empty, torch.ones(n, dtype=torch.int8, device=device))

    def set_up(self, stones: Tensor, turn: Tensor) -> GoBoards:
        """Begin with stones on the board, for handicaps and problems.

        Parameters
        ----------
        stones
            (B, n, n) int8: 1, -1 or 0; every chain must have a liberty.
        turn
            (B,) int8: who moves first.
        """
        n, device = len(stones), stones.device
        flat = stones.to(torch.int8).flatten(1)
        chain = chains(flat, self.size)
        key = superko.position_key(flat, self.size)
        history = torch.zeros(n, self.longest + 1, dtype=torch.int64, device=device)
        history[:, 0] = key
        grid = (n, self.size, self.size)
        return GoBoards(
            stones=flat.view(grid),
            turn=turn.to(torch.int8),
            moves=torch.zeros(n, dtype=torch.int32, device=device),
            over=torch.zeros(n, dtype=torch.bool, device=device),
            winner=torch.zeros(n, dtype=torch.int8, device=device),
            last=torch.full((n,), -1, dtype=torch.int32, device=device),
            chain=chain.view(grid),
            liberties=liberties(chain, self.size).view(grid),
            recent=torch.full((n, RECENT), -1, dtype=torch.int16, device=device),
            key=key,
            history=history,
            taken=torch.zeros(n, 2, self.size, self.size, dtype=torch.int16, device=device),
            fresh=torch.zeros(grid, dtype=torch.int16, device=device),
        )

    def legal(self, boards: GoBoards) -> Tensor:
        """Say which moves are legal: (B, A) bool; a pass always is."""
        stones, freedom = boards.stones.flatten(1), boards.liberties.flatten(1)  # (B, N) each
        free = stones == 0
        side = stones * boards.turn[:, None]
        # A stone may be put beside a free place, a chain of one's own that keeps a liberty, or one that it takes.
        helps = free | ((side > 0) & (freedom > 1)) | ((side < 0) & (freedom == 1))  # (B, N)
        may = free & beside(helps, self.size) & ~boards.over[:, None]  # (B, N)
        may &= ~superko.repeats(
            may,
            stones=stones,
            chain=boards.chain.flatten(1),
            liberties=freedom,
            turn=boards.turn,
            key=boards.key,
            history=boards.history,
            taken=boards.taken.flatten(2),
            fresh=boards.fresh.flatten(1),
            n=self.size,
        )
        return torch.cat([may, ~boards.over[:, None]], 1)

    def play(self, boards: GoBoards, moves: Tensor) -> GoBoards:
        """Make a move (B,) on each board that is not over."""
        n, grid = self.size, boards.stones.shape
        moves = moves.long()
        active = ~boards.over  # (B,)
        passing = moves >= self.places
        puts = active & ~passing
        place = moves.clamp(max=self.places - 1)[:, None]  # (B, 1)
        colour = boards.turn * puts  # (B,): 0 where no stone is put
        stones, chain = boards.stones.flatten(1), boards.chain.flatten(1)  # (B, N) each
        freedom = boards.liberties.flatten(1)

        around = near(n, stones.device)[place[:, 0]]  # (B, 4)
        names = torch.where(puts[:, None], chain.gather(1, around), NOBODY)  # (B, 4)
        names = names.masked_fill(names == NONE, NOBODY)
        hit = touched(chain, names)  # (B, N): the chains beside the move
        side = stones * boards.turn[:, None]  # (B, N)
        foe = hit & (side < 0)  # these lose a liberty
        dead = foe & (freedom == 1)
        own = hit & (side > 0)  # these and the stone are one chain now
        own.scatter_(1, place, puts[:, None])

        put = torch.where(puts[:, None], colour[:, None], stones.gather(1, place))  # (B, 1)
        stones = stones.masked_fill(dead, 0).scatter_(1, place, put)  # (B, N)
        chain = torch.where(own, place.to(chain.dtype), chain.masked_fill(dead, NONE))
        count = (beside(own, n) & (stones == 0)).sum(1, dtype=torch.int16)  # (B,)
        freedom = torch.where(
            own, count[:, None], freedom - foe.to(torch.int16)
        )  # the dead had one, so theirs is 0

        made = boards.moves + active  # (B,)
        number = made.to(torch.int16)[:, None]  # (B, 1)
        ours = (boards.turn != 1).long()  # (B,): the row of this player
        numbers = superko.keys(n, stones.device)
        key = boards.key + numbers[ours, place[:, 0]] * puts  # (B,)
        taken, fresh = boards.taken.flatten(2), boards.fresh.flatten(1)
        virgin = taken[torch.arange(len(ours), device=ours.device), ours].gather(1, place) == 0  # (B, 1)
        since = torch.where(puts[:, None], number * virgin, fresh.gather(1, place))  # (B, 1)
        fresh = fresh.masked_fill(dead, 0).scatter_(1, place, since)

        rows = dead.any(1).nonzero()[:, 0]  # boards where stones were taken
        if len(rows):
            gone, theirs = dead[rows], 1 - ours[rows]
            key[rows] -= (gone * numbers[theirs]).sum(1)
            freedom[rows] += freed(chain[rows], gone, n).masked_fill_(own[rows], 0)  # its own are counted
            taken = taken.clone()
            taken[rows, theirs] = torch.where(gone, number[rows], taken[rows, theirs])

        ended = active & ((passing & (boards.last == self.places)) | (made >= self.longest))  # (B,)
        winner = boards.winner
        rows = ended.nonzero()[:, 0]
        if len(rows):
            winner = winner.clone()
            winner[rows] = (area(stones[rows].view(-1, n, n)) - self.komi).sign().to(torch.int8)
        recent = torch.cat([moves[:, None].to(torch.int16), boards.recent[:, :-1]], 1)  # (B, 4)
        return GoBoards(
            stones=stones.view(grid),
            turn=torch.where(active & ~ended, -boards.turn, boards.turn),
            moves=made,
            over=boards.over | ended,
            winner=winner,
            last=torch.where(active, moves.to(torch.int32), boards.last),
            chain=chain.view(grid),
            liberties=freedom.view(grid),
            recent=torch.where(active[:, None], recent, boards.recent),
            key=key,
            history=boards.history.scatter(1, made[:, None].long(), key[:, None]),
            taken=taken.view_as(boards.taken),
            fresh=fresh.view(grid),
        )

    def score(self, boards: GoBoards) -> Tensor:
        """Give the points by which the player who began is ahead, komi included: (B,) float32; no stone is dead."""
        return area(boards.stones) - self.komi

    def owners(self, boards: GoBoards) -> Tensor:
        """Say whose each place is, as it would be counted now: (B, n, n) int8."""
        return owners(boards.stones)

    def planes(self, boards: GoBoards, legal: Tensor | None = None) -> Tensor:
        """Give the 15 planes described above: (B, 15, n, n) float32."""
        planes = torch.zeros(len(boards), PLANES, self.size, self.size, device=boards.stones.device)
        side = boards.stones * boards.turn[:, None, None]  # (B, n, n)
        for first, whose in ((0, side == 1), (3, side == -1)):
            planes[:, first] = whose & (boards.liberties == 1)
            planes[:, first + 1] = whose & (boards.liberties == 2)
            planes[:, first + 2] = whose & (boards.liberties > 2)
        recent = boards.recent.long()[..., None]  # (B, 4, 1)
        on_board = ((recent >= 0) & (recent < self.places)).float()
        planes[:, 6 : 6 + RECENT].flatten(2).scatter_(2, recent.clamp(0, self.places - 1), on_board)
        legal = self.legal(boards) if legal is None else legal
        may = legal[:, : self.places].reshape(side.shape)  # (B, n, n)
        planes[:, -5] = (side == 0) & ~may
        planes[:, -4] = (boards.last == self.places)[:, None, None]
        planes[:, -3] = (boards.turn == 1)[:, None, None]
        planes[:, -2] = (boards.moves / self.longest)[:, None, None]
        planes[:, -1] = 1
        return planes

    def word(self, move: int) -> str:
        """Name a move: ``D4``, ``pass``."""
        return "pass" if move == self.places else words.word(move, self.size, self.size)

    def move(self, word: str) -> int:
        """Find the move that a word names, in capitals or not."""
        return self.places if word.lower() == "pass" else words.place(word, self.size, self.size)

    def text(self, boards: GoBoards, row: int = 0) -> str:
        """Draw one board."""
        last = int(boards.last[row])
        return words.draw(boards.stones[row].tolist(), last if last < self.places else -1)
