"""Which answers are worst."""

import numpy as np

from deepen.evidence.measures import score
from deepen.evidence.mistakes import badness, goodness, surest


def test_of_classes_only_wrong_answers_count_by_their_own_probability():
    p = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.45, 0.55]]
    bad = badness("two classes", [0, 1, 0, 0], p)
    np.testing.assert_array_equal(bad, [np.nan, 0.8, 0.7, 0.55])
    assert surest(bad, 2).tolist() == [1, 2]


def test_of_labels_the_surest_wrong_one_counts():
    p = [[0.9, 0.6], [0.05, 0.4], [0.9, 0.1]]
    np.testing.assert_allclose(badness("several labels", [[1, 0], [1, 1], [1, 0]], p), [0.6, 0.95, np.nan])


def test_of_numbers_every_one_is_off():
    assert surest(badness("number", [1.0, 2, 3], [1.0, 5, 1]), 9).tolist() == [1, 2, 0]


def test_equal_mistakes_keep_their_order():
    assert surest(np.array([0.5, 0.7, 0.7, np.nan, 0.7]), 3).tolist() == [1, 2, 4]


def test_the_mean_goodness_is_the_measure():
    rng = np.random.default_rng(0)
    truth, p = rng.integers(0, 3, 60), rng.dirichlet(np.ones(3), 60)
    assert goodness("many classes", truth, p).mean() == score("many classes", truth, p)["accuracy"].value
    hot = rng.integers(0, 2, (60, 3))
    mean = goodness("several labels", hot, p).mean()
    np.testing.assert_allclose(mean, score("several labels", hot, p)["label_accuracy"].value)
    y, said = rng.normal(size=(2, 60))
    np.testing.assert_allclose(-goodness("number", y, said).mean(), score("number", y, said)["mae"].value)
