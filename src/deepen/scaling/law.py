"""The law of one curve: its form chosen by held-out extrapolation, and what it answers.

A form is good if, fitted to the smaller amounts of data, it forecasts the larger ones, and fits them all. Which that
is depends on the noise of a few cells; so it is asked again for many noisy versions of the curve, and each resample is
answered by the form that was best in one of them. The intervals then hold the doubt about the form too.

Letters: R resamples, k cells, h cells held out, n amounts of data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepen.errors import DataError
from deepen.scaling.cells import Cell, Curve
from deepen.scaling.fitting import Fit, fit, noisy_fits
from deepen.scaling.forms import FORMS

__all__ = ["FEWEST", "Check", "Crossing", "Forecast", "Law", "Need", "Plateau", "check", "crossing", "law"]

Array = NDArray[np.float64]

LEVEL = 0.9
RESAMPLES = 300
FEWEST = 3  # cells, below which nothing can be said of a bend
HELD_OUT = 3  # the largest cells, at the most, that a form must forecast
# Relative error of a forecast for each factor e of data, beside noise and form: on 39 held-out cells of
# benchmarks/laws.md 90 % intervals held 82 % with 0.05, 90 % with 0.1 and 95 % with 0.15 (measured).
DRIFT = 0.1
FLOORLESS = 2.0
"""What a form must be better by, as a log likelihood, that claims that enough data leave no error at all: without it
the 24 curves of benchmarks/laws.md were forecast 10.5 % off at their full data, with it 7.9 % (medians; measured)."""
DRIFTED = math.log(30)  # a law is not thought to drift on beyond thirty times the data (assumed)
FURTHEST = 1000.0  # times the measured data, beyond which no law is believed (assumed)


@dataclass(frozen=True)
class Forecast:
    """The error at an amount of data, with its 90 % interval."""

    rows: float
    error: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.error:.2%} [{self.low:.2%}, {self.high:.2%}]"


@dataclass(frozen=True)
class Need:
    """How much data a target asks for.

    Parameters
    ----------
    error
        The target.
    rows, low, high
        The amount and its 90 % interval; infinity where the target is not reached.
    share
        The share of resamples that reach it within a thousand times the measured data.
    """

    error: float
    rows: float
    low: float
    high: float
    share: float

    @property
    def reachable(self) -> bool:
        """Whether data alone will more likely than not reach it."""
        return math.isfinite(self.rows)


@dataclass(frozen=True)
class Plateau:
    """The error that no amount of data removes, with its 90 % interval."""

    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Crossing:
    """Where one curve falls below another.

    Parameters
    ----------
    rows, low, high
        The amount of data and its 90 % interval; NaN where most resamples do not cross.
    share
        The share of resamples in which they cross, within a thousand times the measured data.
    better
        The one that is better beyond the crossing, or throughout.
    """

    rows: float
    low: float
    high: float
    share: float
    better: str


@dataclass(frozen=True)
class Check:
    """A forecast of a cell that was held out of the fit, and what was measured there.

    Parameters
    ----------
    forecast
        Its interval allows for the noise of the measured cell too.
    came
        The measured error.
    fitted_to
        The largest amount of data that the law was fitted to.
    form
        Which was chosen.
    """

    forecast: Forecast
    came: float
    fitted_to: float
    form: str

    @property
    def off(self) -> float:
        """The forecast's relative error."""
        return abs(self.forecast.error / self.came - 1)

    @property
    def inside(self) -> bool:
        """Whether what came lay in the interval."""
        return self.forecast.low <= self.came <= self.forecast.high


