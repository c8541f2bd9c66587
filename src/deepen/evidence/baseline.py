"""What can be had in a second: the majority's answer, and a linear model's.

A net that does not beat these has learned nothing worth its time.

Legend: N rows, D features, K classes, labels or numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

__all__ = ["features", "in_blocks", "majority", "ridge", "some_of"]

_BLOCK = 2048  # rows at a time
_SIDE = 16  # pixels a side that pictures are averaged down to
_MOST_ROWS = 10_000  # a linear model is fitted on: with 20,000 CIFAR-10 had 39.5 % instead of 37.8 (measured)
_MOST_CODES = (
    200  # one-hot columns a category may take; the commonest codes come first in no order, so it is cut
)


def features(arrays: Mapping[str, np.ndarray], rows: np.ndarray, sizes: tuple[int, ...] = ()) -> np.ndarray:
    """Lay encoded inputs side by side as plain numbers: (N, D) float32.

    Parameters
    ----------
    arrays
        Encoded inputs: ``numbers``, ``codes``, and pictures (N, H, W, C).
    sizes
        How many codes each category has.
    """
    parts = []
    for name, array in arrays.items():
        if name == "codes":
            codes = array[rows]
            parts += [
                (codes[:, k, None] == np.arange(min(size, _MOST_CODES))).astype(np.float32)
                for k, size in enumerate(sizes)
            ]
        elif array.ndim == 4:
            # In blocks, since the pictures may be more than fit in memory.
            blocks = [_small(array[rows[at : at + _BLOCK]]) for at in range(0, len(rows), _BLOCK)]
            parts.append(np.concatenate(blocks).reshape(len(rows), -1))
        else:
            parts.append(np.asarray(array[rows], dtype=np.float32))
    return np.concatenate(parts, axis=1)


def _small(pixels: np.ndarray) -> np.ndarray:
    """Average pixels (N, H, W, C) in blocks to at most 16 a side; what is left over at the far edges is cut off."""
    _, H, W, _ = pixels.shape
    down, right = -(-H // _SIDE), -(-W // _SIDE)
    whole = pixels[:, : H // down * down, : W // right * right]
    total = np.zeros((len(pixels), H // down, W // right, pixels.shape[3]), dtype=np.float32)
    for y in range(down):
        for x in range(right):
            total += whole[:, y::down, x::right]
    return np.asarray(total / (255.0 * down * right))


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
    # The penalty grows with the features' number, as noise in the fit does (assumed; D/10, at least 0.1).
    gram = a.T @ a + max(0.1, 0.1 * a.shape[1]) * np.eye(a.shape[1], dtype=a.dtype)
    weights = np.linalg.solve(gram, a.T @ (target - target.mean(axis=0)))
    base = target.mean(axis=0)
    return lambda new: np.asarray(((new - mean) / scale) @ weights + base)


def in_blocks(
    answer: Callable[[np.ndarray], np.ndarray],
    arrays: Mapping[str, np.ndarray],
    rows: np.ndarray,
    sizes: tuple[int, ...] = (),
) -> np.ndarray:
    """Answer for many rows, a block at a time, since their features may be more than fit in memory: (N, K)."""
    blocks = (rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK))
    return np.concatenate([answer(features(arrays, block, sizes)) for block in blocks])
