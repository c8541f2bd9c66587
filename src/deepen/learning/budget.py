"""How long to train: in minutes, epochs or steps; and the clock that the minutes are read from."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from deepen.config import between
from deepen.errors import SettingError

__all__ = ["Budget", "Clock", "Horizon"]


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What the user allows. Minutes cover everything, from reading the data to the last score.

    Epochs and steps count passes over the training part and updates of the weights; with them a run does
    not depend on how fast the machine is, so it can be repeated to the last bit on one machine. So it is with an
    infinity of minutes: no clock runs, and as many passes are made as the recipe wants.

    Examples
    --------
    >>> Budget(minutes=5)
    Budget(minutes=5, epochs=None, steps=None)
    >>> Budget(minutes=5, epochs=3)
    Traceback (most recent call last):
    ...
    deepen.errors.SettingError: budget: minutes, epochs and steps exclude one another; came: minutes, epochs
    """

    minutes: float | None = None
    epochs: float | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        given = {k: v for k, v in vars(self).items() if v is not None}
        if len(given) > 1:
            raise SettingError(
                "minutes, epochs and steps exclude one another", where="budget", came=", ".join(given)
            )
        if not given:
            raise SettingError("one of minutes, epochs or steps is needed", where="budget")
        ((name, value),) = given.items()
        if value == math.inf and name == "minutes":
            return
        # A year is far above any use; it catches milliseconds given for minutes.
        between(name, value, 0, 525_600 if name == "minutes" else 1e12, open_low=True)
        if name == "steps" and value != int(value):
            raise SettingError("not a whole number", where="steps", came=str(value))


class Clock:
    """Seconds since the run began, of which earlier parts of a resumed run count too.

    Parameters
    ----------
    seconds
        How many there are; infinity without a limit.
    spent
        How many an interrupted run had used already.
    started
        When this process's part began, by ``time.monotonic``.
    """

    def __init__(
        self, seconds: float = math.inf, *, spent: float = 0.0, started: float | None = None
    ) -> None:
        self.seconds = seconds
        self._zero = (time.monotonic() if started is None else started) - spent

    @property
    def elapsed(self) -> float:
        """Seconds used."""
        return time.monotonic() - self._zero

    @property
    def left(self) -> float:
        """Seconds left; below zero once it has run over."""
        return self.seconds - self.elapsed

    def count_as_spent(self, seconds: float) -> None:
        """Set the seconds used, as a resumed run does with those of the run before."""
        self._zero = time.monotonic() - seconds


@dataclass
class Horizon:
    """Where one training ends: after so many steps, or when the clock has ``reserve`` seconds left.

    Parameters
    ----------
    steps
        The last step; infinity when only the clock ends it.
    clock, reserve
        The clock, and the seconds that must be left on it for what comes after; these may be set anew while the
        training goes on, as what comes after is better known.
    began
        The clock's reading when the training began, from which progress counts.
    """

    steps: float
    clock: Clock
    reserve: float = 0.0
    began: float = 0.0

    def progress(self, step: int, elapsed: float) -> float:
        """How far the training is, from 0 to 1: by steps or by time, whichever is further."""
        by_steps = step / self.steps
        seconds = self.clock.seconds - self.reserve - self.began
        by_time = 1.0 if seconds <= 0 else (elapsed - self.began) / seconds
        return min(1.0, max(by_steps, by_time, 0.0))
