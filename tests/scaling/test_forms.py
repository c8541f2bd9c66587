"""Every form against finite differences, its limits, and the equation it stands for."""

import numpy as np
import pytest

from deepen.scaling.forms import FORMS, Setting

SETTING = Setting(middle=700.0, smallest=50.0, lowest=0.05, chance=0.9)
ROWS = np.array([50.0, 400.0, 700.0, 12800.0])
THETA = {
    "power": [-1.5, 0.4], "shifted": [-1.5, 0.4, 4.0], "irreducible": [-1.5, 0.4, 0.03],
    "M4": [-1.2, 0.6, 0.03, 0.7], "from chance": [0.4, 3.0],
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_slopes_are_those_of_finite_differences(name):
    form, theta = FORMS[name], np.array([THETA[name], THETA[name]])
    theta[1] *= 0.9
    value, slopes = form.value(theta, ROWS, SETTING)
    assert value.shape == (2, 4)
    for p in range(theta.shape[1]):
        step = np.zeros_like(theta)
        step[:, p] = 1e-5
        up, down = (form.value(theta + sign * step, ROWS, SETTING)[0] for sign in (1, -1))
        np.testing.assert_allclose(slopes[..., p], (up - down) / 2e-5, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("name", FORMS)
def test_bounds_prior_and_names_agree_and_the_error_falls(name):
    form = FORMS[name]
    assert form.bounds(SETTING).shape == form.prior(SETTING).shape == (2, len(form.names))
    low, high = form.bounds(SETTING)
    assert np.all(low <= THETA[name]) and np.all(THETA[name] <= high)
    assert np.all(np.diff(form.value(np.array([THETA[name]]), ROWS, SETTING)[0][0]) < 0)


@pytest.mark.parametrize("name", FORMS)
def test_with_all_the_data_the_floor_is_left(name):
    form, theta = FORMS[name], np.array([THETA[name]])
    far = form.value(theta, np.array([1e40]), SETTING)[0][0, 0]
    assert far == pytest.approx(form.floor(theta)[0], abs=1e-6)


def test_m4_solves_its_equation():
    level, a, floor, alpha = THETA["M4"]
    e = FORMS["M4"].value(np.array([THETA["M4"]]), ROWS, SETTING)[0][0]
    left = (e - floor) / (SETTING.chance - e) ** alpha
    np.testing.assert_allclose(left, np.exp(level) * (ROWS / SETTING.middle) ** -a, rtol=1e-9)


def test_m4_without_alpha_is_the_irreducible_form():
    theta = THETA["irreducible"]
    m4 = FORMS["M4"].value(np.array([[*theta, 0.0]]), ROWS, SETTING)[0]
    plain = FORMS["irreducible"].value(np.array([theta]), ROWS, SETTING)[0]
    np.testing.assert_allclose(m4, plain, rtol=1e-9)


def test_m4_goes_to_chance_with_few_data_and_no_further():
    few = FORMS["M4"].value(np.array([THETA["M4"]]), np.array([1e-30]), SETTING)[0]
    assert 0.899 < few[0, 0] <= 0.9


def test_from_chance_starts_at_chance():
    few = FORMS["from chance"].value(np.array([THETA["from chance"]]), np.array([1e-9]), SETTING)[0]
    assert few[0, 0] == pytest.approx(0.9)
