"""Intervals that hold what they promise: quantiles widened or narrowed until they are right on the validation part.

Conformalised quantile regression (Romano, Patterson and Candès 2019) shifts a net's quantiles by how far the
truth lay beyond them on rows that the net was not trained on; its promise needs rows that could stand in any
order, which dates cannot, so the coverage is measured on the test part and shown. Three deviations: each level is
corrected by itself, as in their asymmetric version; the distance is measured in units of the net's own distance
from the median, so that wide forecasts are moved more; and where that is nothing, nothing is moved.

Legend: n origins, H steps ahead, C targets, Q quantiles.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["apply", "factors"]

Array = NDArray[np.float64]

_LEAST = 20  # values below which one target's quantiles are not corrected by themselves (assumed)


def factors(truth: Array, quantiles: Array, levels: Sequence[float]) -> Array:
    """Find by what to multiply each quantile's distance from the median: (C, Q), 1 at the median.

    Parameters
    ----------
    truth
        (n, H, C) of the validation part, NaN where unknown.
    quantiles, levels
        (n, H, C, Q) for Q rising levels, 0.5 among them.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=(4000, 1, 1))
    >>> half = np.tile([-0.6408, 0.0, 0.6408], (4000, 1, 1, 1))  # half of what 80 % of a normal needs
    >>> factors(truth, half, [0.1, 0.5, 0.9]).round(1).tolist()
    [[2.0, 1.0, 2.0]]
    """
    middle = list(levels).index(0.5)
    found = np.ones((truth.shape[2], len(levels)))
    for c in range(truth.shape[2]):
        known = ~np.isnan(truth[..., c])
        count = int(known.sum())
        if count < _LEAST:
            continue
        centre = quantiles[..., c, middle][known]
        for q, level in enumerate(levels):
            if q == middle:
                continue
            reach = quantiles[..., c, q][known] - centre  # below 0 for the lower ones
            room = np.abs(reach) > 1e-12
            if not room.any():
                continue
            beyond = (truth[..., c][known] - centre)[room] / reach[room]
            wanted = level if level > 0.5 else 1 - level
            # (n + 1) in place of n: the next value is one among n + 1 (Romano et al., equation 5).
            share = min(1.0, wanted * (1 + 1 / len(beyond)))
            found[c, q] = max(0.0, float(np.quantile(beyond, share)))
    return found


def apply(quantiles: Array, by: Array, levels: Sequence[float]) -> Array:
    """Move quantiles (n, H, C, Q) by the factors (C, Q); none crosses another.

    Examples
    --------
    >>> apply(np.array([[[[1.0, 2.0, 3.0]]]]), np.array([[2.0, 1.0, 0.5]]), [0.1, 0.5, 0.9]).ravel().tolist()
    [0.0, 2.0, 2.5]
    """
    middle = list(levels).index(0.5)
    centre = quantiles[..., middle : middle + 1]
    moved = centre + (quantiles - centre) * by
    upper = np.maximum.accumulate(moved[..., middle:], axis=-1)
    lower = np.minimum.accumulate(moved[..., middle::-1], axis=-1)[..., ::-1]
    return np.concatenate([lower[..., :-1], upper], axis=-1)
