"""Games by name: ``tictactoe``, ``connect4``, ``gomoku``, ``gomoku:9``, ``go``, ``go:19``, ``go:9:6.5``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deepen.errors import SettingError, nearest
from deepen.games.connect4 import Connect4
from deepen.games.go import Go
from deepen.games.gomoku import Gomoku
from deepen.games.rules import Rules
from deepen.games.tictactoe import TicTacToe

__all__ = ["game", "names"]

GAMES: dict[str, tuple[Callable[..., Rules[Any]], tuple[Callable[[str], Any], ...], str]] = {
    "connect4": (Connect4, (), "connect4"),
    "go": (Go, (int, float), "go, go:SIZE or go:SIZE:KOMI, such as go:9:6.5"),
    "gomoku": (Gomoku, (int,), "gomoku or gomoku:SIZE, such as gomoku:9"),
    "tictactoe": (TicTacToe, (), "tictactoe"),
}
"""What makes each game, the kinds of what may follow its name, and how it is written."""


def names() -> tuple[str, ...]:
    """Give the names of the games, without size.

    Examples
    --------
    >>> names()
    ('connect4', 'go', 'gomoku', 'tictactoe')
    """
    return tuple(GAMES)


def game(name: str) -> Rules[Any]:
    """Find the rules of a game.

    Parameters
    ----------
    name
        One of :func:`names`; ``gomoku`` may be followed by its size, ``go`` by its size and its komi.

    Raises
    ------
    SettingError
        If there is no such game, with the nearest name, or no such size.

    Examples
    --------
    >>> game("go").name, game("go:9:6.5").name
    ('go:9', 'go:9:6.5')
    >>> game("conect4")
    Traceback (most recent call last):
    ...
    deepen.errors.SettingError: game: 'conect4' is not known. Did you mean 'connect4'?
    """
    first, *rest = name.split(":")
    if first not in GAMES:
        raise SettingError(f"{first!r} is not known", where="game", mend=nearest(first, GAMES))
    make, kinds, written = GAMES[first]
    try:
        if len(rest) > len(kinds):
            raise ValueError
        given = [kind(text) for kind, text in zip(kinds, rest, strict=False)]
    except ValueError:
        raise SettingError("cannot be read", where="game", allowed=written, came=repr(name)) from None
    return make(*given)
