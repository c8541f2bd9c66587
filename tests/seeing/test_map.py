"""Maps: principal components are those of the covariance; neighbours stay neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from deepen.errors import DataError
from deepen.seeing import map as maps


def test_components_are_those_of_the_covariance():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5)) * [5, 3, 1, 0.5, 0.1] + 9
    points, shares = maps.components(x)
    values = np.linalg.eigvalsh(np.cov(x.T))[::-1]
    assert points.var(0, ddof=1) == pytest.approx(values[:2])
    assert shares == pytest.approx(tuple(values[:2] / values.sum()))
    assert abs(np.corrcoef(points.T)[0, 1]) < 1e-9


def test_one_number_each_has_one_component():
    points, shares = maps.components(np.arange(5.0)[:, None])
    assert shares == (1.0, 0.0)
    assert points[:, 1].tolist() == [0.0] * 5


def test_groups_that_lie_apart_stay_apart_on_the_map_of_neighbours():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=(20, 60)) + 12 * k for k in range(3)])
    points = maps.neighbours(x, seed=1)
    group = np.repeat(range(3), 20)
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (group[distance.argmin(1)] == group).all()
    assert np.array_equal(points, maps.neighbours(x, seed=1))


def test_too_few_and_too_many_are_refused(monkeypatch):
    with pytest.raises(DataError, match="too few examples"):
        maps.components(np.zeros((3, 2)))
    monkeypatch.setattr(maps, "MOST", 10)
    with pytest.raises(DataError, match="too many examples for a map; allowed: up to 10; came: 11"):
        maps.neighbours(np.zeros((11, 2)))
