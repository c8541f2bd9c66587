"""What scikit-learn hands over as ``y``, checked as scikit-learn checks it, as a column of targets.

Legend: N rows, K classes or labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import assert_all_finite, check_consistent_length, column_or_1d

from deepen.data.table import Table

__all__ = ["Classes", "as_classes", "as_numbers", "check_given"]


@dataclass(frozen=True, eq=False)
class Classes:
    """Classes or labels as the user names them, and as words for the model.

    Parameters
    ----------
    values
        (K,) ascending, in the user's own type; for labels their numbers from 0.
    words
        The K words that stand for them in the column of targets.
    column
        The N targets: words, or lists of words.
    several
        Whether each row may have several.
    """

    values: np.ndarray
    words: tuple[str, ...]
    column: pa.ChunkedArray
    several: bool

    @property
    def kind(self) -> str:
        """The kind of the column."""
        return "labels" if self.several else "category"


def as_classes(table: Table, y: Any) -> Classes:
    """Read classes (N,), or labels as zeros and ones (N, K).

    Raises
    ------
    ValueError
        If they are none, or of another length than the table.
    """
    check_classification_targets(y)
    if type_of_target(y) == "multilabel-indicator":
        marks = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
        check_consistent_length(table, marks)
        words = tuple(map(str, range(marks.shape[1])))
        lists = [[words[k] for k in np.flatnonzero(row)] for row in marks]
        column = pa.chunked_array([pa.array(lists, pa.list_(pa.string()))])
        return Classes(np.arange(marks.shape[1]), words, column, several=True)
    y = column_or_1d(y, warn=True)
    assert_all_finite(y, input_name="y")
    check_consistent_length(table, y)
    values, codes = np.unique(y, return_inverse=True)
    words = tuple(str(value) for value in values)
    if len({word.strip().rstrip(".") for word in words} - {""}) < len(words):
        words = tuple(map(str, range(len(values))))  # what looks alike, or like nothing, goes by its number
    return Classes(values, words, pa.chunked_array([pa.array(words).take(pa.array(codes))]), several=False)


def as_numbers(table: Table, y: Any) -> np.ndarray:
    """Read numbers (N,) float64.

    Raises
    ------
    ValueError
        If they are none, not finite, or of another length than the table.
    """
    y = column_or_1d(y, dtype=np.float64, warn=True)
    assert_all_finite(y, input_name="y")
    check_consistent_length(table, y)
    return np.asarray(y)


def check_given(estimator: object, y: Any) -> None:
    """Refuse to learn without a target, in scikit-learn's own words.

    Raises
    ------
    ValueError
        If ``y`` is None.
    """
    if y is None:
        name = type(estimator).__name__
        raise ValueError(f"{name} requires y to be passed, but the target y is None")
