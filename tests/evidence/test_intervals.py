import numpy as np
import pytest
from scipy.stats import binom, binomtest

from deepen.errors import DataError
from deepen.evidence import intervals
from deepen.evidence.intervals import bootstrap, by_group, percentile, replicates, wilson


def mean(weights, x):
    return x @ weights / weights.sum(0)


@pytest.mark.parametrize(("successes", "n"), [(45, 50), (0, 7), (7, 7), (1, 3), (9300, 10000), (1, 1)])
def test_wilson_is_the_textbooks(successes, n):
    expected = binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_knows_nothing_from_nothing():
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 2)])
def test_wilson_refuses_what_is_no_share(successes, n):
    with pytest.raises(DataError, match="not a share"):
        wilson(successes, n)


def test_wilson_covers_the_truth_exactly():
    # No simulation: the coverage is a sum over all outcomes.
    outcomes = np.arange(51)
    covered = [low <= 0.9 <= high for low, high in (wilson(x, 50) for x in outcomes)]
    assert binom.pmf(outcomes, 50, 0.9)[covered].sum() == pytest.approx(0.95, abs=0.025)


def test_the_bootstrap_covers_a_mean():
    rng, hits = np.random.default_rng(0), 0
    for trial in range(400):
        low, high = bootstrap(mean, rng.exponential(size=60), resamples=300, seed=trial)
        hits += low <= 1.0 <= high
    assert 0.91 <= hits / 400 <= 0.97


def test_the_bootstrap_covers_an_accuracy():
    rng, hits = np.random.default_rng(1), 0
    for trial in range(400):
        low, high = bootstrap(mean, (rng.random(200) < 0.85).astype(float), resamples=300, seed=trial)
        hits += low <= 0.85 <= high
    assert 0.92 <= hits / 400 <= 0.98


def test_few_rows_are_covered_too():
    # The plain percentile interval covers about 0.90 of means of 8 normal rows; the expanded one 0.95.
    rng, hits, plain = np.random.default_rng(2), 0, 0
    for trial in range(4000):
        x = rng.normal(size=8)
        drawn = replicates(lambda w, x=x: mean(w, x), 8, resamples=500, seed=trial)
        low, high = percentile(drawn, 8)
        hits += low <= 0 <= high
        low, high = np.quantile(drawn, [0.025, 0.975])
        plain += low <= 0 <= high
    assert hits / 4000 == pytest.approx(0.95, abs=0.02)
    assert plain < hits - 80


def test_the_width_is_that_of_the_standard_error():
    x = np.random.default_rng(3).normal(size=2000)
    low, high = bootstrap(mean, x, resamples=4000)
    assert (high - low) == pytest.approx(2 * 1.96 * x.std() / np.sqrt(2000), rel=0.05)
    assert (low + high) / 2 == pytest.approx(x.mean(), abs=0.005)


def test_few_rows_get_students_width():
    # Normal replicates whose spread is the bootstrap's, s / sqrt(n), end where Student's interval does.
    n, normal = 6, np.random.default_rng(4).normal(size=2_000_000)
    low, high = percentile(normal * np.sqrt((n - 1) / n), n)
    assert (low, high) == pytest.approx((-2.571, 2.571), abs=0.03)  # t with 5 degrees of freedom


def test_figures_that_are_not_finite_are_left_out():
    assert percentile(np.array([np.nan, 1.0, np.inf, 1.0]), 10) == (1.0, 1.0)
    assert np.isnan(percentile(np.array([np.nan]), 10)).all()


def test_every_resample_has_all_rows_and_every_stratum_its_share():
    strata = np.repeat(["a", "b", "c"], [5, 30, 65])[np.random.default_rng(5).permutation(100)]
    code = np.unique(strata, return_inverse=True)[1]
    drawn = replicates(lambda w: by_group(code, np.ones(100), 3) @ w, 100, strata, resamples=50)
    np.testing.assert_array_equal(drawn, np.repeat([[5.0], [30.0], [65.0]], 50, axis=1))
    free = replicates(lambda w: by_group(code, np.ones(100), 3) @ w, 100, resamples=50)
    assert (free.sum(0) == 100).all()
    assert (free.std(1) > 0).all()


def test_tiny_strata_are_resampled_together():
    # One row in each of four classes would otherwise stand in every resample exactly once.
    drawn = replicates(lambda w: w, 24, [0, 1, 2, 3] + [4] * 20, resamples=200)
    assert drawn[:4].max() > 1
    assert (drawn[:4].sum(0) == 4).all()


def test_each_row_is_drawn_as_often_as_any_other():
    drawn = replicates(lambda w: w, 10, [0] * 5 + [1] * 5, resamples=20_000)
    np.testing.assert_allclose(drawn.mean(1), 1.0, atol=0.03)
    np.testing.assert_allclose(drawn.var(1), 0.8, atol=0.05)  # binomial: 5 draws, each with 1 / 5


def test_the_seed_decides():
    x = np.random.default_rng(6).normal(size=50)
    assert bootstrap(mean, x, seed=1) == bootstrap(mean, x, seed=1)
    assert bootstrap(mean, x, seed=1) != bootstrap(mean, x, seed=2)


def test_memory_and_time_are_bounded(monkeypatch):
    monkeypatch.setattr(intervals, "CHUNK", 1000)
    monkeypatch.setattr(intervals, "DRAWS", 25_000)
    monkeypatch.setattr(intervals, "FEWEST", 30)
    widths = []
    drawn = replicates(lambda w: widths.append(w.shape) or w.sum(0), 100)
    assert drawn.shape == (250,)
    assert max(n * r for n, r in widths) <= 1000
    assert replicates(lambda w: w.sum(0), 5000).shape == (30,)


def test_bad_arrays_are_refused():
    with pytest.raises(DataError, match=r"different lengths.*3, 2"):
        bootstrap(lambda w, x, y: w.sum(0), [1, 2, 3], [1, 2])
    with pytest.raises(DataError, match="nothing to resample"):
        bootstrap(mean, [])
