"""Beginnings of games by chance, so that games of players without chance differ."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.errors import SettingError
from deepen.games.boards import Boards
from deepen.games.rules import Rules
from deepen.matches.rollouts import by_chance

__all__ = ["beginnings", "openings"]

_TRIES = 100  # of some openings the last move ends the game; those are made anew


def beginnings(rules: Rules[Any], count: int, most: int, generator: torch.Generator) -> Boards:
    """Give boards (B,) after moves by chance, from none to ``most`` of them alike; where a game ended, a new one.

    Parameters
    ----------
    generator
        On the device where the boards shall be.

    Examples
    --------
    >>> from deepen.games import TicTacToe
    >>> boards = beginnings(TicTacToe(), 600, 2, torch.Generator().manual_seed(0))
    >>> [int((boards.moves == n).sum()) > 150 for n in range(4)]
    [True, True, True, False]
    """
    fresh: Boards = rules.begin(count, generator.device)
    boards, passing = fresh, _passing(rules)
    length = torch.randint(most + 1, (count,), generator=generator, device=generator.device)
    for made in range(most):
        on = (made < length) & ~boards.over
        if not bool(on.any()):
            break
        boards = boards.put(on, rules.play(boards, _drawn(rules, boards, passing, generator))[on])
    return boards.put(boards.over, fresh[boards.over])


def openings(rules: Rules[Any], count: int, length: int, seed: int) -> list[list[int]]:
    """Make ``count`` beginnings of ``length`` moves by chance, none of which ends the game; no pass among them.

    Raises
    ------
    SettingError
        If games hardly ever last so long.
    """
    found: list[list[int]] = []
    chance = seeds.generator(seed, "openings")
    passing = _passing(rules)
    for _ in range(_TRIES):
        boards = rules.begin(count)
        made: list[Tensor] = []
        for _ in range(length):
            moves = _drawn(rules, boards, passing, chance)
            made.append(moves)
            boards = rules.play(boards, moves)
        going = ~boards.over
        found += torch.stack(made, 1)[going].tolist() if made else [[] for _ in range(count)]
        if len(found) >= count:
            return found[:count]
    raise SettingError(
        "hardly any game lasts so long", where="opening", came=str(length), mend="Make it shorter."
    )


def _passing(rules: Rules[Any]) -> int | None:
    """The move that passes, if there is one."""
    try:
        return rules.move("pass")
    except SettingError:
        return None


def _drawn(rules: Rules[Any], boards: Any, passing: int | None, generator: torch.Generator) -> Tensor:
    """Draw a legal move (B,) each; it passes only where there is nothing else."""
    legal = rules.legal(boards)
    if passing is not None:
        legal[:, passing] &= ~legal[:, :passing].any(1)
    return by_chance(legal, generator)
