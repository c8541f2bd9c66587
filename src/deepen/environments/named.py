"""What the numbers that are seen and the actions that can be done are called, where anybody knows.

An environment may say so itself, by attributes ``observation_names`` and ``action_names``; of Gymnasium's own, which do
not, the names here are those of its documentation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from deepen.errors import SettingError

__all__ = ["names_of"]

_GYMNASIUM: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Acrobot": (
        ("cos joint 1", "sin joint 1", "cos joint 2", "sin joint 2", "joint 1 velocity", "joint 2 velocity"),
        ("torque -1", "no torque", "torque +1"),
    ),
    "Blackjack": ((), ("stick", "hit")),
    "CartPole": (
        ("cart position", "cart velocity", "pole angle", "pole angular velocity"), ("push left", "push right")
    ),
    "CliffWalking": ((), ("up", "right", "down", "left")),
    "FrozenLake": ((), ("left", "down", "right", "up")),
    "LunarLander": (
        ("x", "y", "x velocity", "y velocity", "angle", "angular velocity", "left leg down", "right leg down"),
        ("no engine", "left engine", "main engine", "right engine"),
    ),
    "MountainCar": (("position", "velocity"), ("push left", "no push", "push right")),
    "Taxi": ((), ("south", "north", "east", "west", "pick up", "drop off")),
}  # fmt: skip
"""By the name without its version: of the numbers seen, and of the actions."""


def names_of(made: Any, name: str, numbers: int, actions: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the names of what is seen and of the actions; nothing where they are not known.

    Parameters
    ----------
    made
        The environment itself.
    name
        By which it was made: ``CartPole-v1``.
    numbers
        Seen by a net; of a grid its channels.
    actions
        How many there are.

    Raises
    ------
    SettingError
        If the environment names more or fewer than there are.

    Examples
    --------
    >>> names_of(object(), "MountainCar-v0", 2, 3)
    (('position', 'velocity'), ('push left', 'no push', 'push right'))
    """
    own = getattr(made, "unwrapped", made)
    known = _GYMNASIUM.get(re.sub(r"-v\d+$", "", name), ((), ()))
    counts = {"observation_names": numbers, "action_names": actions}
    found = []
    for (attribute, count), usual in zip(counts.items(), known, strict=True):
        said = getattr(own, attribute, None)
        if said is not None:
            found.append(_checked(said, count, f"{name}, {attribute}"))
        else:
            found.append(usual if len(usual) == count else ())  # an option may change what is seen
    return found[0], found[1]


def _checked(said: Any, count: int, where: str) -> tuple[str, ...]:
    if not isinstance(said, Sequence) or isinstance(said, str) or not all(isinstance(s, str) for s in said):
        raise SettingError(
            "are no names", where=where, allowed=f"{count} words in a list", came=repr(said)[:60]
        )
    if len(said) != count:
        raise SettingError("is not one name for each", where=where, allowed=f"{count}", came=f"{len(said)}")
    return tuple(said)
