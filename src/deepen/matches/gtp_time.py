"""A player's clock in the Go Text Protocol, and how long it may think by it.

A player whose search has a number of simulations (:class:`~deepen.matches.board_player.BoardPlayer`) is given fewer
where its own number would take longer than there is time for; what a simulation takes is measured move by move. Nobody
else can be hurried, and none thinks longer than it would without a clock.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from deepen.matches.chooser import Chooser
from deepen.matches.gtp_arguments import Refused, colour, exactly, figure, whole

__all__ = ["Clocks"]

_MOVES_LEFT = 8  # of a player at the least, however full the board (assumed)
_USED = 0.8  # of the time that there is, since moves differ (assumed)
_TRIAL = 8  # simulations by which the time of one is measured (assumed)
_FEWEST = 2  # simulations: of fewer the search knows no more than the net's first thought


@dataclass
class _Clock:
    """Of one player: seconds, and moves that they must do for; 0 moves where they must do for the game."""

    seconds: float = math.inf
    stones: int = 0


class Clocks:
    """Both players' clocks, and what they tell the one that plays.

    Parameters
    ----------
    places
        Of the board: about half of those that are free are moves to come.
    now
        Gives seconds.
    """

    def __init__(self, places: int, now: Callable[[], float] = time.monotonic) -> None:
        self._places, self._now = places, now
        self._main, self._overtime, self._stones = math.inf, 0.0, 0
        self._clocks = {1: _Clock(), -1: _Clock()}
        self._each = 0.0  # seconds of a simulation, as far as they were measured
        self.commands: dict[str, Callable[[Sequence[str]], str]] = {
            "time_settings": self._settings, "kgs-time_settings": self._kgs, "time_left": self._left
        }  # fmt: skip

    def fit(self, chooser: Chooser, boards: Any, made: int) -> Any:
        """Give the player, who thinks no longer than it may about these boards, after so many moves."""
        simulations = _simulations(chooser)
        seconds = self.seconds(int(boards.turn), made)
        if not simulations or math.isinf(seconds):
            return chooser
        if not self._each:
            trial = chooser.thinking(_TRIAL)  # type: ignore[attr-defined]
            trial.choose(boards)  # the first time takes longer than all later ones
            begun = self._now()
            trial.choose(boards)
            self._each = (self._now() - begun) / _TRIAL
        found = int(_USED * seconds / self._each) if self._each else simulations
        if found >= simulations:
            return chooser
        return chooser.thinking(found if found >= _FEWEST else 0)  # type: ignore[attr-defined]

    def seconds(self, turn: int, made: int) -> float:
        """Say how long a player may think about a move when so many were made."""
        clock = self._clocks[turn]
        if clock.stones:
            return max(0.0, clock.seconds / clock.stones)
        left = max(_MOVES_LEFT, (self._places - made) / 2)
        return max(0.0, clock.seconds / left, self._overtime / self._stones if self._stones else 0.0)

    def timed(self, turn: int, chooser: Chooser, ask: Callable[[], int]) -> int:
        """Ask for a move, and take the time that it took off the clock, until the next ``time_left`` says better."""
        begun = self._now()
        move = ask()
        took = self._now() - begun
        if simulations := _simulations(chooser):
            self._each = took / simulations
        clock = self._clocks[turn]
        clock.seconds -= took
        over = clock.seconds <= 0
        if clock.stones:
            clock.stones -= 1
            over = clock.stones == 0
        if over and self._stones:
            self._clocks[turn] = _Clock(self._overtime, self._stones)
        return move

    def begin(self) -> None:
        """Set both clocks as they stand at the beginning of a game."""
        for turn in (1, -1):
            late = not self._main and self._stones
            self._clocks[turn] = _Clock(self._overtime, self._stones) if late else _Clock(self._main)

    def _set(self, main: float, overtime: float = 0.0, stones: int = 0) -> str:
        self._main, self._overtime, self._stones = main, overtime, stones
        self.begin()
        return ""

    def _settings(self, arguments: Sequence[str]) -> str:
        main, overtime, stones = (whole(a) for a in exactly(arguments, 3))
        # The protocol says "no limit" by overtime without stones; no time at all can mean nothing else.
        endless = not stones if overtime else not main
        return self._set(math.inf) if endless else self._set(main, overtime, stones)

    def _kgs(self, arguments: Sequence[str]) -> str:
        (system,), rest = exactly(arguments, 1), arguments[1:]
        if system == "none":
            return self._set(math.inf)
        if system == "absolute":
            return self._set(whole(exactly(rest, 1)[0]))
        if system not in ("byoyomi", "canadian"):
            raise Refused("syntax error")
        main, overtime, count = (whole(a) for a in exactly(rest, 3))
        return self._set(main, overtime, count if system == "canadian" else 1)

    def _left(self, arguments: Sequence[str]) -> str:
        _, seconds, stones = exactly(arguments, 3)
        self._clocks[colour(arguments)] = _Clock(figure(seconds), whole(stones))
        return ""


def _simulations(chooser: Any) -> int:
    """How many a player's search has for a move; 0 of one that cannot be told to do with fewer."""
    searching = getattr(chooser, "searching", None)
    return searching.simulations if searching is not None and hasattr(chooser, "thinking") else 0