@dataclass(frozen=True, eq=False)
class Law:
    """What is known of a curve beyond its cells.

    Parameters
    ----------
    curve
        What it was fitted to.
    fits
        Of every form.
    shares
        In which share of the noisy versions each form forecast best.
    picks
        (R,) the form that answers each resample, by its place in ``fits``.
    slips, shifts
        (R,) standard normal: how a forecast drifts from the truth with distance, and what the cells share.
    """

    curve: Curve
    fits: dict[str, Fit]
    shares: dict[str, float]
    picks: NDArray[np.intp]
    slips: Array
    shifts: Array

    @property
    def form(self) -> str:
        """The form that forecasts best most often."""
        return max(self.shares, key=lambda name: self.shares[name])

    def errors(self, rows: ArrayLike, *, shared: bool = True) -> Array:
        """The error at amounts of data by each resample, (R, n).

        Parameters
        ----------
        shared
            Whether to allow for the test part being finite, which moves all cells alike: yes for the true error, no for
            an error to be measured on the same test part.
        """
        asked = np.atleast_1d(np.asarray(rows, dtype=np.float64))
        by_form = np.stack([f.errors(asked) for f in self.fits.values()])  # (forms, R, n)
        found = by_form[self.picks, np.arange(len(self.picks))]
        beyond = np.clip(np.log(asked / self.curve.rows[-1]), 0.0, DRIFTED)
        off = DRIFT * np.outer(self.slips, beyond)
        if shared:
            off = off + self.curve.shared * self.shifts[:, None]
        return np.asarray(np.minimum(found * np.exp(off), 1.0))

    def forecast(self, rows: ArrayLike) -> list[Forecast]:
        """Forecast the true error at amounts of data (n,)."""
        asked = np.atleast_1d(np.asarray(rows, dtype=np.float64))
        return [_forecast(n, column) for n, column in zip(asked, self.errors(asked).T, strict=True)]

    def forecast_of(self, cell: Cell, seed: int = 0) -> Forecast:
        """Forecast what will be measured in a cell: on the same test part, with the noise of its seeds."""
        drawn = self.errors([cell.rows], shared=False)[:, 0]
        noise = float(self.curve.noise([cell])[0])
        return _forecast(
            cell.rows,
            drawn * np.exp(noise * np.random.default_rng(seed).standard_normal(len(drawn))),
            float(np.median(drawn)),
        )

    @property
    def plateau(self) -> Plateau:
        """The error that no amount of data removes."""
        floors = np.stack([f.form.floor(f.draws) for f in self.fits.values()])
        found = floors[self.picks, np.arange(len(self.picks))] * np.exp(self.curve.shared * self.shifts)
        low, middle, high = _quantiles(found)
        return Plateau(middle, low, high)

    def needed(self, error: float) -> Need:
        """How much data brings the error down to a target.

        Raises
        ------
        DataError
            If the target is not above 0.
        """
        if not error > 0:
            raise DataError("no amount of data is known to leave no error", where="target", came=f"{error:g}")
        grid = self._grid()
        drawn = np.minimum.accumulate(self.errors(grid), axis=1)
        there = drawn <= error
        reached = there.any(axis=1)
        rows = np.where(reached, grid[there.argmax(axis=1)], math.inf)
        low, middle, high = np.quantile(rows, _LEVELS, method="nearest").tolist()
        return Need(error, middle, low, high, float(reached.mean()))

    def _grid(self) -> Array:
        return np.geomspace(self.curve.rows[0], FURTHEST * self.curve.rows[-1], 400)

    def to_dict(self) -> dict[str, Any]:
        """What is kept of it, as plain data."""
        return {
            "form": self.form,
            "formula": FORMS[self.form].formula,
            "shares": {name: round(share, 3) for name, share in self.shares.items()},
            "parameters": {
                name: dict(zip(f.form.names, f.theta.tolist(), strict=True))
                | {"middle": f.setting.middle}
                for name, f in self.fits.items()
            },
            "plateau": vars(self.plateau),
        }  # fmt: skip


