"""The minima against scipy's, one at a time."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from deepen.scaling.forms import FORMS, Setting
from deepen.scaling.solving import HUBER, solve

ROWS = np.array([100.0, 200, 400, 800, 1600, 3200])
SETTING = Setting(middle=float(np.exp(np.log(ROWS).mean())), smallest=100.0, lowest=0.06, chance=0.9)


def huber(z):
    return np.where(np.abs(z) <= HUBER, 0.5 * z * z, HUBER * (np.abs(z) - 0.5 * HUBER))


def test_costs_are_no_higher_than_scipys_with_huber_loss_bounds_and_an_outlier():
    rng = np.random.default_rng(0)
    truth = 0.04 + 2 * ROWS**-0.6
    seen = truth * np.exp(0.05 * rng.standard_normal((8, len(ROWS))))
    seen[:4, 3] *= 1.8
    weight = np.full_like(seen, 20.0)
    form = FORMS["irreducible"]
    bounds, prior = form.bounds(SETTING), form.prior(SETTING)
    start = np.tile([-2.0, 0.4, 0.02], (8, 1))
    theta, cost = solve(
        lambda t: form.value(t, ROWS, SETTING), start, seen, weight, bounds=bounds, prior=prior
    )

    for r in range(8):

        def residuals(t, r=r):
            z = weight[r] * np.log(form.value(t[None], ROWS, SETTING)[0][0] / seen[r])
            # least_squares has one loss for all: the root of Huber's leaves the prior's residuals square.
            return np.concatenate([np.sign(z) * np.sqrt(2 * huber(z)), (t - prior[0]) / prior[1]])

        found = least_squares(residuals, start[r], bounds=(bounds[0] - 1e-12, bounds[1] + 1e-12))
        assert cost[r] <= found.cost * (1 + 1e-4) + 1e-6
        z = weight[r] * np.log(form.value(theta[r][None], ROWS, SETTING)[0][0] / seen[r])
        pull = (theta[r] - prior[0]) / prior[1]
        assert cost[r] == pytest.approx(huber(z).sum() + 0.5 * (pull * pull).sum())


def test_an_observation_of_no_weight_changes_nothing():
    form = FORMS["power"]
    limits = {"bounds": form.bounds(SETTING), "prior": form.prior(SETTING)}
    seen = 0.5 * (ROWS / 100) ** -0.5
    poisoned = seen.copy()
    poisoned[-1] = 0.9
    weight = np.full(6, 50.0)
    weight[-1] = 0.0
    start = np.array([[-2.0, 0.3]])
    first, second = (
        solve(lambda t: form.value(t, ROWS, SETTING), start, s, weight, **limits)[0] for s in (seen, poisoned)
    )
    np.testing.assert_allclose(first, second)


def test_bounds_are_kept():
    form = FORMS["power"]
    seen = 0.1 * (ROWS / 100) ** 0.5  # it rises
    theta, _ = solve(
        lambda t: form.value(t, ROWS, SETTING), np.array([[-2.0, 0.3]]), seen, np.full(6, 50.0),
        bounds=form.bounds(SETTING), prior=form.prior(SETTING),
    )  # fmt: skip
    assert theta[0, 1] == 0.0
