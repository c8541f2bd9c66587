import numpy as np
import pytest

from deepen.evidence.autoregression import features, fit_autoregression


def origins(a, b):
    return np.arange(a, b), np.zeros(b - a, dtype=np.int64)


def test_features_are_relative_to_the_last_value_and_padded_by_the_first():
    x, last = features(np.array([5.0, 7.0, 10.0]), np.array([3]), np.array([0]), lags=4, horizon=2, season=1)
    assert x.tolist() == [[-5, -5, -3, 0]]
    assert last.tolist() == [10]


def test_a_season_longer_than_the_lags_is_read_beside_them():
    values = np.arange(10.0)
    x, _ = features(values, np.array([8]), np.array([0]), lags=2, horizon=3, season=5)
    assert x.tolist() == [[6 - 7, 7 - 7, 3 - 7, 4 - 7, 5 - 7]]


def test_an_autoregression_is_recovered():
    rng = np.random.default_rng(0)
    y = np.zeros(3000)
    for t in range(2, 3000):
        y[t] = 0.5 * y[t - 1] + 0.3 * y[t - 2] + rng.normal()
    found = fit_autoregression(y[:, None], origins(10, 2000), origins(2000, 2500), lags=4, horizon=2)
    ahead = found.forecasts(y[:, None], *origins(2500, 2990))
    one = 0.5 * y[2499:2989] + 0.3 * y[2498:2988]
    assert np.corrcoef(ahead[:, 0, 0], one)[0, 1] > 0.99
    two = 0.5 * one + 0.3 * y[2499:2989]
    assert np.corrcoef(ahead[:, 1, 0], two)[0, 1] > 0.98


def test_noise_is_penalised_towards_the_mean():
    y = np.random.default_rng(1).normal(size=(120, 1))
    found = fit_autoregression(y, origins(30, 80), origins(80, 110), lags=30, horizon=1)
    assert found.penalty[0] >= 1e-2


def test_a_penalty_that_is_given_is_kept():
    y = np.random.default_rng(2).normal(size=(120, 2))
    given = np.array([0.1, 10.0])
    found = fit_autoregression(y, origins(30, 80), origins(80, 110), penalty=given, lags=5, horizon=2)
    assert found.penalty == pytest.approx(given)


def test_the_future_is_not_read():
    y = np.random.default_rng(3).normal(size=(200, 1)).cumsum(axis=0)
    poisoned = y.copy()
    poisoned[150:] = 1e9
    train, valid = origins(10, 90), origins(100, 140)
    one, other = (fit_autoregression(v, train, valid, lags=8, horizon=5) for v in (y, poisoned))
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.forecasts(y, *origins(150, 151)), other.forecasts(poisoned, *origins(150, 151)))
