"""Series are standardised by own steps, filled, marked, and ended, as worked out by hand."""

import json

import numpy as np
import pyarrow as pa
import pytest
import torch

from deepen.data.kinds import from_dict, to_dict
from deepen.data.kinds.augmentation import Augmentation
from deepen.data.kinds.series import Series
from deepen.data.kinds.signals import Signals
from deepen.data.table import Table
from deepen.shapes import Sequence

NAN = np.nan


def lists(values):
    return pa.chunked_array([pa.array(values)])


def fitted(column, rows=None, **options):
    opened = Signals({"ecg": column}, str)
    return Series.fit(opened, np.arange(len(column)) if rows is None else rows, **options)


def encoded(kind, column):
    opened = Signals({"ecg": column}, str)
    out = np.zeros((len(column), *kind.stored[1]), dtype=kind.stored[0])
    bad = kind.encode_into(opened, out, workers=1, stop=lambda: False, progress=lambda done, of: None)
    return out, bad


def test_standardised_as_by_hand():
    column = lists([[1.0, 3.0], [5.0, 7.0]])  # mean 4, deviation root of 5
    kind = fitted(column)
    assert kind.mean == (4.0,)
    assert kind.std[0] == pytest.approx(5**0.5)
    assert kind.shape == Sequence(1, 2, False)
    np.testing.assert_allclose(
        encoded(kind, column)[0][..., 0], np.array([[-3, -1], [1, 3]]) / 5**0.5, rtol=1e-6
    )


