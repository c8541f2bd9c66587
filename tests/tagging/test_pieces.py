"""Every step of every row is answered exactly once, with its neighbours beside it."""

import numpy as np
import pytest

from deepen.tagging.pieces import cut


@pytest.mark.parametrize(("most", "beside"), [(5, 2), (1, 0), (7, 100), (100, 3)])
def test_all_is_answered_once_and_put_back_where_it_was(most, beside):
    rng = np.random.default_rng(0)
    rows = [rng.integers(1, 99, n) for n in (1, 0, 5, 6, 37, 100)]
    pieces = cut(np.array([len(r) for r in rows]), most, beside)
    laid = pieces.lay(rows)
    assert laid.shape == (len(pieces), max(pieces.lengths))
    into = [np.zeros(len(r), int) for r in rows]
    times = [np.zeros(len(r), int) for r in rows]
    for at in range(len(pieces)):
        length = pieces.lengths[at]
        assert (laid[at, length:] == 0).all()
        pieces.gather(at, laid[at, :length], into)
        times[pieces.row[at]][pieces.begin[at] : pieces.end[at]] += 1
        assert pieces.end[at] - pieces.begin[at] <= most
    for row, back, count in zip(rows, into, times, strict=True):
        assert (row == back).all()
        assert (count == 1).all()


def test_a_border_has_its_neighbours_and_what_is_read_twice_is_answered_once():
    pieces = cut(np.array([20]), most=10, beside=3)
    assert (pieces.first.tolist(), pieces.last.tolist()) == ([0, 7], [13, 20])
    target = pieces.lay([np.arange(20)], -1, answered=True)
    assert sorted(target[target >= 0].tolist()) == list(range(20))
    assert target[1, :3].tolist() == [-1, -1, -1]


def test_rows_of_several_channels_and_no_rows():
    assert cut(np.array([3, 2])).lay([np.ones((3, 2)), np.ones((2, 2))]).sum() == 10
    assert cut(np.zeros(0, int)).lay([]).shape == (0, 1)
