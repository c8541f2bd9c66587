"""Labels that are likely wrong: confident learning (Northcutt, Jiang and Chuang 2021).

Legend: N rows, K classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Doubts", "doubts"]


@dataclass(frozen=True, eq=False)
class Doubts:
    """Labels that contradict what was learned from the other rows.

    Parameters
    ----------
    rows
        Those in doubt, the most doubtful first.
    likely
        The class that each more likely is.
    margins
        How much more probable that class is than the label, from 0 to 1.
    joint
        (K, K) the estimated share of all rows with the label (first) and the true class (second); it sums to 1.
    """

    rows: np.ndarray
    likely: np.ndarray
    margins: np.ndarray
    joint: np.ndarray

    @property
    def share(self) -> float:
        """The share of labels that are estimated to be wrong."""
        return float(1 - np.trace(self.joint))


def doubts(labels: np.ndarray, probabilities: np.ndarray) -> Doubts:
    """Find labels that are likely wrong.

    A row counts as class j where p_j is at least the mean of p_j over the rows labelled j: so classes that a learner
    is less sure of have a lower bar. Rows that so count as another class than their label are in doubt.

    Parameters
    ----------
    labels
        (N,) class codes, as given.
    probabilities
        (N, K) of each class, by a learner that has not seen the row.

    Examples
    --------
    >>> labels = np.array([0, 0, 0, 1, 1, 1])
    >>> p = np.array([0.1, 0.2, 0.9, 0.8, 0.9, 0.9])
    >>> found = doubts(labels, np.stack([1 - p, p], axis=1))
    >>> found.rows.tolist(), found.likely.tolist(), round(found.share, 3)
    ([2], [1], 0.167)
    """
    N, K = probabilities.shape
    counts = np.bincount(labels, minlength=K)
    own = probabilities[np.arange(N), labels]
    bars = np.bincount(labels, weights=own, minlength=K) / np.maximum(1, counts)
    bars = np.where(counts > 0, bars, np.inf)
    passed = np.where(probabilities >= bars - 1e-12, probabilities, -1.0)
    counted = passed.argmax(axis=1)
    sure = passed.max(axis=1) >= 0
    confident = np.zeros((K, K))
    np.add.at(confident, (labels[sure], counted[sure]), 1)
    # Rows that count as nothing are shared out as the sure ones of their label are (the paper's calibration).
    sums = confident.sum(axis=1, keepdims=True)
    spread = np.where(sums > 0, confident / np.maximum(sums, 1), np.eye(K))
    joint = spread * counts[:, None]
    off = np.zeros(N, dtype=bool)
    off[sure] = counted[sure] != labels[sure]
    for label, true in zip(*np.nonzero(np.round(joint * (1 - np.eye(K)))), strict=True):
        mine = np.flatnonzero(labels == label)
        ahead = probabilities[mine, true] - own[mine]
        off[mine[np.argsort(-ahead, kind="stable")[: round(joint[label, true])]]] = True
    likely = np.where(sure & (counted != labels), counted, probabilities.argmax(axis=1))
    margins = probabilities[np.arange(N), likely] - own
    doubtful = np.flatnonzero(off & (margins > 0))
    order = doubtful[np.argsort(-margins[doubtful], kind="stable")]
    return Doubts(order, likely[order], margins[order], joint / max(1.0, joint.sum()))
