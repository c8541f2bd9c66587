"""What became of the stones of Go where nobody goes on: the game is played on many times, and what is gone was dead.

Both sides play on as long as they have a move that fills no eye of their own and does not give many stones away, drawn
by the player's policy, or by chance where it has none. A chain is dead if it stands in less than half of the ends. So
stones in seki, where neither side can begin, live. Nothing is proven: a policy that cannot read a fight does not know
how it ends.

Legend: B games, A = N + 1 moves, n side, N = n n places, R games that still go on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.games.area import owners
from deepen.games.chains import beside
from deepen.games.go import Go, GoBoards
from deepen.games.going_on import going_on
from deepen.matches.sensible import sensible

__all__ = ["Policy", "dead_stones", "survival", "taking"]

Policy = Callable[[GoBoards], Tensor]
"""Gives probabilities of moves (B, A) on boards."""

_GAMES = 64  # assumed: a share of one half is then sure to 0.06
# At the ends of 60 games on 9x9 that GNU Go (level 1) played with itself, it holds 122 of 654 chains to be dead
# (level 10). Played on by chance, 118 of them have less than this and none of the others, and 58 games have the score
# that GNU Go gives them (measured; 30 of the games served for the choice).
_DEAD = 0.5
# Stones of a chain that is not put into atari. Fewer may be given up, to make the shape of a dead one; of more, nearly
# always, it is seki that would be given up (assumed).
_MANY = 4
_LEAST = torch.finfo(torch.float32).tiny


def dead_stones(rules: Go, boards: GoBoards, policy: Policy | None = None, *, games: int = _GAMES) -> Tensor:
    """Say which stones are dead, on a batch of one board: (n, n) bool.

    Parameters
    ----------
    rules, boards
        Of Go; the game may be over or not.
    policy
        By which both sides play on; every sensible move is as likely without one.
    games
        That are played on, half of them with either side to begin.

    Examples
    --------
    >>> rules = Go(5)
    >>> stones = torch.zeros(1, 5, 5, dtype=torch.int8)
    >>> stones[0, :, 1], stones[0, :, 3], stones[0, 0, 0] = 1, -1, -1
    >>> dead_stones(rules, rules.set_up(stones, torch.tensor([1]))).nonzero().tolist()
    [[0, 0]]
    """
    left = survival(rules, boards, policy, games=games).flatten()  # (N,)
    chain = boards.chain.flatten().long()  # (N,)
    stone = chain >= 0
    sums = torch.zeros(rules.places, 2, device=chain.device)
    sums.index_add_(0, chain[stone], torch.stack([left, torch.ones_like(left)], 1)[stone])
    share = sums[:, 0] / sums[:, 1].clamp(min=1)  # (N,) of each chain, at the place that names it
    return (stone & (share[chain.clamp(min=0)] < _DEAD)).view(rules.size, rules.size)


@torch.no_grad()
def survival(rules: Go, boards: GoBoards, policy: Policy | None = None, *, games: int = _GAMES) -> Tensor:
    """Give the share of games, played on from one board, in which each stone's place stays its side's: (n, n).

    A free place has 0.
    """
    begun = going_on(rules, boards)
    rows = torch.zeros(games, dtype=torch.int64, device=begun.turn.device)
    left = begun[rows]
    turn = torch.ones_like(left.turn)
    turn[1::2] = -1  # nobody knows who would move first
    chance = seeds.generator(0, "settling", device=turn.device)
    ends = _played_out(rules, dataclasses.replace(left, turn=turn), policy, chance)  # (B, n, n)
    stones = boards.stones[0]
    return ((owners(ends) == stones) & (stones != 0)).float().mean(0)


def _played_out(rules: Go, boards: GoBoards, policy: Policy | None, chance: torch.Generator) -> Tensor:
    """Play until nobody has a sensible move left, and give the stones of the ends: (B, n, n)."""
    ends = boards.stones.clone()
    rows = torch.arange(len(boards), device=boards.turn.device)  # (R,)
    while len(rows):
        boards = _drawn(rules, boards, policy, chance)
        if bool(boards.over.any()):
            ends[rows[boards.over]] = boards.stones[boards.over]
            going = ~boards.over
            rows, boards = rows[going], boards[going]
    return ends


def _drawn(rules: Go, boards: GoBoards, policy: Policy | None, chance: torch.Generator) -> GoBoards:
    """Make a move each that fills no eye and throws no chain away; a pass where there is no other."""
    may = _moves(rules, boards)[:, :-1]  # (B, N)
    # A policy that is sure to pass says next to nothing of the other moves; the least keeps rows of zeros away.
    likely = may.float() if policy is None else policy(boards).to(may.device)[:, :-1] + _LEAST
    found = boards
    rows = torch.arange(len(boards), device=may.device)  # (R,) that have no move yet
    while len(rows):
        weights = torch.cat([likely * may, ~may.any(1, keepdim=True)], 1)[rows]  # (R, A)
        moves = torch.multinomial(weights, 1, generator=chance)[:, 0]
        before = boards[rows]
        after = rules.play(before, moves)
        found = found.put(rows, after)
        again = _thrown_away(before, after, moves)
        rows, moves = rows[again], moves[again]
        may[rows, moves] = False
    return found


def _thrown_away(before: GoBoards, after: GoBoards, moves: Tensor) -> Tensor:
    """Say which moves (B,) put a chain of many stones into atari and take nothing: (B,) bool."""
    place = moves.clamp(max=before.chain[0].numel() - 1)[:, None]  # (B, 1)
    chain = after.chain.flatten(1)  # (B, N)
    atari = (moves == place[:, 0]) & (after.liberties.flatten(1).gather(1, place)[:, 0] == 1)
    size = (chain == chain.gather(1, place)).sum(1)
    return atari & (size >= _MANY) & ~_takes(before, after)


def _takes(before: GoBoards, after: GoBoards) -> Tensor:
    """Say which moves took stones: (B,) bool."""
    theirs = -before.turn[:, None, None]
    return (after.stones == theirs).sum((1, 2)) < (before.stones == theirs).sum((1, 2))


def _moves(rules: Go, boards: GoBoards) -> Tensor:
    """Say which moves are legal and fill no eye: (B, A) bool."""
    found = sensible(rules, boards)
    assert found is not None
    return rules.legal(boards) & found


def taking(rules: Go, boards: GoBoards, dead: Tensor) -> Tensor:
    """Say which moves of whose turn it is help to take dead stones of the other, on a batch of one board: (1, A) bool.

    Those that fill a liberty of theirs, if they take something or leave their own chain two liberties; else such moves
    elsewhere, after which there may be more liberties to fill from; else the first kind without that. Nothing where
    there is none.

    Parameters
    ----------
    dead
        (n, n) bool: the other's stones to be taken.
    """
    may = _moves(rules, boards)[0, :-1]  # (N,)
    near = beside(dead.flatten()[None], rules.size)[0] & may
    safe = torch.zeros_like(may)
    places = may.nonzero()[:, 0]  # (R,)
    if len(places):
        before = boards[torch.zeros_like(places)]
        after = rules.play(before, places)
        freedom = after.liberties.flatten(1).gather(1, places[:, None])[:, 0]  # (R,)
        safe[places] = _takes(before, after) | (freedom > 1)
    for some in (near & safe, may & safe, near):
        if bool(some.any()):
            break
    return torch.cat([some, torch.zeros_like(some[:1])])[None]
