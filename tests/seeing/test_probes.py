"""Probes: what is there in a straight line is found, what is not is not, and no row is scored by what it taught."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from deepen.errors import DataError
from deepen.nets.standing import Standing
from deepen.seeing.probes import chance, predicted, probe, summary


def test_a_linear_rule_is_found_and_exclusive_or_is_not():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 5))
    line = (x[:, 0] + x[:, 1] > 0).astype(np.int64)
    xor = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(np.int64)
    assert probe(x, line, "two classes", ("no", "yes")).value > 0.95
    found = probe(x, xor, "two classes", ("no", "yes"))
    assert found.low < 0.5 < found.high + 0.1
    assert (found.name, found.method, found.n) == ("accuracy", "wilson", 400)


def test_noise_is_never_learned_by_heart():
    """With more numbers than rows, a probe that is scored on what it has seen is always right."""
    rng = np.random.default_rng(1)
    found = probe(rng.normal(size=(120, 500)), rng.integers(0, 2, 120), "two classes")
    assert 0.3 < found.value < 0.7


def test_with_a_training_part_the_others_are_scored():
    x = np.concatenate([np.linspace(-1, 1, 40), np.linspace(-1, 1, 20)])[:, None]
    y = (x[:, 0] > 0).astype(np.int64)
    train = np.arange(60) < 40
    y[~train] = 1 - y[~train]  # the opposite is true there
    found = probe(x, y, "two classes", train=train)
    assert (found.value, found.n) == (0.0, 20)


def test_numbers_and_labels():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 3))
    r2 = probe(x, x @ [1, -2, 0.5] + 0.1 * rng.normal(size=300), "number")
    assert (r2.name, r2.value > 0.95) == ("r2", True)
    both = probe(x, (x[:, :2] > 0).astype(np.float32), "several labels", ("a", "b"))
    assert (both.name, both.value > 0.9) == ("label_accuracy", True)


def test_a_class_that_is_in_one_fold_alone_has_a_column_all_the_same():
    rng = np.random.default_rng(3)
    y = np.array([0] * 30 + [1] * 30 + [2])
    answers = predicted(rng.normal(size=(61, 2)), y, "many classes", 3)
    assert answers.shape == (61, 3)
    assert answers.sum(1) == pytest.approx(1)


def test_chance():
    assert chance(np.array([0, 0, 1, 2]), "many classes") == 0.5
    assert chance(np.array([[1, 0], [1, 0], [1, 1], [0, 0]]), "several labels") == 0.75
    assert chance(np.arange(4.0), "number") == 0.0


def test_too_few_rows_are_refused():
    with pytest.raises(DataError, match="too few examples for a probe"):
        probe(np.zeros((9, 2)), np.zeros(9, dtype=np.int64), "two classes")


def test_a_summary_keeps_where_things_stand():
    x = torch.zeros(2, 1, 8)
    x[0, 0, :4], x[1, 0, 4:] = 1, 1
    a, b = summary(Standing(x), most=2)
    assert (a.tolist(), b.tolist()) == ([1.0, 0.0], [0.0, 1.0])


def test_a_summary_of_a_short_example_is_of_its_own_places():
    x = torch.arange(12.0).view(1, 1, 12).repeat(3, 1, 1)
    own = torch.arange(12) < torch.tensor([[12], [4], [1]])
    found = summary(Standing(x.masked_fill(~own[:, None], 99.0), own), most=2)
    assert found.tolist() == [[2.5, 8.5], [0.5, 2.5], [0.0, 0.0]]
