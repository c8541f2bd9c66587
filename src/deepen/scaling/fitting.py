"""One form of law fitted to one curve, and how far the fit may lie from the truth: its bootstrap.

Letters: k cells of the curve, R resamples, S starts, P parameters.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepen.scaling.cells import Curve
from deepen.scaling.forms import FORMS, Form, Setting
from deepen.scaling.solving import solve

__all__ = ["Fit", "fit", "noisy_fits", "setting_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Fit:
    """A form's parameters for one curve.

    Parameters
    ----------
    form, setting
        Of what, and at which curve.
    theta
        (P,).
    draws
        (R, P), of the bootstrap: the first half parametric, the second half of cells.
    misfit
        How many times as far as their noise the cells lie from the fit; 1 at the least.
    """

    form: Form
    setting: Setting
    theta: Array
    draws: Array
    misfit: float

    def error(self, rows: Array) -> Array:
        """The error at amounts of data (n,): (n,)."""
        return np.asarray(self.form.value(self.theta[None], rows, self.setting)[0][0])

    def errors(self, rows: Array) -> Array:
        """The error by each resample: (R, n)."""
        return self.form.value(self.draws, rows, self.setting)[0]


def setting_of(curve: Curve) -> Setting:
    """What the forms must know of a curve."""
    middle = float(np.exp(np.log(curve.rows).mean()))
    return Setting(middle, float(curve.rows[0]), float(curve.errors.min()), curve.chance)


def fit(name: str, curve: Curve, *, resamples: int = 0, seed: int = 0) -> Fit:
    """Fit a form by robust least squares on logarithms, each cell weighed by its noise.

    Half of the resamples are parametric: the fit, with the noise of the cells on it. The other half weigh the cells
    anew by draws of a Dirichlet distribution (the Bayesian bootstrap, Rubin 1981), which of the few cells of a curve
    leaves none out altogether.

    Parameters
    ----------
    name
        Of the form, in :data:`~deepen.scaling.forms.FORMS`.
    resamples, seed
        R, and from what they are drawn.

    Examples
    --------
    >>> from deepen.scaling.cells import Cell
    >>> cells = [Cell("net", n, (0.02 + 3 * n**-0.5,), 10**9) for n in (50, 200, 800, 3200)]
    >>> found = fit("irreducible", Curve("net", tuple(cells), chance=1.0))
    >>> found.error(np.array([1e6])).round(3).tolist()
    [0.023]
    """
    form, setting, k = FORMS[name], setting_of(curve), len(curve)
    bounds, prior = form.bounds(setting), form.prior(setting)
    rows, seen, noise = curve.rows, curve.errors, curve.noise()

    def value(theta: Array) -> tuple[Array, Array]:
        return form.value(theta, rows, setting)

    thetas, costs = solve(value, _starts(form, setting, curve), seen, 1 / noise, bounds=bounds, prior=prior)
    theta = thetas[int(np.argmin(costs))]
    fitted = value(theta[None])[0][0]
    # Two parameters are what the cells themselves decide; the others lean on their prior.
    misfit = max(1.0, math.sqrt(float((((np.log(seen / fitted)) / noise) ** 2).sum()) / max(1, k - 2)))
    rng = np.random.default_rng(seed)
    half = resamples // 2
    redrawn = np.log(fitted) + misfit * noise * rng.standard_normal((half, k))
    shares = k * rng.dirichlet(np.ones(k), resamples - half)
    samples = np.exp(np.concatenate([redrawn, np.broadcast_to(np.log(seen), shares.shape)]))
    weights = np.concatenate([np.ones((half, k)), np.sqrt(shares)]) / (misfit * noise)
    draws, _ = solve(value, np.tile(theta, (resamples, 1)), samples, weights, bounds=bounds, prior=prior)
    return Fit(form, setting, theta, draws, misfit)


def _starts(form: Form, setting: Setting, curve: Curve) -> Array:
    """Where to start from, (S, P): a grid over the parameters, its level through the curve's middle."""
    log_c = math.log(setting.smallest)
    grid = {
        "l": (0.0,), "a": (0.2, 0.6), "E": (0.0, 0.7 * setting.lowest), "alpha": (0.1, 1.0),
        "log c": (log_c - 2, log_c + 1),
    }  # fmt: skip
    starts = np.array(list(itertools.product(*(grid[name] for name in form.names))))
    middle = math.exp(float(np.log(curve.errors).mean()))
    if "l" in form.names:
        # Two looks, since the error at the middle need not follow the level in proportion.
        starts[:, 0] = math.log(middle)
        for _ in range(2):
            found = form.value(starts, np.array([setting.middle]), setting)[0][:, 0]
            starts[:, 0] += np.log(middle / np.maximum(found, 1e-12))
    return starts


def noisy_fits(found: Fit, curve: Curve, logs: Array) -> Array:
    """Fit the form of a curve's fit to many noisy versions of it: parameters (R, P) from log errors (R, k)."""
    form, setting = found.form, found.setting
    thetas, _ = solve(
        lambda theta: form.value(theta, curve.rows, setting), np.tile(found.theta, (len(logs), 1)), np.exp(logs),
        1 / (found.misfit * curve.noise()), bounds=form.bounds(setting), prior=form.prior(setting),
    )  # fmt: skip
    return thetas
