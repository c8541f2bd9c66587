"""Whether pictures still say what they said when they are mirrored: photographs do, writing does not.

Legend: N rows, H height, W width, C channels, D pixels of a small picture.
"""

from __future__ import annotations

import numpy as np

__all__ = ["keeps_meaning"]

_SIDE = 12
_QUERIES, _KNOWN, _NEIGHBOURS = 1000, 5000, 5
# The share of the skill that must be left. Measured (skill plain and mirrored, by accuracy less the majority's share):
# MNIST .81/.32, USPS .79/.31, digits .88/.24, Fashion-MNIST .69/.48, CIFAR-10 .24/.24, flowers .15/.14.
_LEFT = 0.8


def keeps_meaning(pixels: np.ndarray, classes: np.ndarray) -> bool:
    """Ask the nearest neighbours of small pictures, once as they are and once mirrored.

    Parameters
    ----------
    pixels
        (N, H, W, C) uint8: the training part.
    classes
        (N,) whole numbers.

    Returns
    -------
    bool
        Whether mirrored pictures are told apart nearly as well as plain ones.
    """
    some = np.linspace(0, len(pixels) - 1, min(len(pixels), _KNOWN)).astype(np.int64)
    classes = classes[some]
    small = _small(np.asarray(pixels[some]))
    asked = np.linspace(0, len(some) - 1, min(len(some), _QUERIES)).astype(np.int64)
    majority = np.bincount(classes).max() / len(classes)
    plain = _accuracy(small, classes, small[asked], asked) - majority
    mirrored = _accuracy(small, classes, small[asked][:, :, ::-1], asked) - majority
    return bool(plain > 0 and mirrored >= _LEFT * plain)


def _small(pixels: np.ndarray) -> np.ndarray:
    """Average down to about 12 a side, as floats (N, h, w, C)."""
    for axis in (1, 2):
        edges = np.unique(
            np.linspace(0, pixels.shape[axis], min(_SIDE, pixels.shape[axis]) + 1).astype(np.int64)
        )
        counts = np.diff(edges)
        shape = [1, 1, 1, 1]
        shape[axis] = len(counts)
        pixels = np.add.reduceat(pixels.astype(np.float32), edges[:-1], axis=axis) / counts.reshape(shape)
    return pixels


def _accuracy(known: np.ndarray, classes: np.ndarray, asked: np.ndarray, own: np.ndarray) -> float:
    """How often the five nearest, the picture itself left out, name its class."""
    a, b = known.reshape(len(known), -1), asked.reshape(len(asked), -1)  # (N, D)
    distances = (a * a).sum(axis=1) - 2 * b @ a.T
    distances[np.arange(len(own)), own] = np.inf
    nearest = (
        np.argpartition(distances, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS] if len(a) > _NEIGHBOURS + 1 else None
    )
    if nearest is None:
        return 0.0
    votes = np.zeros((len(own), classes.max() + 1))
    for column in classes[nearest].T:
        votes[np.arange(len(own)), column] += 1
    return float((votes.argmax(axis=1) == classes[own]).mean())
