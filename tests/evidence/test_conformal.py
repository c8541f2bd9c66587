import numpy as np
import pytest
from scipy.stats import norm

from deepen.evidence.conformal import apply, factors

LEVELS = (0.05, 0.1, 0.5, 0.9, 0.95)


def held(truth, quantiles, low, high):
    return ((truth >= quantiles[..., low]) & (truth <= quantiles[..., high])).mean()


@pytest.mark.parametrize("wrong", [0.4, 1.0, 2.5])
def test_intervals_that_are_too_narrow_or_wide_are_mended(wrong):
    rng = np.random.default_rng(0)
    spread = rng.uniform(0.5, 3, size=(4000, 2, 1))  # each forecast knows how sure it is, but for one factor
    truth = spread * rng.normal(size=spread.shape)
    quantiles = wrong * spread[..., None] * norm.ppf(LEVELS)
    by = factors(truth[:2000], quantiles[:2000], LEVELS)
    mended = apply(quantiles[2000:], by, LEVELS)
    assert held(truth[2000:], mended, 1, 3) == pytest.approx(0.8, abs=0.03)
    assert held(truth[2000:], mended, 0, 4) == pytest.approx(0.9, abs=0.02)


def test_each_side_is_mended_by_itself():
    truth = np.random.default_rng(1).exponential(size=(5000, 1, 1))
    quantiles = np.broadcast_to(np.log(2) + 0.5 * norm.ppf(LEVELS), (5000, 1, 1, 5))
    by = factors(truth, quantiles, LEVELS)
    assert by[0, 4] > 2 * by[0, 0]
    assert by[0, 2] == 1.0


def test_few_values_mend_nothing():
    assert factors(np.zeros((3, 2, 1)), np.zeros((3, 2, 1, 5)), LEVELS).tolist() == [[1.0] * 5]


def test_no_quantile_crosses_another():
    rng = np.random.default_rng(2)
    quantiles = np.sort(rng.normal(size=(50, 3, 2, 5)), axis=-1)
    mended = apply(quantiles, rng.uniform(0, 4, size=(2, 5)), LEVELS)
    assert (np.diff(mended, axis=-1) >= 0).all()
    assert np.array_equal(mended[..., 2], quantiles[..., 2])
