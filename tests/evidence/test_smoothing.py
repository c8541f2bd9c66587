import numpy as np
import pytest

from deepen.evidence.smoothing import Smoothing, fit_smoothing

ONE = np.array([0])


def by_hand(y, alpha, beta, gamma, phi, m, horizon, level, trend, season):
    """The component form of Hyndman and Athanasopoulos, written out one step at a time."""
    season = list(season)
    for t, value in enumerate(y):
        before = level
        level = alpha * (value - season[t % m]) + (1 - alpha) * (before + phi * trend)
        damped = before + phi * trend
        trend = beta * (level - before) + (1 - beta) * phi * trend
        season[t % m] = gamma * (1 - alpha) * (value - damped - season[t % m]) + season[t % m]
    T = len(y)
    return [
        level + sum(phi**k for k in range(1, h + 1)) * trend + season[(T + h - 1) % m]
        for h in range(1, horizon + 1)
    ]


def test_the_recursion_is_the_textbooks():
    from deepen.evidence.smoothing import _beginning

    rng = np.random.default_rng(0)
    y = rng.normal(size=30) + np.tile([0, 3, 1, -4], 8)[:30]
    level, trend, season = (np.asarray(a) for a in _beginning(y[:, None], 4))
    found = Smoothing(0.4, 0.2, 0.3, 0.9, 4, 0.0).forecasts(y[:, None], np.array([30]), ONE, 6)
    expected = by_hand(y, 0.4, 0.2, 0.3, 0.9, 4, 6, level[0], trend[0], season[:, 0])
    assert found[0] == pytest.approx(expected)


def test_a_known_season_and_trend_are_recovered():
    t = np.arange(132)
    rng = np.random.default_rng(1)
    y = (20 + 0.3 * t + 6 * np.sin(2 * np.pi * t / 12) + 0.2 * rng.normal(size=132))[:, None]
    found = fit_smoothing(y[:120], 12)
    assert found.season == 12
    ahead = found.forecasts(y, np.array([120]), ONE, 12)[0]
    assert np.abs(ahead - y[120:, 0]).max() < 1.5


def test_a_series_without_a_season_gets_none():
    rng = np.random.default_rng(2)
    assert fit_smoothing(rng.normal(size=(200, 1)), 12).season == 1


def test_a_random_walk_is_followed_closely():
    walk = np.random.default_rng(3).normal(size=(500, 1)).cumsum(axis=0)
    assert fit_smoothing(walk, 1).alpha > 0.8


def test_the_future_is_not_read():
    y = np.random.default_rng(4).normal(size=(60, 2)).cumsum(axis=0)
    poisoned = y.copy()
    poisoned[40:] = np.nan
    times, which = np.array([30, 40, 40]), np.array([0, 0, 1])
    model = Smoothing(0.5, 0.1, 0.2, 0.95, 4, 1.0)
    assert np.array_equal(model.forecasts(y, times, which, 5), model.forecasts(poisoned, times, which, 5))


def test_an_unknown_value_is_stepped_over():
    y = np.full((20, 1), 3.0)
    y[[5, 19]] = np.nan
    assert Smoothing(0.5, 0.1, 0.1, 0.9, 1, 1.0).forecasts(y, np.array([20]), ONE, 3) == pytest.approx(3.0)


def test_many_origins_are_as_one_at_a_time():
    y = np.random.default_rng(5).normal(size=(50, 1)).cumsum(axis=0)
    model = Smoothing(0.3, 0.1, 0.2, 0.9, 4, 1.0)
    at = np.array([20, 35, 50])
    apart = np.concatenate([model.forecasts(y[:t], np.array([t]), ONE, 3) for t in at])
    assert model.forecasts(y, at, np.zeros(3, dtype=int), 3) == pytest.approx(apart)
