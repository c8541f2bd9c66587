"""Filling what is missing in series.

Legend: B series, T steps, C channels.
"""

from __future__ import annotations

import numpy as np

__all__ = ["filled"]


def filled(values: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Fill missing values (NaN) along time: a line from the value before to the one after, ends held.

    Parameters
    ----------
    values
        (B, T, C). A channel without a single value becomes 0.
    own
        (B, T) bool, true up to each series' end; behind it everything becomes 0.

    Examples
    --------
    >>> x = np.array([np.nan, 1, np.nan, np.nan, 4, np.nan, np.nan]).reshape(1, 7, 1)
    >>> filled(x, np.arange(7)[None] < 6).ravel().tolist()
    [1.0, 1.0, 2.0, 3.0, 4.0, 4.0, 0.0]
    """
    out = np.where(own[..., None], values, 0)
    gaps = np.flatnonzero(np.isnan(out).any(axis=(1, 2)))
    if len(gaps):
        out[gaps] = np.where(own[gaps, :, None], _lines(out[gaps], own[gaps]), 0)
    return out


def _lines(values: np.ndarray, own: np.ndarray) -> np.ndarray:
    T = values.shape[1]
    known = ~np.isnan(values) & own[..., None]
    t = np.arange(T)[None, :, None]
    before = np.maximum.accumulate(np.where(known, t, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, t, T)[:, ::-1], axis=1)[:, ::-1]
    nothing = (before < 0) & (after == T)
    first = np.where(before < 0, after, before).clip(0, T - 1)
    last = np.where(after == T, before, after).clip(0, T - 1)
    low, high = np.take_along_axis(values, first, 1), np.take_along_axis(values, last, 1)
    share = (t - first) / np.maximum(last - first, 1)
    return np.where(nothing, 0, low + np.where(last > first, share, 0) * (high - low))
