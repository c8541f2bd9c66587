"""The forms that a law of error by amount of data can have.

Each is a function of parameters that are kept simple to fit: ``l`` is the logarithm of the falling part at the middle
of the measured amounts, ``a`` the exponent, ``E`` what no amount of data removes. Cited: Hestness et al. 2017 (power
laws of error), Rosenfeld et al. 2020 (with an irreducible part), Alabdulmohsin, Neyshabur and Zhai 2022 ("Revisiting
Neural Scaling Laws in Language and Vision", whose M4 is ours).

Letters: R fits at once, n amounts of data, P parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORMS", "Form", "Setting"]

Array = NDArray[np.float64]

STEEPEST = 2.0  # an exponent beyond this was never seen (Hestness et al. 2017: at most 0.5 for classes)
EXPONENT, EXPONENT_SPREAD = 0.35, 0.3  # what exponents are, before any cell is seen (assumed after the same)


@dataclass(frozen=True)
class Setting:
    """What of a curve a form must know beside its parameters.

    Parameters
    ----------
    middle
        The geometric mean of the measured amounts, at which ``l`` is read.
    smallest
        The smallest measured amount.
    lowest
        The lowest measured error.
    chance
        The error of chance.
    """

    middle: float
    smallest: float
    lowest: float
    chance: float


@dataclass(frozen=True)
class Form:
    """One form of law.

    Parameters
    ----------
    name
        What it is called.
    formula
        How it is written.
    names
        Of the P parameters.
    value
        ``value(theta, n, setting)`` with theta (R, P) and n (R, n) or (n,) gives the error (R, n) and its slopes
        by the parameters (R, n, P).
    bounds
        ``bounds(setting)``: lowest and highest parameters, (2, P).
    prior
        ``prior(setting)``: middle and spread of what the parameters are before any cell is seen, (2, P). Weak, so
        that a curve of four cells does not run off; exact data overrule it.
    floor
        ``floor(theta)``: the error with all the data in the world, (R,).
    """

    name: str
    formula: str
    names: tuple[str, ...]
    value: Callable[[Array, Array, Setting], tuple[Array, Array]]
    bounds: Callable[[Setting], Array]
    prior: Callable[[Setting], Array]
    floor: Callable[[Array], Array]


_FREE = (0.0, 1e3)  # of the level: anything
_LEVEL = (-40.0, 5.0)
_SLOPE = (0.0, STEEPEST)
_SLOPE_PRIOR = (EXPONENT, EXPONENT_SPREAD)


def _columns(theta: Array) -> list[Array]:
    return [theta[:, p, None] for p in range(theta.shape[1])]  # each (R, 1)


def _zero(theta: Array) -> Array:
    return np.zeros(len(theta))


def _power(theta: Array, n: Array, setting: Setting) -> tuple[Array, Array]:
    level, a = _columns(theta)
    x = np.log(n / setting.middle) + 0 * level
    e = np.exp(level - a * x)
    return e, np.stack([e, -x * e], axis=-1)


def _shifted(theta: Array, n: Array, setting: Setting) -> tuple[Array, Array]:
    level, a, log_c = _columns(theta)
    c = np.exp(log_c)
    x = np.log((n + c) / (setting.middle + c))
    e = np.exp(level - a * x)
    by_c = -a * (c / (n + c) - c / (setting.middle + c)) * e
    return e, np.stack([e, -x * e, by_c], axis=-1)


def _irreducible(theta: Array, n: Array, setting: Setting) -> tuple[Array, Array]:
    level, a, floor = _columns(theta)
    x = np.log(n / setting.middle) + 0 * level
    falling = np.exp(level - a * x)
    return floor + falling, np.stack([falling, -x * falling, np.ones_like(falling)], axis=-1)


def _m4(theta: Array, n: Array, setting: Setting) -> tuple[Array, Array]:
    """Solve (e - E) / (E0 - e)^alpha = exp(l) (n / middle)^-a for e, by Newton's method in logit((e-E)/(E0-E))."""
    level, a, floor, alpha = _columns(theta)
    x = np.log(n / setting.middle) + 0 * level
    span = np.maximum(setting.chance - floor, 1e-9)
    # In u: (1 - alpha) log(span) + log s(u) - alpha log s(-u) = l - a x, whose slope in u is s(-u) + alpha s(u) > 0.
    wanted = level - a * x - (1 - alpha) * np.log(span)
    u = np.clip(np.where(wanted < 0, wanted, wanted / np.maximum(alpha, 0.05)), -35.0, 35.0)
    for _ in range(12):
        s = _sigmoid(u)
        off = -np.logaddexp(0, -u) + alpha * np.logaddexp(0, u) - wanted
        u = np.clip(u - np.clip(off / (1 - s + alpha * s), -4.0, 4.0), -35.0, 35.0)
    above = span * _sigmoid(u)  # e - E
    below = np.maximum(span * _sigmoid(-u), 1e-12)  # E0 - e
    e = floor + above
    # Of log(e - E) - alpha log(E0 - e) - l + a x = 0, by the implicit function theorem.
    by_e = 1 / above + alpha / below
    slopes = [1 / by_e, -x / by_e, 1 / above / by_e, np.log(below) / by_e]
    return e, np.stack(slopes, axis=-1)


