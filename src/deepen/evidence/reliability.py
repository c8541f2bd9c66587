"""The reliability diagram: how often answers of about the same probability were right.

DeGroot and Fienberg 1983, "The comparison and evaluation of forecasters". The bins are those of the expected
calibration error (:mod:`deepen.evidence.calibration`), so that it is the mean of their gaps by their numbers; only
where these would hold too few answers to say anything are there fewer bins.

Letters: n rows, k classes or labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from deepen.evaluation import Bin, Reliability
from deepen.evidence.calibration import BINS, edges_of
from deepen.evidence.intervals import wilson
from deepen.records import Measure

__all__ = ["reliability"]

_ENOUGH = 20  # answers in a bin: its share is then known to about +-0.2 (Wilson)


def reliability(truth: ArrayLike, prediction: ArrayLike, error: Measure | None = None) -> Reliability:
    """Bin answers by their probability.

    Parameters
    ----------
    truth
        Class codes (n,); or 0 and 1 for each label (n, k).
    prediction
        Probabilities (n, k). Of classes that of the answer counts; of labels each, as in the expected calibration
        error. The labels of a row are counted as if they were independent.
    error
        The expected calibration error, to stand beside.

    Examples
    --------
    >>> said = np.full((100, 2), [0.3, 0.7])
    >>> only = reliability([1] * 60 + [0] * 40, said).bins[0]
    >>> only.n, round(only.said, 3), only.happened
    (100, 0.7, 0.6)
    """
    y, p = np.asarray(truth), np.asarray(prediction, np.float64)
    if y.ndim == 1:
        probability, happened = p.max(axis=1), p.argmax(axis=1) == y
    else:
        probability, happened = p.ravel(), y.ravel().astype(bool)
    edges = edges_of(probability, int(np.clip(len(p) // _ENOUGH, 1, BINS)))
    place = np.searchsorted(edges, probability, side="right")
    found = []
    for b in range(len(edges) + 1):
        mine = place == b
        n, right = int(mine.sum()), int(happened[mine].sum())
        if n:
            some = probability[mine]
            low, high = wilson(right, n)
            found.append(
                Bin(float(some.min()), float(some.max()), float(some.mean()), right / n, low, high, n)
            )
    return Reliability(tuple(found), error)