def test_each_channel_has_its_own_scale():
    X = np.random.default_rng(0).normal([5, -100], [0.1, 30], size=(50, 20, 2))
    kind = fitted(X)
    out, _ = encoded(kind, X)
    np.testing.assert_allclose(out.mean(axis=(0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(out.std(axis=(0, 1)), 1, atol=1e-5)
    assert str(kind) == "20 steps of 2 channels"


def test_a_gap_is_filled_and_marked():
    column = lists([[0.0, None, 4.0], [0.0, 2.0, 4.0]])  # mean 2, deviation root of 16 / 5
    kind = fitted(column)
    assert kind.marks == (True,)
    assert kind.shape == Sequence(2, 3, False)
    out, _ = encoded(kind, column)
    np.testing.assert_allclose(out[0, :, 0], out[1, :, 0], atol=1e-6)
    np.testing.assert_array_equal(out[:, :, 1], [[0, 1, 0], [0, 0, 0]])


def test_gaps_that_training_did_not_have_are_filled_unmarked():
    kind = fitted(lists([[0.0, 2.0, 4.0]] * 3))
    assert kind.shape.c == 1
    out, bad = encoded(kind, lists([[0.0, None, 4.0], [0.0, 2.0], [0.0, 2.0, 4.0, 9.0]]))
    assert bad == {}
    np.testing.assert_allclose(out[0, :, 0] * kind.std[0] + kind.mean[0], [0, 2, 4], atol=1e-6)
    np.testing.assert_allclose(out[1, :, 0] * kind.std[0] + kind.mean[0], [0, 2, 2], atol=1e-6)  # held
    np.testing.assert_allclose(out[2, :, 0] * kind.std[0] + kind.mean[0], [0, 2, 4], atol=1e-6)  # cut


def test_only_the_channel_that_misses_values_is_marked():
    X = np.arange(24.0).reshape(2, 4, 3)
    X[0, 1, 2] = NAN
    kind = fitted(X)
    assert (kind.marks, kind.shape.c) == ((False, False, True), 4)
    assert encoded(kind, X)[0][..., 3].sum() == 1


def test_unequal_lengths_mark_own_steps_and_leave_nothing_behind_the_end():
    column = lists([[1.0, None, 3.0], [2.0], [4.0, 5.0, 6.0]])
    kind = fitted(column)
    assert kind.shape == Sequence(3, 3, True)
    out, _ = encoded(kind, column)
    np.testing.assert_array_equal(out[..., -1], [[1, 1, 1], [1, 0, 0], [1, 1, 1]])
    np.testing.assert_array_equal(out[..., 1], [[0, 1, 0], [0, 0, 0], [0, 0, 0]])
    assert (out[1, 1:] == 0).all()
    short = kind.to_net(torch.from_numpy(out[[1, 1]]))
    assert short.shape == (2, 1, 3)  # trimmed to the batch's longest


def test_a_block_with_missing_ends_is_ragged():
    X = np.arange(20.0).reshape(4, 5)
    X[1, 3:] = NAN
    kind = fitted(X)
    assert kind.ragged
    assert kind.marks == (False,)
    np.testing.assert_array_equal(encoded(kind, X)[0][..., -1].sum(axis=1), [5, 3, 5, 5])


def test_what_lies_outside_the_training_part_changes_nothing():
    rng = np.random.default_rng(0)
    clean = [rng.normal(size=n).tolist() for n in rng.integers(3, 9, 40)]
    rows = np.arange(30)
    spoilt = [*clean[:30], [1e9] * 500, [None, 1.0, None, 1.0], [float("inf")], [-1e9], *clean[34:]]
    assert fitted(lists(clean), rows) == fitted(lists(spoilt), rows)
    assert fitted(lists(clean), rows) != fitted(lists(spoilt))
    kind = fitted(lists(clean), rows)
    np.testing.assert_array_equal(encoded(kind, lists(clean))[0][:30], encoded(kind, lists(spoilt))[0][:30])


def test_rows_that_cannot_be_read_are_named_and_stay_zero():
    column = lists([json.dumps(v) for v in ([1.0, 2.0], [1.0, "x"], [3.0, 4.0], [])])
    kind = fitted(column)
    assert (kind.mean, kind.longest, kind.ragged) == ((2.5,), 2, False)
    out, bad = encoded(kind, column)
    assert bad == {1: "not a number at step 2: 'x'", 3: "an empty list"}
    assert (out[[1, 3]] == 0).all()
    marked = Series(2, (0.0,), (1.0,), (True,), ragged=False)  # where a gap would be marked
    assert (encoded(marked, column)[0][[1, 3]] == 0).all()


@pytest.mark.parametrize(
    "values", [[[5.0] * 4] * 3, [[1e29] * 4, [-1e29] * 4], [[1e-30, 0.0]] * 2, [[None]] * 2, [[]]]
)
def test_degenerate_series_stay_finite(values):
    column = lists([json.dumps(v) for v in values])
    kind = fitted(column)
    out, _ = encoded(kind, lists([json.dumps(v) for v in [*values, [1e30, -1e30, 0]]]))
    assert np.isfinite(out).all()
    assert np.isfinite(kind.plain(out)).all()


def test_the_longest_are_cut_counted_and_said():
    column = lists([[float(i)] * 10 for i in range(300)] + [[1.0] * 50])
    kind = fitted(column)
    assert (kind.longest, kind.cut, kind.ragged) == (10, 1, False)
    assert "1 longer ones lose their end" in str(kind)
    assert fitted(lists([[0.0, 1.0] * 8000])).longest == 10_000


def test_many_blocks_are_encoded_as_one(monkeypatch):
    column = lists([np.sin(np.arange(n) / 3).tolist() for n in range(2, 60)])
    whole = encoded(fitted(column), column)[0]
    monkeypatch.setattr("deepen.data.kinds.series._VALUES", 64)
    np.testing.assert_allclose(encoded(fitted(column), column)[0], whole, atol=1e-6)


def test_a_batch_is_varied_only_where_it_is_said_how():
    column = lists([[1.0, None, 3.0], [2.0], [4.0, 5.0, 6.0]])
    kind = fitted(column)
    values = torch.from_numpy(encoded(kind, column)[0])
    generator = torch.Generator().manual_seed(0)
    for how in (None, Augmentation(), Augmentation(flip=True, shift=2)):
        torch.testing.assert_close(kind.to_net(values, how, generator), values)
    torch.testing.assert_close(kind.to_net(values, Augmentation(gain=0.5)), values)
    for how in (Augmentation(gain=0.5), Augmentation(speed=0.3), Augmentation(noise=0.1)):
        assert not torch.equal(kind.to_net(values, how, generator), values)
    whole = kind.to_net(values, Augmentation(gain=0.5), torch.Generator().manual_seed(0))
    part = kind.to_net(values[1:2], Augmentation(gain=0.5), torch.Generator().manual_seed(0), slice(1, 3, 3))
    torch.testing.assert_close(part[0], whole[1, : part.shape[1]])  # as the whole batch would have drawn


def test_plain_features_as_by_hand():
    kind = Series(4, (0.0,), (1.0,), (False,), ragged=True)
    values = np.array([[[1, 1], [3, 1], [0, 0], [0, 0]], [[1, 1], [2, 1], [3, 1], [6, 1]]], dtype=np.float32)
    np.testing.assert_allclose(
        kind.plain(values),
        [[1, 3, 0, 0, 2, 1, 1, 3, 0.5], [1, 2, 3, 6, 3, 3.5**0.5, 1, 6, 1]],
        rtol=1e-6,
    )


def test_plain_features_of_long_series_are_averages():
    kind = Series(600, (0.0, 0.0), (1.0, 1.0), (False, False), ragged=False)
    x = np.random.default_rng(0).normal(size=(3, 600, 2)).astype(np.float32)
    plain = kind.plain(x)
    assert plain.shape == (3, 2 * 200 + 8)
    np.testing.assert_allclose(plain[:, :2], x[:, :3].mean(axis=1), rtol=1e-5)


def test_a_block_reads_its_columns():
    columns = {f"t{i}": pa.chunked_array([[float(i), 2.0]]) for i in range(3)}
    table = Table({**columns, "y": pa.chunked_array([["a", "b"]])}, "a.csv")
    kind = Series.fit(Signals(columns, table.where), np.arange(2), block=tuple(columns))
    assert kind.columns("signal") == ("t0", "t1", "t2")
    opened = kind.open(table, "signal")
    np.testing.assert_array_equal(opened.some(np.array([0]), 1).values.ravel(), [0, 1, 2])
    assert opened.name(1) == "a.csv, row 2"
    assert str(kind) == "3 steps, from 3 columns"


def test_it_reads_back_what_it_wrote():
    for column in (lists([[1.0, None, 3.0], [2.0]]), np.random.default_rng(0).normal(size=(5, 9, 2))):
        kind = fitted(column, block=("a", "b"))
        assert from_dict(json.loads(json.dumps(to_dict(kind)))) == kind


@pytest.mark.parametrize(
    ("column", "claimed"),
    [
        (lists([[1.0], [2.0, 3.0]]), True),
        (lists([[1, 2], None]), True),
        (lists([[[1.0, 2.0]], [[3.0, 4.0]]]), True),
        (lists(["[1, 2]", "[3, null, 4]", None]), True),
        (lists([["a"], ["b"]]), False),
        (lists(["[a]", "[b]"]), False),
        (lists(["1", "2"]), False),
        (lists([1.0, 2.0]), False),
        (lists([None, None]), False),
        (np.zeros((3, 128, 9)), True),
        (np.zeros((3, 28, 28)), False),
        (np.zeros((3, 128, 9), np.uint8), False),
    ],
)
def test_claims(column, claimed):
    assert bool(Series.claims(column)) == claimed
