"""Rows by the values of a column."""

import datetime

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.groups import check, group
from deepen.data.table import Table
from deepen.errors import DataError, SettingError


def table(**columns):
    return Table(
        {n: v if isinstance(v, np.ndarray) else pa.chunked_array([v]) for n, v in columns.items()}, "t.csv"
    )


def told(given, by, rows=None):
    found = group(given, by, np.arange(len(given)) if rows is None else np.array(rows))
    return [found.names[code] for code in found.codes]


def test_names_and_few_numbers_are_groups_as_they_are():
    assert told(table(x=["b", "a", None, "b"]), "x") == ["b", "a", "(missing)", "b"]
    assert told(table(x=[0.0, 1.0, 1.0, None]), "x") == ["0", "1", "1", "(missing)"]
    assert told(table(x=[True, False]), "x") == ["true", "false"]


def test_only_the_rows_asked_for_count():
    assert told(table(x=["a", "b", "c"]), "x", [2, 0]) == ["c", "a"]


def test_many_numbers_are_parted_at_their_quartiles():
    values = np.random.default_rng(0).permutation(np.arange(1.0, 101)).tolist()
    found = group(table(x=[*values, None]), "x", np.arange(101))
    assert found.names == ("up to 25", "above 25, to 50", "above 50, to 75", "above 75", "(missing)")
    assert np.bincount(found.codes).tolist() == [25, 25, 25, 25, 1]
    assert all((code == 0) == (value <= 25) for code, value in zip(found.codes, values, strict=False))
    assert "quartiles" in found.notes[0]


def test_equal_quartiles_are_one():
    found = group(table(x=[0.0] * 80 + [float(v) for v in range(1, 21)]), "x", np.arange(100))
    assert np.bincount(found.codes).tolist() == [80, 20]
    assert found.names[:2] == ("up to 0", "above 0")


def test_where_most_rows_have_the_largest_value_the_others_are_a_group():
    found = group(table(x=[100.0] * 80 + [float(v) for v in range(1, 21)]), "x", np.arange(100))
    assert np.bincount(found.codes).tolist() == [80, 20][::-1]
    assert found.names[:2] == ("up to 20", "above 20")


def test_values_that_are_all_missing_are_one_group():
    empty = pa.chunked_array([pa.array([None] * 3, pa.timestamp("s"))])
    assert told(Table({"x": empty}, "t"), "x") == ["(missing)"] * 3


def test_dates_are_parted_too():
    days = [datetime.date(2020, 1, 1) + datetime.timedelta(days=k) for k in range(40)]
    found = group(table(x=pa.array(days).cast(pa.timestamp("s"))), "x", np.arange(40))
    assert np.bincount(found.codes).tolist() == [10] * 4
    assert found.names[0] == "up to 2020-01-10"


def test_a_part_of_the_files_names():
    given = table(audio=["7_theo_3.wav", "0_ann_1.wav", "1_theo_2.wav"], theo=[1, 2, 3])
    assert told(given, "name:1:_") == ["theo", "ann", "theo"]


def test_of_very_many_values_the_rarest_are_one():
    values = [f"v{k}" for k in range(80) for _ in range(80 - k)]
    found = group(table(x=values), "x", np.arange(len(values)))
    sizes = dict(zip(found.names, np.bincount(found.codes), strict=True))
    assert (len(sizes), sizes["v0"], sizes["v48"]) == (50, 80, 32)
    assert sizes["(all others)"] == sum(80 - k for k in range(49, 80))
    assert "of 80 values of x the 49" in found.notes[0]


def test_what_cannot_part_rows_is_refused():
    given = table(speaker=["a", "b"], pictures=np.zeros((2, 9, 9)), lists=pa.array([[1, 2], [3]]))
    with pytest.raises(SettingError, match="no column 'speeker'.*Did you mean 'speaker'"):
        check(given, ["speaker", "speeker"])
    with pytest.raises(SettingError, match="--by pictures: .*came: an array"):
        check(given, ["pictures"])
    with pytest.raises(SettingError, match="--by lists"):
        check(given, ["lists"])
    with pytest.raises(SettingError, match="not a form of names"):
        check(given, ["name:one:_"])
    with pytest.raises(DataError, match="no column holds names of files"):
        check(given, ["name:1:_"])
    with pytest.raises(DataError, match="every row has a value of its own"):
        group(table(x=[f"id{k}" for k in range(20)]), "x", np.arange(20))
