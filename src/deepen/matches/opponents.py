"""Opponents by name: ``random``, ``minimax:4``, ``mcts:100``, ``gnugo:1``, ``perfect``.

Legend: B boards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.errors import SettingError, nearest
from deepen.games.minimax import minimax
from deepen.games.perfect import perfect
from deepen.games.rules import Rules
from deepen.games.tictactoe import TicTacToe
from deepen.matches.chooser import Chooser, Choosing, Follower
from deepen.matches.gtp_client import Gtp
from deepen.matches.rollouts import Rollouts, by_chance

__all__ = ["RandomMoves", "gnugo", "names", "opponent", "seated"]


class RandomMoves:
    """Chooses any legal move.

    Examples
    --------
    >>> from deepen.games import Connect4
    >>> RandomMoves(Connect4()).choose(Connect4().begin(3)).shape
    torch.Size([3])
    """

    def __init__(self, rules: Rules[Any], *, seed: int = 0) -> None:
        self.rules, self.name = rules, "random"
        self._chance = _Chance(seed, "random")

    def choose(self, boards: Any) -> Tensor:
        """Give a legal move (B,) each; of a board that is over, 0."""
        return by_chance(self.rules.legal(boards), self._chance.on(boards.turn.device))


class _Chance:
    """A generator for each device that boards come from."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._seed, self._purpose = seed, purpose
        self._made: dict[torch.device, torch.Generator] = {}

    def on(self, device: torch.device) -> torch.Generator:
        if device not in self._made:
            self._made[device] = seeds.generator(self._seed, self._purpose, device=device)
        return self._made[device]


@contextmanager
def seated(name: str, rules: Rules[Any], *, seed: int = 0) -> Iterator[Chooser | Follower]:
    """Find an opponent by its name, and end what it has started when it is no longer needed; see :func:`opponent`."""
    found = opponent(name, rules, seed=seed)
    try:
        yield found
    finally:
        if isinstance(found, Follower):
            found.close()


def gnugo(rules: Rules[Any], level: int = 1, *, seed: int = 0, seconds: float = 60.0) -> Gtp:
    """Start GNU Go by Chinese rules with positional superko; it takes dead stones before it passes.

    Parameters
    ----------
    rules
        Of Go.
    level
        1 to 10; 10 is its full strength.
    seed
        From which its seeds follow.
    seconds
        That it may think about a move.

    Raises
    ------
    SettingError
        If it is not there, with the line that installs it; if the level is none; or if the game is not Go.
    """
    if not rules.name.startswith("go:"):
        raise SettingError("GNU Go plays Go alone", where="opponent", came=rules.name)
    if not 1 <= level <= 10:
        raise SettingError("no such level", where="gnugo", allowed="1 to 10", came=str(level))
    command = ["gnugo", "--mode", "gtp", "--level", str(level), "--chinese-rules", "--positional-superko"]
    command += ["--capture-all-dead", "--never-resign", "--seed", "{seed}"]
    return Gtp(
        command, rules, name=f"gnugo:{level}", seconds=seconds, seed=seed,
        mend="On Debian and Ubuntu: sudo apt install gnugo; elsewhere: https://www.gnu.org/software/gnugo/",
    )  # fmt: skip


def _minimax(rules: Rules[Any], depth: int, seed: int) -> Chooser:
    chance = _Chance(seed, "minimax")
    return Choosing(
        f"minimax:{depth}", rules, lambda boards: minimax(rules, boards, depth, chance.on(boards.turn.device))
    )


def _perfect(rules: Rules[Any], _: int, seed: int) -> Chooser:
    if not isinstance(rules, TicTacToe):
        raise SettingError(
            "only tic-tac-toe is solved from every position", where="opponent", came=rules.name
        )
    solved, chance = perfect(), _Chance(seed, "perfect")

    def choose(boards: Any) -> Tensor:
        device = boards.turn.device
        return by_chance(solved.best(boards.to("cpu")).to(device), chance.on(device))

    return Choosing("perfect", rules, choose)


_NAMED: dict[str, tuple[Callable[[Rules[Any], int, int], Chooser | Follower], int, str]] = {
    "gnugo": (lambda rules, level, seed: gnugo(rules, level, seed=seed), 1, "its level"),
    "mcts": (lambda rules, n, seed: Rollouts(rules, simulations=n, seed=seed), 100, "simulations for a move"),
    "minimax": (_minimax, 4, "moves that it looks ahead"),
    "perfect": (_perfect, 0, ""),
    "random": (lambda rules, _, seed: RandomMoves(rules, seed=seed), 0, ""),
}
"""What makes each opponent, the number that it has where none is given, and what that number is."""


def names() -> tuple[str, ...]:
    """Give the names of the opponents.

    Examples
    --------
    >>> names()
    ('gnugo', 'mcts', 'minimax', 'perfect', 'random')
    """
    return tuple(_NAMED)


def opponent(name: str, rules: Rules[Any], *, seed: int = 0) -> Chooser | Follower:
    """Find an opponent by its name.

    Parameters
    ----------
    name
        One of :func:`names`; a number may follow: ``mcts:100`` plays so many games for each move, ``minimax:4`` looks
        so many moves ahead, ``gnugo:1`` plays at that level; ``perfect`` knows tic-tac-toe alone.
    rules
        Of the game.
    seed
        From which its chance follows.

    Raises
    ------
    SettingError
        If there is no such opponent, with the nearest name, or it cannot play this game.

    Examples
    --------
    >>> from deepen.games import TicTacToe
    >>> opponent("mcts:50", TicTacToe()).name
    'mcts:50'
    >>> opponent("minmax", TicTacToe())
    Traceback (most recent call last):
    ...
    deepen.errors.SettingError: opponent: 'minmax' is not known. Did you mean 'minimax'?
    """
    first, colon, number = name.partition(":")
    if first not in _NAMED:
        raise SettingError(f"{first!r} is not known", where="opponent", mend=nearest(first, _NAMED))
    make, usual, what = _NAMED[first]
    if colon and not (what and number.isascii() and number.isdecimal() and int(number) > 0):
        allowed = f"{first}, or {first}:N with N {what}" if what else first
        raise SettingError("cannot be read", where="opponent", allowed=allowed, came=repr(name))
    return make(rules, int(number) if colon else usual, seed)
