import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deepen.errors import SettingError
from deepen.evidence.held_out import folds_of, learner, out_of_fold, two_sample


def test_folds_keep_copies_together_and_shares_of_classes() -> None:
    rng = np.random.default_rng(0)
    units = rng.integers(0, 400, 1000)
    labels = (units % 4 == 0).astype(np.int64)
    fold = folds_of(labels, units, 5, seed=1)
    assert all(len(set(fold[units == u])) == 1 for u in np.unique(units))
    for label in (0, 1):
        counts = [len(np.unique(units[(labels == label) & (fold == f)])) for f in range(5)]
        assert max(counts) - min(counts) <= 1
    assert np.array_equal(fold, folds_of(labels, units, 5, seed=1))
    assert not np.array_equal(fold, folds_of(labels, units, 5, seed=2))


@pytest.mark.parametrize("way", ["boosting", "kernel", "words"])
def test_no_row_is_answered_by_who_has_seen_it(way: str) -> None:
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(150, 6)), 2, axis=0)  # each row twice, with one random label
    y = np.repeat(rng.integers(0, 2, 150), 2)
    features = csr_matrix(x) if way == "words" else x
    p, rows = out_of_fold(lambda at: features[at], y, np.repeat(np.arange(150), 2), way=way, classes=2)
    assert abs(((p[:, 1] > 0.5) == y).mean() - 0.5) < 0.12  # who saw the copy would be right
    assert np.allclose(p.sum(axis=1), 1)
    assert rows == 240


def test_what_can_be_learned_is_learned_and_the_rows_follow_the_clock() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, 4))
    y = (x[:, 0] > 0).astype(np.int64)
    p, rows = out_of_fold(lambda at: x[at], y, np.arange(3000), way="boosting", classes=2, seconds=0.0)
    assert rows == 1000
    assert (p.argmax(axis=1) == y).mean() > 0.95


def test_a_class_in_one_fold_alone_has_probability_nought_there() -> None:
    x = np.random.default_rng(0).normal(size=(100, 2))
    y = np.zeros(100, dtype=np.int64)
    y[0] = 1
    p, _ = out_of_fold(lambda at: x[at], y, np.arange(100), way="boosting", classes=3)
    assert p[0, 1] == 0.0
    assert (p[:, 2] == 0).all()


def test_two_samples_alike_and_shifted() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1200, 3))
    second = (np.arange(1200) >= 600).astype(np.int64)

    def told(features: np.ndarray) -> float:
        judged, p = two_sample(lambda at: features[at], np.arange(1200), second, way="boosting")
        assert len(set(judged.tolist())) == 600
        return float(((p > 0.5) == second[judged]).mean())

    assert abs(told(x) - 0.5) < 0.08
    assert told(x + 3 * second[:, None]) > 0.95


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(SettingError, match="kernel"):
        learner("kernels", 3, 0)
