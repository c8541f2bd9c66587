"""Learning rates as a factor of the peak rate, by the progress of the training from 0 to 1.

A schedule does not ask how many steps there will be: progress comes from the clock or from the steps, so
the same schedule ends at zero when the time does.
"""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["Schedule", "constant", "cosine", "triangle"]

Schedule = Callable[[float], float]


def triangle(warmup: float = 0.2, end: float = 0.0) -> Schedule:
    """Linear up to the peak over ``warmup``, then linear down to ``end`` (Smith and Topin 2018, one cycle).

    Examples
    --------
    >>> rate = triangle(0.25)
    >>> [round(rate(p), 3) for p in (0.0, 0.125, 0.25, 0.625, 1.0)]
    [0.05, 0.525, 1.0, 0.5, 0.0]
    """

    def rate(progress: float) -> float:
        if progress < warmup:
            return 0.05 + 0.95 * progress / warmup
        return end + (1 - end) * (1 - progress) / (1 - warmup)

    return rate


def cosine(warmup: float = 0.05, end: float = 0.0) -> Schedule:
    """Linear up over ``warmup``, then half a cosine down to ``end`` (Loshchilov and Hutter 2017).

    Examples
    --------
    >>> rate = cosine(0.0)
    >>> [round(rate(p), 3) for p in (0.0, 0.5, 1.0)]
    [1.0, 0.5, 0.0]
    """

    def rate(progress: float) -> float:
        if progress < warmup:
            return 0.05 + 0.95 * progress / warmup
        phase = (progress - warmup) / (1 - warmup)
        return end + (1 - end) * 0.5 * (1 + math.cos(math.pi * phase))

    return rate


def constant() -> Schedule:
    """The peak rate throughout."""
    return lambda _progress: 1.0
