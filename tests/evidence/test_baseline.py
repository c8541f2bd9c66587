import numpy as np
import pytest
from sklearn.linear_model import Ridge

from deepen.evidence import baseline


@pytest.mark.parametrize("shape", [(200, 4), (20, 30), (30, 30)])
def test_ridge_is_scikit_learns_on_standardised_columns(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(3, rng.uniform(0.1, 5, shape[1]), shape), rng.normal(size=(shape[1], 2))
    y, new = x @ w + rng.normal(size=(shape[0], 2)), rng.normal(3, 1, (10, shape[1]))
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    theirs = Ridge(alpha=0.1 * shape[1]).fit((x - mean) / scale, y).predict((new - mean) / scale)
    np.testing.assert_allclose(baseline.ridge(x, y)(new), theirs, rtol=1e-8)


def test_the_equations_are_no_more_than_the_rows(monkeypatch) -> None:
    solved, solve = [], np.linalg.solve
    monkeypatch.setattr(np.linalg, "solve", lambda a, b: solved.append(a.shape) or solve(a, b))
    x = np.random.default_rng(0).normal(size=(12, 4096)).astype(np.float32)
    found = baseline.ridge(x, x[:, :3])(x)
    assert (solved, found.dtype) == ([(12, 12)], np.float32)


def test_a_constant_column_and_more_columns_than_rows_are_no_trouble() -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([np.ones((20, 1)), rng.normal(size=(20, 50))], axis=1)
    assert np.isfinite(baseline.ridge(x, rng.normal(size=(20, 1)))(x)).all()


def test_the_majority_answers_the_shares() -> None:
    hot = np.eye(2)[[0, 0, 0, 1]]
    np.testing.assert_array_equal(baseline.majority(hot, 3), [[0.75, 0.25]] * 3)


def test_rows_enough_are_chosen_evenly() -> None:
    assert len(baseline.some_of(np.arange(50))) == 50
    some = baseline.some_of(np.arange(100_000))
    assert len(some) == 10_000
    assert (some[0], some[-1]) == (0, 99_999)


def test_blocks_give_what_the_whole_gives(monkeypatch) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3)).astype(np.float32)
    answer = baseline.ridge(x, x[:, :1])
    whole = answer(x)
    monkeypatch.setattr(baseline, "_BLOCK", 7)
    np.testing.assert_allclose(baseline.in_blocks(answer, x.__getitem__, np.arange(50)), whole, rtol=1e-6)
