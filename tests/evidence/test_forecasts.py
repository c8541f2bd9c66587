import numpy as np
import pytest

from deepen.evidence.forecasts import drift, multiplicative, naive, season_length, seasonal_naive

VALUES = np.arange(10.0)[:, None] ** 2  # 0 1 4 9 ... 81
AT = np.array([4, 6])
NONE = np.zeros(2, dtype=np.int64)


def test_the_naive_forecasts_are_worked_out_by_hand():
    assert naive(VALUES, AT, 2)[..., 0].tolist() == [[9, 9], [25, 25]]
    assert seasonal_naive(VALUES, AT, 4, 3, NONE)[..., 0].tolist() == [[1, 4, 9, 1], [9, 16, 25, 9]]
    assert drift(VALUES, AT, 2, NONE)[..., 0].tolist() == [[12, 15], [30, 35]]


def test_before_a_whole_season_the_last_value_is_taken():
    assert seasonal_naive(VALUES, np.array([5]), 3, 3, np.array([3]))[..., 0].tolist() == [[16, 9, 16]]


@pytest.mark.parametrize(
    "forecast",
    [
        lambda v: naive(v, AT, 3),
        lambda v: seasonal_naive(v, AT, 3, 3, NONE),
        lambda v: drift(v, AT, 3, NONE),
    ],
)
def test_the_future_is_not_read(forecast):
    poisoned = VALUES.copy()
    poisoned[6:] = np.nan
    assert np.array_equal(forecast(VALUES)[1], forecast(poisoned)[1])


def wave(m, n=400, noise=0.3):
    rng = np.random.default_rng(0)
    return (np.sin(2 * np.pi * np.arange(n) / m) + noise * rng.normal(size=n))[:, None]


def test_a_season_is_found():
    assert season_length([wave(12)], [12]) == 12
    assert season_length([wave(24)], [24, 168]) == 24
    assert season_length([wave(7), wave(7)], [7, 365]) == 7


def test_a_season_that_is_in_no_calendar_is_found():
    assert season_length([wave(50, noise=0.1)], [12]) in range(48, 53)


def test_a_week_within_a_year_is_told_from_it():
    t = np.arange(1500)
    rng = np.random.default_rng(0)
    year = 3 * np.sin(2 * np.pi * t / 365) + rng.normal(size=1500)
    assert season_length([year[:, None]], [7, 365]) == 365


@pytest.mark.parametrize("seed", range(5))
def test_noise_walks_and_trends_have_no_season(seed):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(600, 1))
    assert season_length([noise], [7, 365]) == 1
    assert season_length([noise.cumsum(axis=0)], [5, 261]) == 1
    assert season_length([np.arange(200.0)[:, None]], [12]) == 1


def test_too_few_steps_have_no_season():
    assert season_length([wave(12, n=20)], [12]) == 1
    assert season_length([np.zeros((1, 1))], [12]) == 1


def test_values_that_vary_with_their_level_are_multiplicative():
    t = np.arange(144)
    rng = np.random.default_rng(0)
    growing = np.exp(0.01 * t + 0.2 * np.sin(2 * np.pi * t / 12) + 0.02 * rng.normal(size=144))
    assert multiplicative([growing], 12)
    assert not multiplicative([growing - 1.0], 12)  # some are not above 0
    assert not multiplicative([np.where(t == 70, 1e-3, growing)], 12)
    assert not multiplicative([10 + 0.05 * t + rng.normal(size=144)], 12)
