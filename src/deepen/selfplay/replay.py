"""Experts' games played again by the rules, hundreds at a time: positions as a net sees them, and what was played.

The record says who moves, so that a game in which one side moves twice can be replayed. A move onto a stone, one that
leaves its own chain without a liberty, and one that takes back a ko at once are illegal under every rule; a game with
one is left out as a whole, since something is wrong with its record. Superko is not asked for: under Japanese rules,
which most records follow, it does not hold. What comes after two passes in a row is left out: there the game is over.

Legend: G games, P places, A = P + 1 moves, N positions, C planes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from deepen.games.go import Go, GoBoards
from deepen.selfplay.packed import PackedPlanes, packed
from deepen.selfplay.records import UNKNOWN, ExpertGames

__all__ = ["ExpertPositions", "replayed"]

_TOGETHER = 256  # games at once: on two cores 512 were no quicker, and more wait for the longest (measured)


@dataclass(frozen=True)
class ExpertPositions:
    """What a net learns from.

    Parameters
    ----------
    planes
        Of N positions.
    moves
        (N,) int64: what the expert played there.
    outcome
        (N,) float32: what the game gave to the player whose turn it is: 1, 0, -1; NaN where nobody knows.
    game
        (N,) int64: the row of the game that it is from.
    """

    planes: PackedPlanes
    moves: Tensor
    outcome: Tensor
    game: Tensor

    def __len__(self) -> int:
        return len(self.moves)

    @classmethod
    def cat(cls, parts: list[ExpertPositions]) -> ExpertPositions:
        """Lay several one behind the other."""
        return cls(
            PackedPlanes.cat([p.planes for p in parts]),
            *(torch.cat([getattr(p, name) for p in parts]) for name in ("moves", "outcome", "game")),
        )


def replayed(
    games: ExpertGames,
    rules: Go,
    *,
    share: float = 1.0,
    generator: torch.Generator,
    enough: Callable[[int, int], bool] = lambda games, positions: False,
) -> tuple[ExpertPositions | None, list[str]]:
    """Play games again.

    Parameters
    ----------
    games, rules
        What is played, in their order, and by which rules.
    share
        The part of the positions that is kept, drawn by chance.
    generator
        Of these draws.
    enough
        Asked now and then, with the games that were played and the positions that were kept: whether to end here.

    Returns
    -------
    positions, illegal
        None if none is left; and for each game with an illegal move its name, the move and what is wrong with it.

    Examples
    --------
    >>> from deepen.games.go_records import read_go
    >>> games = ExpertGames.of(read_go("(;SZ[5]RE[B+1];B[cc];W[cd])(;SZ[5];B[cc];W[cc])"), ["one", "two"])
    >>> positions, illegal = replayed(games, Go(5), generator=torch.Generator())
    >>> positions.moves.tolist(), positions.outcome.tolist(), illegal
    ([12, 17], [1.0, -1.0], ['two: move 2, C3, is onto a stone'])
    """
    parts: list[ExpertPositions] = []
    illegal: list[str] = []
    kept = 0
    for first in range(0, len(games), _TOGETHER):
        rows = np.arange(first, min(first + _TOGETHER, len(games)))
        # The longest first, so that those still going are always the first few.
        rows = rows[np.argsort(-games.lengths[rows], kind="stable")]
        found, wrong = _together(games, rows, rules, share, generator)
        parts += [found] if len(found) else []
        illegal += wrong
        kept += len(found)
        if enough(int(rows.max()) + 1, kept):
            break
    return (ExpertPositions.cat(parts) if parts else None), illegal


def _together(
    games: ExpertGames, rows: np.ndarray, rules: Go, share: float, generator: torch.Generator
) -> tuple[ExpertPositions, list[str]]:
    """Play some games at once, move by move."""
    moves, colours = _padded(games, rows)  # (G, T) each
    won = torch.from_numpy(games.winner[rows])
    boards = rules.set_up(
        torch.from_numpy(games.setup[rows]).view(-1, rules.size, rules.size), colours[:, 0].clone()
    )
    wrong_at = torch.full((len(rows),), -1)
    why = torch.zeros(len(rows), dtype=torch.int64)
    steps: list[tuple[PackedPlanes, Tensor, Tensor, Tensor]] = []
    lengths = torch.from_numpy(games.lengths[rows])
    for t in range(moves.shape[1]):
        going = int((lengths > t).sum())
        boards = boards[:going] if going < len(boards) else boards
        boards = dataclasses.replace(boards, turn=colours[:going, t])
        here = (~boards.over & (wrong_at[:going] < 0)).nonzero()[:, 0]
        if not len(here):
            break
        if share < 1:
            here = here[torch.rand(len(here), generator=generator) < share]
        if len(here):
            shown = boards if len(here) == going else boards[here]
            steps.append((packed(rules.planes(shown)), moves[here, t], boards.turn[here], here))
        boards, found = _played(rules, boards, moves[:going, t])
        first = (found > 0) & (wrong_at[:going] < 0)
        wrong_at[:going][first], why[:going][first] = t, found[first]
    told = [
        f"{games.names[rows[g]]}: move {int(wrong_at[g]) + 1}, {rules.word(int(moves[g, wrong_at[g]]))}, {_WHY[why[g]]}"
        for g in (wrong_at >= 0).nonzero()[:, 0].tolist()
    ]
    return _kept(steps, wrong_at < 0, won, torch.from_numpy(rows), rules), told


_WHY = ("", "is onto a stone", "leaves its own stones without a liberty", "takes back a ko at once")


def _played(rules: Go, boards: GoBoards, moves: Tensor) -> tuple[GoBoards, Tensor]:
    """Make the moves, and say of each what is wrong with it: (G,), the place in ``_WHY``."""
    put = (moves < rules.places) & ~boards.over
    place = moves.clamp(max=rules.places - 1)[:, None]
    onto = put & (boards.stones.flatten(1).gather(1, place)[:, 0] != 0)
    after = rules.play(boards, moves)
    alive = after.liberties.flatten(1).gather(1, place)[:, 0] > 0
    # After a ko is taken back the position is the one from before it was taken, two moves ago.
    two_ago = (after.moves.long() - 2).clamp(min=0)[:, None]
    back = put & (after.moves > 1) & (after.history.gather(1, two_ago)[:, 0] == after.key)
    wrong = torch.where(back, 3, 0)
    wrong = torch.where(put & ~alive, 2, wrong)
    return after, torch.where(onto, 1, wrong)


def _padded(games: ExpertGames, rows: np.ndarray) -> tuple[Tensor, Tensor]:
    """Give the moves and the colours of some games: (G, T) each, passes behind the end."""
    lengths = games.lengths[rows]
    inside = np.arange(lengths.max()) < lengths[:, None]
    moves = np.full(inside.shape, games.size**2, np.int64)
    colours = np.ones(inside.shape, np.int8)
    at = np.concatenate([np.arange(games.starts[row], games.starts[row + 1]) for row in rows.tolist()])
    moves[inside], colours[inside] = games.moves[at], games.colours[at]
    return torch.from_numpy(moves), torch.from_numpy(colours)


def _kept(
    steps: list[tuple[PackedPlanes, Tensor, Tensor, Tensor]],
    good: Tensor,
    won: Tensor,
    rows: Tensor,
    rules: Go,
) -> ExpertPositions:
    """Join what the steps have kept, of the games that are good."""
    if not steps:
        none = torch.zeros(0, dtype=torch.int64)
        return ExpertPositions(packed(rules.planes(rules.begin(0))), none, none.float(), none)
    shown, played, turns, places = zip(*steps, strict=True)
    planes = PackedPlanes.cat(list(shown))
    moves, turn, here = torch.cat(played), torch.cat(turns), torch.cat(places)
    outcome = torch.where(won[here] == UNKNOWN, torch.nan, (won[here] * turn).float())
    use = good[here]
    if not use.all():
        planes = PackedPlanes(planes.shape, planes.bits[use], planes.level[use])
        moves, outcome, here = moves[use], outcome[use], here[use]
    return ExpertPositions(planes, moves, outcome, rows[here])
