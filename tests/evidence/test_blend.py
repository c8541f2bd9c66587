"""The blend is as good as the better half, and better where each has its field."""

import numpy as np
import pytest

from deepen.evidence.blend import Blend


def test_weights_are_the_likeliest():
    rng = np.random.default_rng(0)
    net, counts = rng.random(5000), rng.random(5000)
    seen = np.zeros(5000, np.int64)
    found = Blend.fit(net, counts, seen, 1).weights[0]
    grid = np.linspace(0.01, 0.99, 99)
    likelihood = [np.log(w * net + (1 - w) * counts).mean() for w in grid]
    assert found == pytest.approx(grid[int(np.argmax(likelihood))], abs=0.02)


def test_each_number_of_tokens_has_its_own_weight():
    seen = np.repeat([0, 1], 1000)
    net = np.where(seen == 0, 0.9, 0.1)
    counts = np.where(seen == 0, 0.1, 0.9)
    blend = Blend.fit(net, counts, seen, 3)
    assert blend.weights[0] > 0.95
    assert blend.weights[1] < 0.05
    assert 0 < blend.weights[2] < 1  # never met: that of all
    joined = blend.join(net, counts, seen)
    assert -np.log(joined).mean() < min(-np.log(net).mean(), -np.log(counts).mean())


def test_joined_probabilities_sum_to_one_and_plain_data_come_back():
    blend = Blend((0.2, 0.7))
    a, b = np.array([0.5, 0.5]), np.array([0.1, 0.9])
    assert blend.join(a, b, 1).tolist() == pytest.approx([0.38, 0.62])
    assert Blend.from_dict(blend.to_dict()) == blend


def test_without_a_validation_part_both_count_alike():
    empty = np.zeros(0)
    assert Blend.fit(empty, empty, np.zeros(0, np.int64), 2).weights == pytest.approx((0.5, 0.5))
