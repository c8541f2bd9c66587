"""Which examples were answered worst: the surest of the wrong answers, the largest of the errors.

Letters: n rows, k classes or labels, m mistakes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["badness", "goodness", "surest"]


def goodness(task: str, truth: ArrayLike, prediction: ArrayLike) -> NDArray[np.float64]:
    """How well each row was answered, the higher the better: (n,).

    Of classes 1 where the answer is right and else 0, of labels the share that is right, of numbers minus the absolute
    error; its mean is the accuracy, the label accuracy, or minus the mean absolute error.

    Examples
    --------
    >>> goodness("two classes", [0, 1], [[0.9, 0.1], [0.6, 0.4]]).tolist()
    [1.0, 0.0]
    >>> goodness("number", [1.0, 2.0], [1.5, 2.0]).tolist()
    [-0.5, -0.0]
    """
    y, p = np.asarray(truth), np.asarray(prediction, np.float64)
    if task == "number":
        return np.asarray(-np.abs(p - y), np.float64)
    if task == "several labels":
        return np.asarray(((p >= 0.5) == y.astype(bool)).mean(axis=1), np.float64)
    return np.asarray(p.argmax(axis=1) == y, np.float64)


def badness(task: str, truth: ArrayLike, prediction: ArrayLike) -> NDArray[np.float64]:
    """How bad each row's mistake is: (n,), NaN for a right answer.

    Of classes the probability of the wrong answer, of labels that of the surest wrong one, of numbers the absolute
    error.

    Examples
    --------
    >>> badness("two classes", [0, 1], [[0.9, 0.1], [0.6, 0.4]]).tolist()
    [nan, 0.6]
    """
    y, p = np.asarray(truth), np.asarray(prediction, np.float64)
    if task == "number":
        return np.asarray(np.abs(p - y), np.float64)
    if task == "several labels":
        given = np.where((p >= 0.5) == y.astype(bool), -1.0, np.maximum(p, 1 - p)).max(axis=1)
        return np.where(given < 0, np.nan, given)
    return np.where(p.argmax(axis=1) == y, np.nan, p.max(axis=1))


def surest(bad: NDArray[Any], most: int) -> NDArray[np.intp]:
    """The rows of the worst mistakes, the worst first: (m,) with m at most ``most``.

    Examples
    --------
    >>> surest(np.array([0.7, np.nan, 0.9]), 5).tolist()
    [2, 0]
    """
    wrong = np.flatnonzero(~np.isnan(bad))
    return wrong[np.argsort(-bad[wrong], kind="stable")][:most]
