"""Beginnings of games by chance, so that games of players without chance differ."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.errors import SettingError
from deepen.games.rules import Rules
from deepen.matches.rollouts import by_chance

__all__ = ["openings"]

_TRIES = 100  # of some openings the last move ends the game; those are made anew


def openings(rules: Rules[Any], count: int, length: int, seed: int) -> list[list[int]]:
    """Make ``count`` beginnings of ``length`` moves by chance, none of which ends the game; no pass among them.

    Raises
    ------
    SettingError
        If games hardly ever last so long.
    """
    found: list[list[int]] = []
    chance = seeds.generator(seed, "openings")
    try:
        passing = rules.move("pass")
    except SettingError:
        passing = -1
    for _ in range(_TRIES):
        boards = rules.begin(count)
        made: list[Tensor] = []
        for _ in range(length):
            legal = rules.legal(boards)
            if passing >= 0:
                legal[:, passing] &= ~legal[:, :passing].any(1)
            moves = by_chance(legal, chance)
            made.append(moves)
            boards = rules.play(boards, moves)
        going = ~boards.over
        found += torch.stack(made, 1)[going].tolist() if made else [[] for _ in range(count)]
        if len(found) >= count:
            return found[:count]
    raise SettingError(
        "hardly any game lasts so long", where="opening", came=str(length), mend="Make it shorter."
    )
