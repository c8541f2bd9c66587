"""Mean and deviation of what comes block by block, without loss.

Legend: S steps, C channels.
"""

from __future__ import annotations

import numpy as np

__all__ = ["Moments"]


class Moments:
    """Mean and squares of each channel so far, and how many values were there and missing: (C,) each.

    Examples
    --------
    >>> moments = Moments(1)
    >>> moments.add(np.array([[1.0], [3.0]])), moments.add(np.array([[np.nan], [5.0]]))
    (None, None)
    >>> moments.mean_and_std()[0].tolist(), moments.missing.tolist()
    ([3.0], [1.0])
    """

    def __init__(self, channels: int) -> None:
        self.count, self.mean, self.squares, self.missing = np.zeros((4, channels))

    def add(self, values: np.ndarray) -> None:
        """Add steps (S, C): the pairwise update of Chan, Golub and LeVeque (1983)."""
        known = ~np.isnan(values)
        count = known.sum(axis=0)
        self.missing += len(values) - count
        mean = np.where(known, values, 0).sum(axis=0) / count.clip(1)
        squares = np.square(np.where(known, values - mean, 0)).sum(axis=0)
        both, apart = (self.count + count).clip(1), mean - self.mean
        self.squares += squares + apart**2 * self.count * count / both
        self.mean += apart * count / both
        self.count += count

    def mean_and_std(self) -> tuple[np.ndarray, np.ndarray]:
        """Give both; the deviation of a constant channel is its size, or 1."""
        std = np.sqrt(self.squares / self.count.clip(1))
        return self.mean, np.where(std > 1e-9 * np.abs(self.mean), std, np.maximum(1.0, np.abs(self.mean)))
