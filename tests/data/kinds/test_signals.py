"""Signals in every form in which they come, and what is said of those that cannot be read."""

import json

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.kinds.signals import Signals
from deepen.errors import DataError

NAN = np.nan


def where(row):
    return f"a.jsonl, line {row + 1}"


def lists(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def signals(column):
    return Signals({"ecg": column}, where)


def read(column, channels=None):
    opened = signals(column)
    rows = np.arange(len(opened))
    return opened.some(rows, opened.channels(rows) if channels is None else channels)


def by_row(steps):
    row, _ = steps.places
    return [steps.values[row == at].tolist() for at in range(len(steps.counts))]


PLAIN = [[1.0, 2.0, 3.0], [4.0]]
WIDE = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]]


@pytest.mark.parametrize(
    "column",
    [
        lists(PLAIN),
        lists(PLAIN, pa.large_list(pa.float32())),
        lists([[1, 2, 3], [4]]),
        lists([[["1"], ["2"], ["3"]], [["4"]]]),
        lists([json.dumps(v) for v in PLAIN]),
        pa.chunked_array([pa.array([[9.0], *PLAIN]).slice(1)]),
        pa.chunked_array([[PLAIN[0]], [PLAIN[1]]]),
    ],
    ids=["floats", "large", "whole", "words", "text", "slice", "chunks"],
)
def test_one_channel_in_every_form(column):
    steps = read(column)
    assert by_row(steps) == [[[1.0], [2.0], [3.0]], [[4.0]]]
    assert (steps.lengths.tolist(), dict(steps.bad)) == ([3, 1], {})


@pytest.mark.parametrize("column", [lists(WIDE), lists([json.dumps(v) for v in WIDE])])
def test_several_channels(column):
    steps = read(column)
    assert by_row(steps) == WIDE
    np.testing.assert_array_equal(steps.padded(1), [[[1, 2]], [[5, 6]]])
    np.testing.assert_array_equal(steps.padded(3)[1], [[5, 6], [NAN, NAN], [NAN, NAN]])


def test_a_block_and_an_array_are_read_alike():
    X = np.arange(12.0).reshape(3, 4)
    block = Signals({f"t{i}": pa.chunked_array([[str(v) for v in X[:, i]]]) for i in range(4)}, where)
    for opened in (block, signals(X), signals(X[..., None])):
        np.testing.assert_array_equal(opened.some(np.array([2, 0]), 1).padded(4)[..., 0], X[[2, 0]])
    assert signals(X.reshape(3, 2, 2)).channels(np.arange(3)) == 2


def test_a_series_ends_with_its_last_value():
    steps = read(lists([[1.0, None, 2.0, None], [None, 3.0, NAN, NAN]]))
    assert steps.lengths.tolist() == [3, 2]
    steps = read(lists([[[1.0, None], None, [None, 2.0], [None, None]]]))
    assert steps.lengths.tolist() == [3]
    assert read(np.array([[1.0, NAN], [1.0, 2.0]])).lengths.tolist() == [1, 2]


GOOD = [[1.0, 2.0]] * 3


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([*GOOD, [1.0, "x"]], "not a number at step 2: 'x'"),
        ([*GOOD, [1.0, {"a": 1}]], "not a number at step 2"),
        ([*GOOD, []], "an empty list"),
        ([*GOOD, None], "no list of numbers"),
        ([*GOOD, 7.0], "no list of numbers"),
        ([*GOOD, [None, None]], "every value is missing"),
        ([*GOOD, [1.0, float("inf")]], "infinite, or beyond 1e\\+30, at step 2"),
        ([*GOOD, [-1e200, float("inf")]], "at step 1"),
        ([*GOOD, [[1.0, 2.0], [3.0, 4.0]]], "step 1 has 2 channels, not 1"),
        ([*WIDE, [[1.0, 2.0], [3.0]]], "step 2 has 1 channel, not 2"),
        ([*WIDE, [1.0, 2.0]], "step 1 has 1 channel, not 2"),
        ([*WIDE, [[1.0, 2.0], 3.0]], "step 2 is one number"),
        ([*GOOD, "["], "no list of numbers"),
    ],
)
def test_what_cannot_be_read_is_told_by_row_and_step(rows, why):
    text = lists([v if isinstance(v, str) else None if v is None else json.dumps(v) for v in rows])
    opened = signals(text)
    steps = opened.some(np.arange(len(rows)), opened.channels(np.arange(len(rows))))
    assert list(steps.bad) == [len(rows) - 1]
    with pytest.raises(DataError, match=why):
        raise DataError(steps.bad[len(rows) - 1])
    assert (steps.counts[-1], steps.lengths[-1]) == (0, 0)
    assert len(steps.values) == steps.counts.sum()
    assert opened.name(len(rows) - 1) == f"a.jsonl, line {len(rows)}, column 'ecg'"


def test_clean_lists_with_a_bad_one_among_them():
    for rows in ([*GOOD, []], [*GOOD, None], [*WIDE, [[1.0]]], [*WIDE, None], [*GOOD, [NAN]]):
        steps = read(lists(rows))
        assert list(steps.bad) == [len(rows) - 1]
        assert by_row(steps)[0] == [[v] if isinstance(v, float) else v for v in rows[0]]


def test_columns_that_are_no_signals():
    with pytest.raises(DataError, match=r"column 'ecg': .*came: double.*--kind 'x1\.\.x140=series'"):
        signals(pa.chunked_array([[1.0, 2.0]]))
    with pytest.raises(DataError, match="holds no signals"):
        signals(np.zeros((2, 3, 4, 1)))
    with pytest.raises(DataError, match="line 2, column 't2': not a number; came: 'x'"):
        Signals({"t1": pa.chunked_array([["1", "2"]]), "t2": pa.chunked_array([["1", "x"]])}, where)
    assert "2 channels" in read(np.zeros((2, 5, 2)), 1).bad[0]
