"""The rows to look at: drawn, encoded, and asked the right thing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from deepen.data.table import Table
from deepen.errors import DataError, SettingError
from deepen.seeing.material import _drawn, gather


def test_target_and_nuisances_are_asked(table):
    model, frame = table
    frame = frame.assign(shift=np.arange(len(frame)) % 3, weight=np.linspace(0, 1, len(frame)))
    found = gather(model, frame, rows=1000, nuisance=("smoker", "shift", "weight"))
    assert [(a.name, a.task, a.labels) for a in found.asked] == [
        ("outcome", "two classes", ("ill", "well")),
        ("smoker", "two classes", ("no", "yes")),
        ("shift", "many classes", ("0", "1", "2")),
        ("weight", "number", ()),
    ]
    order = [int(name.removeprefix("row ")) - 1 for name in found.names]
    assert sorted(order) == list(range(len(frame)))
    assert order != sorted(order)
    for asked in found.asked[:3]:
        told = [asked.labels[code] for code in asked.values]
        assert told == frame[asked.name].astype(str).iloc[order].tolist()


def test_fewer_rows_are_drawn_and_that_is_said(table):
    model, frame = table
    found = gather(model, frame, rows=50, seed=3)
    assert (len(found), found.notes) == (50, ("50 of 160 rows, drawn at random",))
    assert found.names == gather(model, frame, rows=50, seed=3).names
    assert found.names != gather(model, frame, rows=50, seed=4).names


def test_rows_of_a_source_with_parts_are_half_of_the_training_part(table):
    parts = np.array(["train"] * 90 + ["test"] * 10, dtype=object)
    made = Table({"x": pd.Series(range(100)).to_numpy()[:, None]}, "s", parts=parts)
    rows = _drawn(made, 30, 0)
    assert (len(rows), (rows >= 90).sum()) == (30, 10)
    rows = _drawn(made, 10, 0)
    assert (len(rows), (rows >= 90).sum()) == (10, 5)


def test_unknown_targets_are_left_out_of_the_probe(table):
    model, frame = table
    frame = frame.copy()
    frame.loc[frame.index[:40], "outcome"] = None
    assert len(gather(model, frame, rows=1000).asked[0].rows) == 120
    without = gather(model, frame.drop(columns="outcome"), rows=1000)
    assert without.asked == ()
    assert "nothing is probed for the task" in without.notes[0]


@pytest.mark.parametrize(
    ("nuisance", "message"),
    [
        ("smokr", "Did you mean 'smoker'"),
        ("same", "the same value in every row"),
        ("each", "too many values to be told apart"),
        ("age=name:0:_", "a column 'age' already"),
        ("speaker=nam:0", "not a form of names"),
    ],
)
def test_wrong_nuisances_are_refused(table, nuisance, message):
    model, frame = table
    frame = frame.assign(same="x", each=[f"n{k}" for k in range(len(frame))])
    with pytest.raises(SettingError, match=message):
        gather(model, frame, rows=100, nuisance=(nuisance,))


def test_a_nuisance_told_by_names_of_files(photos, monkeypatch):
    import deepen

    for path in sorted(photos.rglob("*.png")):
        path.rename(path.with_name(f"{'ab'[int(path.stem) % 2]}_{path.name}"))
    model = deepen.train(photos, steps=1, size="tiny")
    found = gather(model, photos, rows=100, nuisance=("camera=name:0:_",))
    asked = {a.name: a for a in found.asked}
    assert asked["camera"].labels == ("a", "b")
    assert [asked["camera"].labels[c] for c in asked["camera"].values] == [
        n.split("/")[-1][0] for n in found.names
    ]
    (photos / "lying" / "a_broken.png").write_bytes(b"no picture")
    found = gather(model, photos, rows=100)
    assert [len(found), *map(len, found.arrays.values())] == [40, 40]
    assert all(row.any() for array in found.arrays.values() for row in array)
    assert "1 rows cannot be read" in found.notes[0]


def test_a_missing_column_and_an_empty_table_are_refused(table):
    model, frame = table
    with pytest.raises(DataError, match="no column 'age'"):
        gather(model, frame.drop(columns="age"), rows=10)
    with pytest.raises(DataError):
        gather(model, frame.iloc[:0], rows=10)
