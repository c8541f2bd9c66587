"""Who plays: somebody who chooses moves for many boards at once, or somebody who follows each game from its beginning.

Legend: B boards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from deepen.games.rules import Rules

__all__ = ["RESIGN", "Chooser", "Choosing", "Fault", "Follower", "Thinker", "chosen"]

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


@runtime_checkable
class Thinker(Chooser, Protocol):
    """A chooser that tells more than a move, as a trained player does."""

    def policy(self, boards: Any) -> tuple[Tensor, Tensor]:
        """Give the probabilities of moves (B, A), and values (B,) for whose turn it is."""

    def choose_among(self, boards: Any, among: Tensor | None) -> Tensor:
        """Give a legal move (B,) of those that are allowed: (B, A) bool, one of which is legal at least."""


def chosen(player: Chooser, boards: Any, among: Tensor | None = None) -> int:
    """Ask for a move on a batch of one board, or to resign; one of some legal moves (1, A) bool, if they are named.

    Of a player that cannot be told so, its own move counts if it is one of them, else the first of them.
    """
    if among is not None and isinstance(player, Thinker):
        return int(player.choose_among(boards, among)[0])
    move = int(player.choose(boards)[0])
    if among is None or move == RESIGN or (0 <= move < among.shape[1] and bool(among[0, move])):
        return move
    return int(among[0].int().argmax())


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
