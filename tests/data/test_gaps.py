"""Gaps are filled along straight lines, and the ends are held."""

import numpy as np
import pytest

from deepen.data.gaps import filled

NAN = np.nan


@pytest.mark.parametrize(
    ("given", "end", "wanted"),
    [
        ([1, NAN, 3], 3, [1, 2, 3]),
        ([NAN, NAN, 5, NAN], 4, [5, 5, 5, 5]),
        ([0, NAN, NAN, NAN, 8, NAN], 6, [0, 2, 4, 6, 8, 8]),
        ([NAN, NAN], 2, [0, 0]),
        ([1, 2, NAN, 7], 2, [1, 2, 0, 0]),
        ([1, 2, 9], 2, [1, 2, 0]),
        ([1, NAN, 9], 2, [1, 1, 0]),  # what stands behind the end is never looked at
    ],
)
def test_filled_as_by_hand(given, end, wanted):
    x = np.array(given, dtype=float).reshape(1, -1, 1)
    np.testing.assert_allclose(filled(x, np.arange(x.shape[1])[None] < end).ravel(), wanted)


def test_each_channel_and_each_series_by_itself():
    x = np.array([[[0, NAN], [NAN, 4], [2, NAN]], [[7, 1], [8, 2], [9, 3]]])
    got = filled(x, np.ones((2, 3), dtype=bool))
    np.testing.assert_allclose(got[0], [[0, 4], [1, 4], [2, 4]])
    np.testing.assert_array_equal(got[1], x[1])
    assert np.isnan(x[0, 1, 0])  # what was given stays as it was
