"""The target: classes, labels and numbers, encoded as a loss reads them."""

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.prepare import fit
from deepen.data.schema import ColumnPlan, Schema
from deepen.data.table import Table
from deepen.data.targets import target_values, without_target
from deepen.errors import DataError

ROWS = 40
TRAIN = np.arange(0, ROWS, 2)


def table(**columns):
    return Table({n: pa.chunked_array([pa.array(v)]) for n, v in columns.items()}, "a.csv")


def schema(task="two classes", targets=("ill",), **kinds):
    plans = [ColumnPlan(name, kind, "input") for name, kind in kinds.items()]
    return Schema((*plans, *(ColumnPlan(t, "category", "target") for t in targets)), task, targets)


def values(given, preparation, rows=None):
    return target_values(given, preparation.target, preparation.targets, rows)


def test_classes_numbers_and_labels_are_encoded():
    given = table(x=list(range(ROWS)), c=["a", "b"] * 20, n=[1.5, 2.5] * 20, t=["a|b", "b", "a", ""] * 10)
    classes = values(given, fit(given, schema(targets=("c",), x="number"), np.array([0, 1])))
    assert classes.tolist() == [0, 1] * 20 and classes.dtype == np.int64
    numbers = values(given, fit(given, schema("number", ("n",), x="number"), TRAIN))
    assert numbers.tolist() == [1.5, 2.5] * 20
    labels = values(given, fit(given, schema("several labels", ("t",), x="number"), np.arange(ROWS)))
    assert labels.tolist() == [[1, 1], [0, 1], [1, 0], [0, 0]] * 10


def test_rows_not_asked_for_stay_zero_and_may_hold_anything():
    given = table(x=list(range(4)), y=["a", "b", "b", "new"])
    preparation = fit(given, schema(targets=("y",), x="number"), np.arange(3))
    assert values(given, preparation, np.array([1, 2])).tolist() == [0, 1, 1, 0]
    with pytest.raises(
        DataError, match=r"a\.csv, row 4, column 'y': a class that the training part does not have"
    ):
        values(given, preparation, np.array([2, 3]))


def test_a_target_that_is_no_number_is_refused_with_its_own_row():
    given = table(x=list(range(4)), y=["1", "2", "3", "lots"])
    preparation = fit(
        table(x=list(range(4)), y=[1, 2, 3, 4]), schema("number", ("y",), x="number"), np.arange(4)
    )
    with pytest.raises(DataError, match=r"a\.csv, row 4, column 'y': not a number.*'lots'"):
        values(given, preparation, np.array([2, 3]))


def test_a_full_stop_behind_a_class_is_passed_over_as_in_adult():
    train = table(x=[1, 2], y=["<=50K", ">50K"])
    preparation = fit(train, schema(targets=("y",), x="number"), np.arange(2))
    test = table(x=[1, 2, 3], y=["<=50K.", ">50K.", ">50K"])
    assert values(test, preparation).tolist() == [0, 1, 1]
    both = table(x=[1, 2], y=["yes", "yes."])
    own = fit(both, schema(targets=("y",), x="number"), np.arange(2))
    assert values(both, own).tolist() == [0, 1], "where both are classes each stays itself"
    with pytest.raises(DataError, match=r"'50K\.'"):
        values(table(x=[1], y=["50K."]), preparation)


def test_several_targets_are_yes_or_no():
    given = table(
        x=list(range(6)),
        a=[1, 0, 1, None, 0, 1],
        b=["yes", "No", "Y", "n", None, "TRUE"],
        c=[True, False] * 3,
        d=[0.0, 1.0] * 3,
    )
    preparation = fit(given, schema("several labels", tuple("abcd"), x="number"), np.arange(6))
    assert preparation.labels == tuple("abcd")
    found = values(given, preparation)
    assert found.dtype == np.float32
    assert found.T.tolist() == [
        [1, 0, 1, 0, 0, 1],
        [1, 0, 1, 0, 0, 1],
        [1, 0, 1, 0, 1, 0],
        [0, 1, 0, 1, 0, 1],
    ]
    assert not without_target(given, tuple("abcd")).any()


def test_neither_yes_nor_no_is_refused_with_its_row():
    given = table(x=[1, 2], a=["yes", "maybe"], b=[0, 1])
    preparation = fit(given, schema("several labels", ("a", "b"), x="number"), np.arange(2))
    with pytest.raises(DataError, match=r"a\.csv, row 2, column 'a': neither yes nor no.*'maybe'"):
        values(given, preparation)


def test_rows_without_a_target_are_found():
    assert without_target(table(y=["a", None, "b"]), ("y",)).tolist() == [False, True, False]
    assert without_target(table(y=[1.0, float("nan")]), ("y",)).tolist() == [False, True]
