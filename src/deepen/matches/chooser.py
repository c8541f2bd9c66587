"""Who plays: somebody who chooses moves for many boards at once, or somebody who follows each game from its beginning.

Legend: B boards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from deepen.games.rules import Rules

__all__ = ["RESIGN", "Chooser", "Choosing", "Fault", "Follower"]

RESIGN = -1
"""What stands for a move where a player gives up."""


class Chooser(Protocol):
    """Chooses by the position alone, for many boards at once.

    Attributes
    ----------
    name
        In tables and records.
    rules
        Of the game it plays.
    """

    @property
    def name(self) -> str:
        """In tables and records."""

    @property
    def rules(self) -> Rules[Any]:
        """Of the game it plays."""

    @property
    def choose(self) -> Callable[[Any], Tensor]:
        """Give a legal move or :data:`RESIGN` for each of B boards: (B,); of one that is over, any number."""


@dataclass(frozen=True)
class Choosing:
    """A chooser made of a function.

    Examples
    --------
    >>> from deepen.games import TicTacToe
    >>> rules = TicTacToe()
    >>> Choosing("first", rules, lambda boards: rules.legal(boards).int().argmax(1)).choose(rules.begin(2)).tolist()
    [0, 0]
    """

    name: str
    rules: Rules[Any]
    choose: Callable[[Any], Tensor]


@dataclass(frozen=True)
class Fault:
    """Why a player could not give a move: its program ended, was silent for too long, or answered nonsense."""

    what: str


@runtime_checkable
class Follower(Protocol):
    """Chooses by all the moves of a game so far, a few games at once: another program, as a rule.

    Attributes
    ----------
    name
        In tables and records.
    rules
        Of the game it plays.
    at_once
        How many games it follows at a time.
    """

    name: str
    rules: Rules[Any]
    at_once: int

    def follow(self, games: Mapping[int, Sequence[int]]) -> dict[int, int | Fault]:
        """Give a move or :data:`RESIGN` for each game, by its number and the moves made in it so far."""

    def judge(self, number: int, moves: Sequence[int]) -> tuple[tuple[int, ...], str]:
        """Give the places of dead stones at a game's end, and what the player calls the result; nothing if unknown."""

    def leave(self, number: int) -> None:
        """Forget a game that is over."""

    def close(self) -> None:
        """End what runs."""
