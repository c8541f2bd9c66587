"""The order of the classes, against every order of a small world, and its invariances."""

import itertools

import numpy as np
import pytest

from deepen.errors import DataError
from deepen.evidence.confusion import arrange, order


def neighbours(counts, at):
    """How alike the neighbours of an order are: what it makes large."""
    shares = counts / counts.sum(1, keepdims=True)
    alike = (shares + shares.T) / 2
    return sum(alike[a, b] for a, b in itertools.pairwise(at))


def blocks(sizes, seed=0):
    """Classes that are confused within blocks alone, and the block of each."""
    rng = np.random.default_rng(seed)
    block = np.repeat(np.arange(len(sizes)), sizes)
    counts = rng.integers(1, 9, (len(block), len(block))) * (block[:, None] == block)
    np.fill_diagonal(counts, 50)
    return counts, block


def test_confused_classes_stand_together_however_they_are_shuffled():
    counts, block = blocks([4, 3, 5, 2])
    for seed in range(5):
        shuffled = np.random.default_rng(seed).permutation(len(block))
        at = order(counts[np.ix_(shuffled, shuffled)])
        runs = [key for key, _ in itertools.groupby(block[shuffled][at])]
        assert sorted(at) == list(range(len(block)))
        assert len(runs) == 4


def test_a_chain_of_classes_is_found():
    k = 7
    counts = 100 * np.eye(k, dtype=int) + 5 * (np.eye(k, k=1, dtype=int) + np.eye(k, k=-1, dtype=int))
    shuffled = np.array([3, 0, 6, 2, 5, 1, 4])
    at = shuffled[order(counts[np.ix_(shuffled, shuffled)])]
    best = max(neighbours(counts, each) for each in itertools.permutations(range(k)))
    assert neighbours(counts, at) == pytest.approx(best)


@pytest.mark.parametrize("counts", [np.diag([5, 0, 3, 2]), np.zeros((3, 3), int), [[5, 1], [2, 5]], [[3]]])
def test_where_order_tells_nothing_it_stays(counts):
    assert order(np.array(counts)).tolist() == list(range(len(counts)))


def test_of_an_order_and_its_reverse_the_given_one_stays():
    counts = np.array([[9, 0, 0, 3], [0, 9, 2, 0], [0, 2, 9, 0], [3, 0, 0, 9]])
    assert order(counts).tolist()[0] == 0
    assert order(counts[::-1, ::-1]).tolist()[0] == 0


def test_more_classes_follow_those_given_before_them_than_not():
    for seed in range(20):
        counts = np.random.default_rng(seed).poisson(1.0, (6, 6)) + 9 * np.eye(6, dtype=int)
        at = order(counts)
        assert sum(np.sign(b - a) for a, b in itertools.combinations(at, 2)) >= 0


def test_the_matrix_keeps_every_count_at_its_labels():
    counts, _ = blocks([3, 4], seed=1)
    labels = [f"c{k}" for k in range(7)]
    found = arrange(labels, counts)
    again = {(a, b): n for a, row in zip(found.labels, found.counts, strict=True)
             for b, n in zip(found.labels, row, strict=True)}  # fmt: skip
    assert again == {(labels[i], labels[j]): counts[i, j] for i in range(7) for j in range(7)}


def test_pairs_count_both_ways_and_the_worst_is_first():
    found = arrange("abc", [[10, 4, 0], [1, 20, 2], [0, 5, 30]])
    assert [(p.one, p.other, p.one_as_other, p.other_as_one, p.count, p.of) for p in found.pairs] == [
        ("b", "c", 2, 5, 7, 58),
        ("a", "b", 4, 1, 5, 37),
    ]


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(DataError, match="does not fit"):
        arrange("ab", np.eye(3))
