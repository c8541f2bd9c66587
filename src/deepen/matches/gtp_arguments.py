"""What commands of the Go Text Protocol are called with, and how they are refused."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["Refused", "colour", "exactly", "figure", "whole"]

_COLOURS = {"b": 1, "black": 1, "w": -1, "white": -1}
_DIGITS = 9  # an integer of the protocol has 31 bits


class Refused(Exception):
    """What a command is answered with, instead of what it asked for."""


def exactly(arguments: Sequence[str], count: int) -> Sequence[str]:
    """Give so many arguments; more are not looked at.

    Raises
    ------
    Refused
        If there are fewer.
    """
    if len(arguments) < count:
        raise Refused("syntax error")
    return arguments[:count]


def whole(text: str, refusal: str = "syntax error") -> int:
    """Read a whole number from 0 on.

    Raises
    ------
    Refused
        If it is none.

    Examples
    --------
    >>> whole("19")
    19
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise Refused(refusal)
    return int(text)


def figure(text: str, refusal: str = "syntax error") -> float:
    """Read a finite number.

    Raises
    ------
    Refused
        If it is none.

    Examples
    --------
    >>> figure("-6.5")
    -6.5
    """
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise Refused(refusal)
    return found


def colour(arguments: Sequence[str]) -> int:
    """Read the first argument as a colour: 1 for black, who begins, -1 for white.

    Raises
    ------
    Refused
        If it is none.

    Examples
    --------
    >>> colour(["W", "D4"])
    -1
    """
    if not arguments or arguments[0].lower() not in _COLOURS:
        raise Refused("invalid color or coordinate")
    return _COLOURS[arguments[0].lower()]
