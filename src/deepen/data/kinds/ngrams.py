"""Counts of tokens and of their neighbourhoods, sparse: what TF-IDF is made of.

Legend: B texts, T tokens.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["BUCKETS", "counts"]

BUCKETS = 2**18  # that runs of tokens are hashed into (Weinberger et al. 2009; assumed)


def counts(ids: np.ndarray, longest: int) -> Any:
    """Count the runs of one to ``longest`` neighbouring tokens of texts (B, T), 0 being none: a CSR matrix (B, 2^18).

    Examples
    --------
    >>> found = counts(np.array([[5, 7, 5, 7, 0], [5, 0, 0, 0, 0]]), longest=2)
    >>> found.sum(axis=1).tolist(), float(found.max())
    ([7.0, 1.0], 2.0)
    """
    from scipy.sparse import csr_array

    ids = ids.astype(np.int64)
    B, T = ids.shape
    rows, columns = [], []
    run = np.zeros_like(ids)
    for length in range(1, min(longest, T) + 1):
        # A run that stands one step on from a run of one less.
        own = ids[:, length - 1 :]
        run = (run[:, : own.shape[1]] * 1_000_003 + own) % (2**31 - 1)
        at, step = np.nonzero(own)
        rows.append(at)
        columns.append(((run[at, step] * 2_654_435_761 + length) % 2**32) % BUCKETS)
    where, what = np.concatenate(rows), np.concatenate(columns)
    found = csr_array((np.ones(len(where), np.float32), (where, what)), shape=(B, BUCKETS))
    found.sum_duplicates()
    return found
