"""Error in data and size together, and in compute.

e(n, m) = E + A n^-a + B m^-b, for n training rows and m weights (Rosenfeld et al. 2020; Hoffmann et al. 2022,
equation 2), fitted on logarithms with Huber's loss as there. In compute: the lowest error so far by floating point
operations is a curve like another, and gets a law like another.

Letters: k cells, R resamples.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepen.errors import DataError
from deepen.scaling.cells import Cell, Curve
from deepen.scaling.forms import EXPONENT, EXPONENT_SPREAD, STEEPEST
from deepen.scaling.law import DRIFT, LEVEL, Forecast
from deepen.scaling.solving import solve

__all__ = ["Surface", "compute_curve", "surface"]

Array = NDArray[np.float64]

RESAMPLES = 300
FEWEST = 6  # cells, of two sizes and three amounts of data at the least
NAMES = ("E", "log A", "a", "log B", "b")


@dataclass(frozen=True, eq=False)
class Surface:
    """A fitted law in data and size.

    Parameters
    ----------
    theta, draws
        (5,) and (R, 5): E, log A, a, log B, b, with n and m in units of ``middle``.
    middle
        The geometric means of the measured amounts of data and of the sizes.
    largest
        The largest measured amount and size.
    """

    theta: Array
    draws: Array
    middle: tuple[float, float]
    largest: tuple[float, float]

    def error(self, rows: float, weights: float) -> float:
        """The error at an amount of data and a size."""
        return float(_value(self.theta[None], *self._in_units(rows, weights))[0][0, 0])

    def forecast(self, rows: float, weights: float) -> Forecast:
        """The same with its 90 % interval."""
        drawn = _value(self.draws, *self._in_units(rows, weights))[0][:, 0]
        beyond = sum(
            max(0.0, math.log(x / most)) for x, most in zip((rows, weights), self.largest, strict=True)
        )
        rng = np.random.default_rng(0)
        drawn = np.minimum(drawn * np.exp(DRIFT * beyond * rng.standard_normal(len(drawn))), 1.0)
        low, middle, high = np.quantile(drawn, [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2]).tolist()
        return Forecast(rows, middle, low, high)

    def _in_units(self, rows: float, weights: float) -> tuple[Array, Array]:
        return np.log([rows / self.middle[0]]), np.log([weights / self.middle[1]])

    def to_dict(self) -> dict[str, float | list[float]]:
        """What is kept of it, as plain data."""
        return {**dict(zip(NAMES, self.theta.tolist(), strict=True)), "middle": list(self.middle)}


def surface(cells: Iterable[Cell], *, resamples: int = RESAMPLES, seed: int = 0) -> Surface:
    """Fit E + A n^-a + B m^-b to cells of several amounts of data and sizes.

    Raises
    ------
    DataError
        If there are fewer than two sizes, three amounts, or six cells.

    Examples
    --------
    >>> cells = [Cell("net", n, (0.02 + 2 * n**-0.5 + 0.9 * m**-0.4,), 10**9, size=f"{m}", weights=m)
    ...          for n in (100, 400, 1600, 6400) for m in (10**3, 10**4, 10**5)]
    >>> bool(abs(surface(cells).error(25600, 10**5) / 0.0415 - 1) < 0.02)
    True
    """
    found = [cell for cell in cells if cell.weights]
    counts = len({c.weights for c in found}), len({c.rows for c in found}), len(found)
    if counts[0] < 2 or counts[1] < 3 or counts[2] < FEWEST:
        came = f"{counts[2]} cells of {counts[0]} sizes and {counts[1]} amounts"
        raise DataError("too few cells for a law in data and size", allowed=f"{FEWEST} of 2 and 3", came=came)
    rows = np.array([c.rows for c in found], dtype=np.float64)
    weights = np.array([c.weights for c in found], dtype=np.float64)
    seen = np.array([c.error for c in found])
    noise = _noise(found)
    middle = float(np.exp(np.log(rows).mean())), float(np.exp(np.log(weights).mean()))
    x, y = np.log(rows / middle[0]), np.log(weights / middle[1])
    low, typical = float(seen.min()), math.log(float(np.exp(np.log(seen).mean())))
    bounds = np.array([(0.0, 1.0), (-40.0, 5.0), (0.0, STEEPEST), (-40.0, 5.0), (0.0, STEEPEST)]).T
    slope = (EXPONENT, EXPONENT_SPREAD)
    prior = np.array([(0.0, low), (typical, 4.0), slope, (typical - 1.0, 4.0), slope]).T
    starts = np.array(list(itertools.product(
        (0.0, 0.6 * low), (typical, typical - 1), (0.2, 0.5), (typical - 1, typical - 4), (0.2, 0.5)
    )))  # fmt: skip

    def value(theta: Array) -> tuple[Array, Array]:
        return _value(theta, x, y)

    thetas, costs = solve(value, starts, seen, 1 / noise, bounds=bounds, prior=prior)
    theta = thetas[int(np.argmin(costs))]
    fitted = value(theta[None])[0][0]
    k = len(found)
    misfit = max(1.0, math.sqrt(float(((np.log(seen / fitted) / noise) ** 2).sum()) / max(1, k - 4)))
    rng = np.random.default_rng(seed)
    half = resamples // 2
    redrawn = np.log(fitted) + misfit * noise * rng.standard_normal((half, k))
    shares = k * rng.dirichlet(np.ones(k), resamples - half)
    samples = np.exp(np.concatenate([redrawn, np.broadcast_to(np.log(seen), shares.shape)]))
    pulls = np.concatenate([np.ones((half, k)), np.sqrt(shares)]) / (misfit * noise)
    draws, _ = solve(value, np.tile(theta, (resamples, 1)), samples, pulls, bounds=bounds, prior=prior)
    return Surface(theta, draws, middle, (float(rows.max()), float(weights.max())))


def _value(theta: Array, x: Array, y: Array) -> tuple[Array, Array]:
    floor, log_a, a, log_b, b = (theta[:, p, None] for p in range(5))
    by_rows, by_weights = np.exp(log_a - a * x), np.exp(log_b - b * y)
    slopes = [np.ones_like(by_rows), by_rows, -x * by_rows, by_weights, -y * by_weights]
    return floor + by_rows + by_weights, np.stack(slopes, axis=-1)


def _noise(cells: Sequence[Cell]) -> Array:
    """The relative noise of each cell, beside the others of its size."""
    by_name: dict[str, list[Cell]] = {}
    for cell in cells:
        by_name.setdefault(cell.name, []).append(cell)
    found = []
    for cell in cells:
        own = sorted(by_name[cell.name], key=lambda c: c.rows)
        found.append(float(Curve(cell.name, tuple(own), 1.0).noise([cell])[0]))
    return np.array(found)


def compute_curve(cells: Iterable[Cell], chance: float) -> Curve:
    """The lowest error so far by floating point operations: of all cells, those that no cheaper one equals.

    Its ``rows`` are operations.

    Examples
    --------
    >>> cells = [Cell("net", 10, (e,), 100, compute=c) for c, e in ((1e6, 0.3), (2e6, 0.35), (4e6, 0.2))]
    >>> compute_curve(cells, 0.9).rows.tolist()
    [1000000.0, 4000000.0]
    """
    best: list[Cell] = []
    for cell in sorted((c for c in cells if c.compute > 0), key=lambda c: (c.compute, c.error)):
        here = dataclasses.replace(cell, rows=max(1, int(cell.compute)))
        if not best or (here.error < best[-1].error and here.rows > best[-1].rows):
            best.append(here)
    return Curve("compute", tuple(best), chance)
