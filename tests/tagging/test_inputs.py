"""Rows become pieces that hold what they should, whatever their lengths; gaps and ends are marked."""

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.table import Table
from deepen.tagging import inputs
from deepen.tagging.inputs import encode, fit_steps, reader_from, reader_to
from deepen.tagging.lexicon import Lexicon
from deepen.tagging.rows import elements_of


def steps(rows):
    given = Table({"x": pa.chunked_array([pa.array(rows)])}, "a")
    return fit_steps(given, "x", np.arange(len(rows))), elements_of(given, "x", "series").rows


def test_steps_are_standardised_filled_and_marked_and_every_one_is_own():
    series, rows = steps([[1.0, None, 3.0], [5.0, None]])
    found = encode(series, rows)
    mean, std = 3.0, np.std([1.0, 3.0, 5.0])
    assert found.x[0, :, 0] == pytest.approx((np.array([1, 2, 3]) - mean) / std, abs=1e-5)
    assert found.x[1, :, 0] == pytest.approx(
        [2 / std, 2 / std, 0], abs=1e-5
    )  # held to its last step, which is its own
    assert found.x[..., 1].tolist() == [[0, 1, 0], [0, 1, 0]]
    assert found.x[..., 2].tolist() == [[1, 1, 1], [1, 1, 0]]


def test_all_lengths_alike_are_marked_too_so_that_other_ones_can_come():
    series, _ = steps([[1.0, 2.0]] * 3)
    assert series.ragged
    assert encode(series, [np.ones((7, 1)), np.ones((1, 1))]).x.shape == (2, 7, 2)


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    series, rows = steps([rng.normal(size=n).tolist() for n in rng.integers(1, 30, 50)])
    whole = encode(series, rows).x
    monkeypatch.setattr(inputs, "_VALUES", 40)
    assert np.array_equal(whole, encode(series, rows).x)


def test_targets_stand_beside_their_elements():
    lexicon = Lexicon.fit([["a", "b"]])
    found = encode(lexicon, [["a"], ["b", "c"]], [np.array([1]), np.array([0, 2])])
    assert found.target.tolist() == [[1, -1], [0, 2]]
    assert found.x.tolist() == [[1, 0], [2, 3]]
    assert (encode(lexicon, [["a"]]).target == -1).all()


def test_readers_are_kept_as_plain_data():
    series, _ = steps([[1.0, None, 2.0]])
    for reader in (series, Lexicon.fit([["a", "b", "a"]])):
        assert reader_from(reader_to(reader)) == reader
