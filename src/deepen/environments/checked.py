"""What an environment does wrong, said so that its author can mend it: which one, at which step, after which action.

What is checked, and what it costs. Every observation's shape and type is compared as it is copied (0.1 microseconds,
in :mod:`~deepen.environments.spaces`); exceptions and wrong returns cost nothing until they happen. NaN and infinity
are looked for once for all copies of a step (2 microseconds for 8 copies of CartPole, a hundredth of the step), not
at all where observations are whole numbers. An episode longer than is allowed is cut, and said so once.

Legend: B copies, S the shape of one observation.
"""

from __future__ import annotations

import math
import traceback
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepen.environments.spaces import Broken
from deepen.errors import TrainingError

__all__ = ["NOTHING", "Guard"]

NOTHING = object()  # no return: a call that raised; None would be a wrong return


class Guard:
    """Watches over the copies of one environment.

    Parameters
    ----------
    name
        The environment's.
    longest
        Of how many steps an episode may be.

    Attributes
    ----------
    notes
        What was mended on the way, for whoever tells the user.

    Examples
    --------
    >>> guard = Guard("mine", 1000)
    >>> guard.numbers(7, [1, 0], np.zeros((2, 3)), np.array([0.0, np.nan]))
    Traceback (most recent call last):
    ...
    deepen.errors.TrainingError: mine, step 7, copy 1, action 0: the reward is no number; came: nan. Look for ...
    """

    def __init__(self, name: str, longest: int) -> None:
        self.name, self.longest = name, longest
        self.notes: list[str] = []
        self._cut = False

    def numbers(
        self, step: int, actions: list[int] | None, seen: NDArray[Any], rewards: NDArray[Any] | None = None
    ) -> None:
        """Refuse NaN and infinity in what is seen (B, *S) and in the rewards (B,).

        Raises
        ------
        TrainingError
            Naming the copy, its action and the first number that is none.
        """
        if rewards is not None and not _finite(rewards):
            copy = int(np.flatnonzero(~np.isfinite(rewards))[0])
            self._no_number(self._place(step, copy, actions), "the reward", rewards[copy])
        if seen.dtype.kind == "f" and not _finite(seen):
            copy, *at = (int(k) for k in np.argwhere(~np.isfinite(seen))[0])
            what = f"number {', '.join(map(str, at))} of the observation"
            self._no_number(self._place(step, copy, actions), what, seen[(copy, *at)])

    def failed(
        self, step: int, copy: int, actions: list[int] | None, came: object, error: Exception
    ) -> TrainingError:
        """Say what an exception means: the environment's own, or a return that could not be read.

        Parameters
        ----------
        actions
            (B,) what was done; None while beginning.
        came
            What the call returned; ``NOTHING`` if it raised.
        """
        call = "reset" if actions is None else "step"
        place = self._place(step, copy, actions)
        if isinstance(error, Broken):
            return TrainingError(error.what, where=place, allowed=error.allowed, came=error.came)
        if came is NOTHING:
            return TrainingError(
                f"the environment failed in {call}",
                where=place,
                came=f"{type(error).__name__}: {error}{_raised_at(error)}",
            )
        wanted = (
            "(observation, info)" if call == "reset" else "(observation, reward, terminated, truncated, info)"
        )
        return TrainingError(
            f"{call} returned what cannot be read",
            where=place,
            allowed=f"{wanted}, as Gymnasium defines it",
            came=f"{_described(came)} ({type(error).__name__}: {error})",
        )

    def cut(self, step: int, copy: int) -> None:
        """Note that an episode was too long, the first time."""
        if not self._cut:
            self._cut = True
            self.notes.append(
                f"{self.name}: an episode was cut after {self.longest:,} steps (step {step:,}, copy {copy}), and "
                "others like it will be; longest=... allows more"
            )

    def _place(self, step: int, copy: int, actions: list[int] | None) -> str:
        when = f"step {step:,}" if step else "at the beginning"
        return f"{self.name}, {when}, copy {copy}" + ("" if actions is None else f", action {actions[copy]}")

    def _no_number(self, where: str, what: str, came: float) -> None:
        raise TrainingError(
            f"{what} is no number",
            where=where,
            came=str(came),
            mend="Look for a division by zero or an overflow in the environment.",
        )


def _finite(numbers: NDArray[Any]) -> bool:
    """Whether all are numbers: quickly, as the sum of their squares; one by one only where that is none."""
    return math.isfinite(np.vdot(numbers, numbers)) or bool(np.isfinite(numbers).all())


def _raised_at(error: Exception) -> str:
    """Where an exception was raised, for whoever sees the message without its traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""


def _described(came: object) -> str:
    """What came, in a few words."""
    if isinstance(came, tuple):
        return f"a tuple of {len(came)}: {', '.join(type(part).__name__ for part in came)}"
    return type(came).__name__
