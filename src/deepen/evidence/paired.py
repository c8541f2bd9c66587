"""Two learners on the same rows: how far apart they are, and how sure that is.

What is hard for both counts for neither, so the difference is far surer than the two figures by themselves.

Legend: N rows, K classes or labels, R resamples.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepen.evidence.intervals import RESAMPLES, percentile, replicates

__all__ = ["Paired", "pair"]


@dataclass(frozen=True)
class Paired:
    """One figure of two learners on the same rows.

    Parameters
    ----------
    measure
        ``accuracy``, ``label_accuracy`` or ``r2``: higher is better.
    one, other
        The figures.
    low, high
        The 95 % interval of ``one - other``, by the paired bootstrap.
    only_one, only_other
        How many rows one alone got right, and the other alone; 0 for labels and numbers.
    p
        McNemar's exact test that the two are equally often right (McNemar 1947); None for labels and numbers.
    n
        N.
    """

    measure: str
    one: float
    other: float
    low: float
    high: float
    only_one: int
    only_other: int
    p: float | None
    n: int

    @property
    def difference(self) -> float:
        """``one - other``."""
        return self.one - self.other

    @property
    def verdict(self) -> str:
        """Which is better: ``one``, ``other``, or ``neither`` where the interval holds 0."""
        return "one" if self.low > 0 else "other" if self.high < 0 else "neither"

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Paired:
        """Read back what :meth:`to_dict` wrote."""
        return cls(**data)


def pair(task: str, truth: np.ndarray, one: np.ndarray, other: np.ndarray, *, seed: int = 0) -> Paired:
    """Compare two learners' answers to the same rows.

    Parameters
    ----------
    task
        Of :data:`deepen.evidence.measures.TASKS`.
    truth
        Class codes (N,), zeros and ones (N, K), or numbers (N,).
    one, other
        What they say, in the form of ``truth``.

    Examples
    --------
    >>> truth = np.arange(100) % 2
    >>> worse = np.where(np.arange(100) < 10, 1 - truth, truth)
    >>> found = pair("two classes", truth, truth, worse)
    >>> print(f"{found.difference:.2f} [{found.low:.2f}, {found.high:.2f}], p = {found.p:.3f}, {found.verdict}")
    0.10 [0.04, 0.16], p = 0.002, one
    """
    n = len(truth)
    if task == "number":
        return _numbers(truth, one, other, seed)
    if task == "several labels":
        hits = [((a > 0.5) == (truth > 0.5)).mean(axis=1) for a in (one, other)]  # (N,) each
        apart = hits[0] - hits[1]
        drawn = replicates(lambda w: (apart @ w / n)[None], n, seed=seed)[0]
        ends = percentile(drawn, n)
        return Paired("label_accuracy", float(hits[0].mean()), float(hits[1].mean()), *ends, 0, 0, None, n)
    from scipy.stats import binomtest

    right = [a == truth for a in (one, other)]
    b, c = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    # Rows drawn with replacement are of three sorts, so their numbers are drawn at once.
    drawn = np.random.default_rng(seed).multinomial(n, [b / n, c / n, 1 - (b + c) / n], RESAMPLES)  # (R, 3)
    ends = percentile((drawn[:, 0] - drawn[:, 1]) / n, n)
    p = float(binomtest(b, b + c).pvalue) if b + c else 1.0
    return Paired("accuracy", float(right[0].mean()), float(right[1].mean()), *ends, b, c, p, n)


def _numbers(truth: np.ndarray, one: np.ndarray, other: np.ndarray, seed: int) -> Paired:
    y = truth.astype(np.float64)
    y = y - y.mean()
    squares = [np.square(a.astype(np.float64) - truth) for a in (one, other)]
    per_row = np.stack([squares[0], squares[1], y, y**2])  # (4, N)

    def r2(weights: np.ndarray) -> np.ndarray:
        first, second, mean, square = per_row @ weights / weights.sum(axis=0)
        variance = np.maximum(square - mean**2, 1e-12 * max(float((y**2).mean()), 1e-300))
        return np.stack([1 - first / variance, 1 - second / variance])  # (2, R)

    (value,), (beside,) = r2(np.ones((len(y), 1)))
    drawn = replicates(lambda w: (lambda both: (both[0] - both[1])[None])(r2(w)), len(y), seed=seed)[0]
    return Paired("r2", float(value), float(beside), *percentile(drawn, len(y)), 0, 0, None, len(y))
