"""Targets as scikit-learn hands them over: any type of class, several labels, numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import DataConversionWarning

from deepen.data import sources
from deepen.estimators.targets import as_classes, as_numbers, check_given

TABLE = sources.read(np.zeros((4, 1)))


@pytest.mark.parametrize(
    ("y", "values", "words"),
    [
        (["b", "a", "b", "a"], ["a", "b"], ("a", "b")),
        ([3, 1, 3, 2], [1, 2, 3], ("1", "2", "3")),
        ([True, False, True, True], [False, True], ("False", "True")),
        ([1.0, 2.0, 1.0, 2.0], [1.0, 2.0], ("1.0", "2.0")),
        (pd.Series(["x", "y", "x", "x"], dtype="category"), ["x", "y"], ("x", "y")),
        (["", "a", "", "a"], ["", "a"], ("0", "1")),  # nothing is no word
        (
            ["yes", "yes.", "yes", "no"],
            ["no", "yes", "yes."],
            ("0", "1", "2"),
        ),  # a model reads "yes." as "yes"
    ],
)
def test_classes_of_any_type_go_by_words(y, values, words) -> None:
    found = as_classes(TABLE, y)
    assert found.values.tolist() == values and found.words == words and found.kind == "category"
    back = [found.values[words.index(word)] for word in found.column.to_pylist()]
    assert back == list(y)


def test_zeros_and_ones_in_a_matrix_are_labels() -> None:
    found = as_classes(TABLE, np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0]]))
    assert found.kind == "labels" and found.values.tolist() == [0, 1, 2]
    assert found.column.to_pylist() == [["0"], ["0", "1"], [], ["1"]]


def test_one_label_for_each_row_in_a_matrix_is_still_labels() -> None:
    assert as_classes(TABLE, np.eye(4, dtype=int)[:, :3] + np.eye(4, 3, -3, dtype=int)).several


def test_numbers() -> None:
    assert as_numbers(TABLE, [1, 2, 3, 4]).dtype == np.float64
    with pytest.warns(DataConversionWarning):
        assert as_numbers(TABLE, np.ones((4, 1))).shape == (4,)


@pytest.mark.parametrize(
    ("read", "y", "match"),
    [
        (as_classes, [1.5, 2.5, 1.5, 0.1], "Unknown label type"),
        (as_classes, [1, 2], "inconsistent numbers of samples"),
        (as_classes, [[1, 0], [0, 1]], "inconsistent numbers of samples"),
        (as_numbers, [1.0, np.nan, 1, 2], "NaN"),
        (as_numbers, [1.0, np.inf, 1, 2], "infinity"),
        (as_numbers, ["a", "b", "c", "d"], "could not convert"),
        (as_numbers, [1.0], "inconsistent numbers of samples"),
    ],
)
def test_wrong_targets_are_refused(read, y, match) -> None:
    with pytest.raises(ValueError, match=match):
        read(TABLE, y)


def test_no_target_is_refused() -> None:
    with pytest.raises(ValueError, match="requires y to be passed, but the target y is None"):
        check_given(TABLE, None)
