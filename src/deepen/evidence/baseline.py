"""What can be had in a second: the majority's answer, and a linear model's.

A net that does not beat these has learned nothing worth its time.

Legend: N rows, D features, K classes, labels or numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

__all__ = ["blocks", "in_blocks", "majority", "ridge", "some_of"]

_BLOCK = 2048  # rows at a time
_MOST_ROWS = 10_000  # a linear model is fitted on: with 20,000 CIFAR-10 had 39.5 % instead of 37.8 (measured)


def some_of(rows: np.ndarray) -> np.ndarray:
    """Choose rows enough for a linear model, evenly."""
    if len(rows) <= _MOST_ROWS:
        return rows
    return np.asarray(rows[np.linspace(0, len(rows) - 1, _MOST_ROWS).astype(np.int64)])


def majority(target: np.ndarray, count: int) -> np.ndarray:
    """Answer for anybody what most of the training part is: (N, K) scores from its targets (N, K)."""
    return np.repeat(target.mean(axis=0, keepdims=True), count, axis=0)


def ridge(x: np.ndarray, target: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Fit a ridge regression (Hoerl and Kennard 1970), and give what answers for new rows.

    Parameters
    ----------
    x
        (N, D) features.
    target
        (N, K): ones and zeros for classes and labels, so that the greatest answer is the class.

    Returns
    -------
    callable
        Takes features (M, D) and gives answers (M, K).

    Examples
    --------
    >>> x = np.arange(8.0)[:, None]
    >>> ridge(x, 2 * x + 1)(np.array([[10.0]])).round(1).tolist()
    [[20.8]]
    """
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-6
    a = (x - mean) / scale
    base = target.mean(axis=0)
    rows, width = a.shape
    # The penalty grows with the features' number, as noise in the fit does (assumed; D/10, at least 0.1).
    penalty = max(0.1, 0.1 * width) * np.eye(min(rows, width), dtype=a.dtype)
    if rows < width:
        # The same weights from N equations instead of D (Saunders, Gammerman and Vovk 1998): few texts have 4,096
        # features, whose equations take seconds.
        weights = a.T @ np.linalg.solve(a @ a.T + penalty, target - base)
    else:
        weights = np.linalg.solve(a.T @ a + penalty, a.T @ (target - base))
    return lambda new: np.asarray(((new - mean) / scale) @ weights + base)


def in_blocks(
    answer: Callable[[np.ndarray], np.ndarray], features: Callable[[np.ndarray], np.ndarray], rows: np.ndarray
) -> np.ndarray:
    """Answer for many rows, a block at a time, since their features may be more than fit in memory: (N, K).

    Parameters
    ----------
    answer
        Takes features (M, D) and gives answers (M, K).
    features
        Takes row numbers (M,) and gives their features (M, D).
    """
    return np.concatenate([answer(block) for block in blocks(features, rows)])


def blocks(features: Callable[[np.ndarray], np.ndarray], rows: np.ndarray) -> Iterator[np.ndarray]:
    """Give the features of many rows, a block at a time."""
    for at in range(0, len(rows), _BLOCK):
        yield features(rows[at : at + _BLOCK])
