"""Lists of numbers, fast where they are clean and one by one where they are not, are the same signals."""

import json

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.lists import Unread, nested, of_lists, of_values, one, written

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("channels", [1, 3])
def test_both_ways_read_the_same(channels):
    lengths = RNG.integers(1, 9, 30)
    rows = [RNG.normal(size=(n, channels)).tolist() for n in lengths]
    rows[4][0][0] = None
    if channels == 1:
        rows = [[step[0] for step in row] for row in rows]
    fast = of_lists(pa.chunked_array([rows]), channels)
    slow = of_values(rows, channels)
    assert fast is not None
    np.testing.assert_array_equal(fast[0], slow[0])
    np.testing.assert_array_equal(fast[1], lengths)
    np.testing.assert_array_equal(slow[1], lengths)
    assert np.isnan(fast[0]).sum() == 1


@pytest.mark.parametrize("rows", [[[1.0], None], [[[1.0], None]], [[[1.0, 2.0]]], [["a"]], ["[1]"]])
def test_what_is_not_clean_is_left_to_the_slow_way(rows):
    assert of_lists(pa.chunked_array([pa.array(rows)]), 1) is None


def test_numbers_as_words_and_nothing_at_a_step():
    np.testing.assert_array_equal(one(["1", "", None, True], 1), [[1], [np.nan], [np.nan], [1]])
    np.testing.assert_array_equal(one([None, [1, 2], []], None), [[np.nan] * 2, [1, 2], [np.nan] * 2])
    with pytest.raises(Unread, match="not a number at step 2"):
        one([1, 10**400], 1)
    with pytest.raises(Unread, match="no list"):
        one("[" * 100_000, 1)


def test_nested_and_written():
    def kind(values):
        return nested(pa.chunked_array([pa.array(values)]))

    assert kind([[1], [2]]) and kind([[[1.5]], []])
    assert not kind([["a"]]) and not kind([1]) and not kind([[[[1]]]])
    assert not nested(np.zeros((3, 4)))
    assert written([json.dumps([1, None]), " [2] "])
    assert not written([]) and not written(["[1]", "x"]) and not written(['["a"]'])