def _sigmoid(u: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * u)))


def _from_chance(theta: Array, n: Array, setting: Setting) -> tuple[Array, Array]:
    a, log_c = _columns(theta)
    c = np.exp(log_c)
    x = np.log1p(n / c)
    e = setting.chance * np.exp(-a * x)
    return e, np.stack([-x * e, a * n / (n + c) * e], axis=-1)


def _table(*rows: tuple[float, float]) -> Array:
    return np.array(rows).T


def _shift_bounds(setting: Setting) -> tuple[float, float]:
    return np.log(setting.smallest) - 7.0, np.log(setting.middle) + 5.0


def _shift_prior(setting: Setting) -> tuple[float, float]:
    return float(np.log(setting.smallest)), 1.5


def _floor_prior(setting: Setting) -> tuple[float, float]:
    return 0.0, setting.lowest  # most of what is left may go, or nothing of it


FORMS: dict[str, Form] = {
    "power": Form(
        "power", "A n^-a", ("l", "a"), _power,
        lambda s: _table(_LEVEL, _SLOPE),
        lambda s: _table(_FREE, _SLOPE_PRIOR),
        _zero,
    ),
    "shifted": Form(
        "shifted", "A (n + c)^-a", ("l", "a", "log c"), _shifted,
        lambda s: _table(_LEVEL, _SLOPE, _shift_bounds(s)),
        lambda s: _table(_FREE, _SLOPE_PRIOR, _shift_prior(s)),
        _zero,
    ),
    "irreducible": Form(
        "irreducible", "E + A n^-a", ("l", "a", "E"), _irreducible,
        lambda s: _table(_LEVEL, _SLOPE, (0.0, s.chance)),
        lambda s: _table(_FREE, _SLOPE_PRIOR, _floor_prior(s)),
        lambda theta: theta[:, 2].copy(),
    ),
    "M4": Form(
        "M4", "(e - E) / (E0 - e)^alpha = A n^-a", ("l", "a", "E", "alpha"), _m4,
        lambda s: _table(_LEVEL, _SLOPE, (0.0, 0.999 * s.chance), (0.0, 5.0)),
        lambda s: _table(_FREE, _SLOPE_PRIOR, _floor_prior(s), (0.5, 0.7)),
        lambda theta: theta[:, 2].copy(),
    ),
    "from chance": Form(
        "from chance", "E0 (1 + n / c)^-a", ("a", "log c"), _from_chance,
        lambda s: _table(_SLOPE, (np.log(s.smallest) - 12.0, np.log(s.middle) + 6.0)),
        lambda s: _table(_SLOPE_PRIOR, (float(np.log(s.smallest)), 4.0)),
        _zero,
    ),
}  # fmt: skip
"""Every form by its name."""
