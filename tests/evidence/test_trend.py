from itertools import permutations

import numpy as np
import pytest

from deepen.evidence.trend import rising


def pairs(values):
    """In how many pairs the later one is larger, less those in which it is smaller."""
    return sum(np.sign(b - a) for k, a in enumerate(values) for b in values[k + 1 :])


@pytest.mark.parametrize("values", [(1, 2, 3, 4, 5), (2, 1, 3, 5, 4), (5, 4, 3, 2, 1), (3, 1, 2, 4)])
def test_it_is_the_share_of_orders_that_rise_as_steadily(values):
    orders = [pairs(order) for order in permutations(values)]
    assert rising(values) == pytest.approx(np.mean([s >= pairs(values) for s in orders]))


def test_by_chance_it_is_sure_as_seldom_as_it_says():
    rng = np.random.default_rng(0)
    sure = np.mean([rising(rng.normal(size=8).tolist()) < 0.05 for _ in range(400)])
    assert 0.005 < sure < 0.08


def test_where_there_is_no_telling_it_is_one():
    assert rising([]) == rising([3.0]) == rising([2.0, 2.0, 2.0]) == 1.0
