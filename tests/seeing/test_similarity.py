"""CKA: the direct formula, what it must not change with, and no bias from few examples."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from deepen.errors import DataError
from deepen.seeing.similarity import Alignment, cka, hsic


def test_the_estimate_is_the_sum_over_distinct_examples():
    """Song et al. 2012, equation 4: sums over all pairs, triples and quadruples of distinct examples."""
    rng = np.random.default_rng(0)
    n = 6
    K, L = (x @ x.T for x in (rng.normal(size=(n, 3)), rng.normal(size=(n, 2))))
    pairs = [K[i, j] * L[i, j] for i in range(n) for j in range(n) if i != j]
    threes = [K[i, j] * L[i, q] for i in range(n) for j in range(n) for q in range(n) if len({i, j, q}) == 3]
    fours = [
        K[i, j] * L[q, r]
        for i in range(n) for j in range(n) for q in range(n) for r in range(n) if len({i, j, q, r}) == 4
    ]  # fmt: skip
    expected = np.mean(pairs) + np.mean(fours) - 2 * np.mean(threes)
    assert float(hsic(torch.tensor(K), torch.tensor(L))) == pytest.approx(expected, rel=1e-10)


def test_with_many_examples_it_is_kornbliths_formula():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1500, 8))
    y = np.tanh(x @ rng.normal(size=(8, 5))) + 0.3 * rng.normal(size=(1500, 5))
    a, b = x - x.mean(0), y - y.mean(0)
    direct = np.linalg.norm(b.T @ a) ** 2 / (np.linalg.norm(a.T @ a) * np.linalg.norm(b.T @ b))
    assert cka(x, y) == pytest.approx(direct, abs=0.008)
    assert cka(x, y, batch=200) == pytest.approx(direct, abs=0.02)


def test_turning_and_scaling_change_nothing_but_stretching_does():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(120, 6)), rng.normal(size=(120, 6)) + 1
    y[:, :3] += x[:, :3]
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    assert cka(7 * x @ turn + 3, y) == pytest.approx(cka(x, y), abs=1e-9)
    assert abs(cka(x * [9, 1, 1, 1, 1, 1], y) - cka(x, y)) > 0.02


def test_few_examples_of_many_numbers_are_not_held_to_be_alike():
    rng = np.random.default_rng(3)
    found = [cka(rng.normal(size=(20, 300)), rng.normal(size=(20, 300))) for _ in range(40)]
    assert abs(np.mean(found)) < 0.03  # the biased estimate is 0.93 here


def test_a_level_that_never_changes_has_no_similarity():
    found = Alignment()
    found.add([torch.randn(8, 3), torch.ones(8, 2)])
    assert np.isnan(found.value()[0, 1])
    assert found.value()[0, 0] == pytest.approx(1)


def test_too_few_and_unlike_examples_are_refused():
    with pytest.raises(DataError, match="too few examples"):
        Alignment().add([torch.randn(3, 2)])
    with pytest.raises(DataError, match="different examples"):
        cka(np.zeros((5, 2)), np.zeros((6, 2)))
    with pytest.raises(DataError, match="nothing to compare"):
        Alignment().value()