_LEVELS = ((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)


def _quantiles(drawn: Array) -> tuple[float, float, float]:
    low, middle, high = np.quantile(drawn, _LEVELS).tolist()
    return low, middle, high


def _forecast(rows: float, drawn: Array, middle: float | None = None) -> Forecast:
    low, median, high = _quantiles(drawn)
    return Forecast(float(rows), median if middle is None else middle, low, high)


def law(
    curve: Curve, *, forms: Sequence[str] = tuple(FORMS), resamples: int = RESAMPLES, seed: int = 0
) -> Law:
    """Fit every form to a curve, and find out which forecast best.

    Parameters
    ----------
    forms
        Names in :data:`~deepen.scaling.forms.FORMS`.
    resamples, seed
        How many, and from what they are drawn.

    Raises
    ------
    DataError
        If the curve has fewer than three amounts of data.

    Examples
    --------
    >>> cells = [Cell("net", n, (0.5 * (n / 100) ** -0.5,), 10**8) for n in (100, 200, 400, 800, 1600)]
    >>> found = law(Curve("net", tuple(cells), chance=0.9))
    >>> abs(found.forecast(6400)[0].error / 0.0625 - 1) < 0.05
    True
    >>> 9_000 < found.needed(0.05).rows < 11_000
    True
    """
    if len(curve) < FEWEST:
        raise DataError(
            "too few amounts of data for a law", where=curve.name, allowed=f"{FEWEST} or more", came=str(len(curve)),
            mend="Give the study more minutes, or smaller nets.",
        )  # fmt: skip
    rng = np.random.default_rng(seed)
    fits = {name: fit(name, curve, resamples=resamples, seed=seed + k) for k, name in enumerate(forms)}
    picks = _picks(curve, fits, resamples, rng)
    shares = {name: float((picks == k).mean()) for k, name in enumerate(forms)}
    return Law(curve, fits, shares, picks, rng.standard_normal(resamples), rng.standard_normal(resamples))


def _picks(curve: Curve, fits: dict[str, Fit], resamples: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Which form forecasts best, for each of many noisy versions of the curve: (R,)."""
    k = len(curve)
    cuts = range(max(FEWEST, k - HELD_OUT), k)
    if not cuts or len(fits) == 1:
        return rng.integers(0, len(fits), resamples)
    noise, versions = curve.noise(), max(1, resamples // 3)
    logs = np.log(curve.errors) + noise * rng.standard_normal((versions, k))
    lost = np.zeros((len(fits), versions))
    for cut in cuts:
        part = Curve(curve.name, curve.cells[:cut], curve.chance)
        ahead = np.log(curve.rows[cut:] / curve.rows[cut - 1])
        spread = np.sqrt(noise[cut:] ** 2 + (DRIFT * ahead) ** 2)
        for f, name in enumerate(fits):
            found = fit(name, part)
            theta = noisy_fits(found, part, logs[:, :cut])
            said = np.log(found.form.value(theta, curve.rows[cut:], found.setting)[0])
            lost[f] += (((said - logs[:, cut:]) / spread) ** 2).mean(axis=1)
    # What does not even fit the cells that it knows should not forecast others, however well it once did.
    for f, found in enumerate(fits.values()):
        said = np.log(found.form.value(noisy_fits(found, curve, logs), curve.rows, found.setting)[0])
        lost[f] += 0.5 * (((said - logs) / noise) ** 2).sum(axis=1)
        lost[f] += 0.0 if "E" in found.form.names else FLOORLESS
    return np.asarray(rng.permutation(np.resize(lost.argmin(axis=0), resamples)))


def check(
    curve: Curve, *, share: float = 0.25, forms: Sequence[str] = tuple(FORMS), seed: int = 0
) -> list[Check]:
    """Hold the larger cells out of the fit, and put the forecast beside what came.

    Parameters
    ----------
    share
        Of the largest amount of data, up to which the law is fitted; more where that leaves too few cells.

    Returns
    -------
    list
        One for each cell that was held out; none where too few remain to fit.
    """
    rows = curve.rows
    upto = max(share * rows[-1] * (1 + 1e-9), rows[min(FEWEST, len(rows)) - 1])
    part = curve.until(upto)
    if len(part) < FEWEST or len(part) == len(curve):
        return []
    found = law(part, forms=forms, seed=seed)
    return [
        Check(found.forecast_of(cell, seed), cell.error, float(part.rows[-1]), found.form)
        for cell in curve.cells[len(part) :]
    ]


def crossing(one: Law, other: Law) -> Crossing:
    """Where two curves cross, if they do."""
    first = max(one.curve.rows[0], other.curve.rows[0])
    grid = np.geomspace(first, FURTHEST * max(one.curve.rows[-1], other.curve.rows[-1]), 400)
    # What the test part does to both alike does not part them.
    ahead = np.log(one.errors(grid, shared=False)) < np.log(other.errors(grid, shared=False))  # (R, n)
    last = ahead[:, -1]
    differs = ahead != last[:, None]
    crosses = differs.any(axis=1)
    # The last place at which the order is not yet the final one.
    at = grid[np.minimum(len(grid) - 1, len(grid) - differs[:, ::-1].argmax(axis=1))]
    share = float(crosses.mean())
    better = one.curve.name if last.mean() >= 0.5 else other.curve.name
    if share < 0.5:
        return Crossing(math.nan, math.nan, math.nan, share, better)
    low, middle, high = _quantiles(at[crosses])
    return Crossing(middle, low, high, share, better)
