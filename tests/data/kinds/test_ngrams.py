from collections import Counter

import numpy as np

from deepen.data.kinds.ngrams import BUCKETS, counts


def by_hand(ids, longest):
    """The multiplicities of every run, whatever bucket it falls into."""
    own = [i for i in ids if i]
    runs = Counter(tuple(own[at : at + n]) for n in range(1, longest + 1) for at in range(len(own) - n + 1))
    return sorted(runs.values())


def test_runs_are_counted():
    rng = np.random.default_rng(0)
    ids = rng.integers(1, 9, (20, 12)) * (np.arange(12) < rng.integers(1, 13, 20)[:, None])
    for longest in (1, 2, 4):
        found = counts(ids, longest)
        assert found.shape == (20, BUCKETS)
        for row in range(20):
            values = found.data[found.indptr[row] : found.indptr[row + 1]]
            assert sorted(values.tolist()) == by_hand(ids[row].tolist(), longest)


def test_order_and_length_part_runs_and_the_same_run_is_the_same_anywhere():
    found = counts(np.array([[3, 4, 0], [4, 3, 0], [9, 3, 4]]), 2).toarray()
    alone = counts(np.array([[3, 4], [4, 3]]), 1).toarray()
    np.testing.assert_array_equal(alone[0], alone[1])
    assert (found[0] != found[1]).any()
    assert ((found[0] > 0) <= (found[2] > 0)).all()


def test_texts_shorter_than_a_run():
    assert counts(np.array([[7]]), 4).sum() == 1
    assert counts(np.zeros((2, 3), int), 2).nnz == 0
