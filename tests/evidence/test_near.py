import time

import numpy as np
import pytest

from deepen.evidence.near import Neighbours, close_pairs, dimension, nearest, share_by_chance


def test_the_nearest_are_those_of_all_distances() -> None:
    x = np.random.default_rng(0).normal(size=(300, 5))
    found = nearest(x, k=4)
    apart = np.linalg.norm(x[:, None] - x[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    order = np.argsort(apart, axis=1)[:, :4]
    assert np.array_equal(found.ids, order)
    assert np.allclose(found.distances, np.take_along_axis(apart, order, 1), atol=1e-5)


def test_a_copy_has_distance_nought_to_the_last_bit() -> None:
    x = np.random.default_rng(0).normal(1000.0, 1.0, size=(50, 3))
    x[9] = x[4]
    found = nearest(x, k=1)
    assert (found.ids[9, 0], found.distances[9, 0]) == (4, 0.0)


def test_rows_are_asked_in_the_order_given_until_the_time_is_up() -> None:
    x = np.random.default_rng(0).normal(size=(1000, 3))
    order = np.arange(999, -1, -1)
    found = nearest(x, order, until=time.monotonic() - 1)
    assert found.rows.tolist() == order[: len(found.rows)].tolist()
    assert 0 < len(found.rows) < 1000


@pytest.mark.parametrize("m", [2, 5, 10])
def test_the_dimension_is_about_the_true_one(m: int) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3000, m)) @ rng.normal(size=(m, 30))  # a plane of m dimensions among 30
    assert 0.75 * m < dimension(nearest(x).distances) < 1.25 * m


def test_the_share_by_chance_falls_with_the_rows_and_rises_with_the_dimensions() -> None:
    assert share_by_chance(10_000, 10, 5) < share_by_chance(1000, 10, 5) < share_by_chance(1000, 10, 8)


@pytest.mark.parametrize("m", [2, 6, 30])
def test_chance_makes_no_pairs_near_and_planted_ones_are(m: int) -> None:
    false = 0
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(1000, m))
        false += len(close_pairs(nearest(x), 1000)[0])
        x[[0, 1]] = x[[500, 501]] + 1e-4 * rng.normal(size=(2, m))
        pairs, shares = close_pairs(nearest(x), 1000)
        assert {(0, 500), (1, 501)} <= set(map(tuple, pairs.tolist()))
        assert np.all(np.diff(shares) >= 0)
    assert false <= 8  # half a pair is expected in each of five sets, and they may come both ways


def test_a_given_limit_is_a_share_of_the_median_neighbour() -> None:
    found = Neighbours(
        np.arange(3), np.array([[1, 2, 3]] * 3), np.array([[0.2, 1.0, 5.0], [0.5, 1, 5], [0.9, 1, 5]])
    )
    assert close_pairs(found, 4, 0.3)[0].tolist() == [[0, 1]]


def test_too_few_rows_have_no_pairs() -> None:
    x = np.zeros((2, 3))
    assert len(close_pairs(nearest(x), 2)[0]) == 0
    assert len(nearest(np.zeros((1, 3))).rows) == 0
