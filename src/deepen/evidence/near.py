"""Rows nearer to one another than chance brings any: near duplicates among feature vectors.

Of N rows spread evenly around a point in m dimensions, the nearest of k neighbours lies within a share r of the k-th
one's distance with a chance of about (k - 1) r^m. So a pair is called a near duplicate where its distance is a share
of both rows' k-th distances so small that less than one pair in the whole set would be so by chance; m is estimated
from the same distances (Levina and Bickel 2004, "Maximum likelihood estimation of intrinsic dimension").

Legend: N rows, D features, Q rows asked for, k neighbours, P pairs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

__all__ = ["Neighbours", "close_pairs", "dimension", "nearest", "share_by_chance"]

NEIGHBOURS = 10  # more copies than this of one row hide themselves (assumed)
_BLOCK = 256  # rows asked for at a time: 60 MB of distances to 60,000 rows
_EXPECTED = 0.5  # pairs by chance in the whole set (assumed)
_LARGEST = 0.5  # share of the usual distance that is never called near (assumed)
_NOUGHT = 1e-4  # shares of a norm below this are rounding alone


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest rows of some rows.

    Parameters
    ----------
    rows
        (Q,) those that were asked for, as far as the time allowed.
    ids, distances
        (Q, k) their neighbours, the nearest first, themselves left out.
    """

    rows: np.ndarray
    ids: np.ndarray
    distances: np.ndarray


def nearest(
    x: np.ndarray, order: np.ndarray | None = None, *, k: int = NEIGHBOURS, until: float = np.inf
) -> Neighbours:
    """Find the k nearest rows by Euclidean distance, of as many rows as the time allows.

    Parameters
    ----------
    x
        (N, D) features.
    order
        (Q,) rows to ask for, those that matter most first; all by default.
    until
        When to stop, by ``time.monotonic``; the first block is always done.

    Examples
    --------
    >>> found = nearest(np.array([[0.0], [1.0], [1.1], [5.0]]), k=1)
    >>> found.ids[:, 0].tolist(), [round(float(d), 1) for d in found.distances[:, 0]]
    ([1, 2, 1, 2], [1.0, 0.1, 0.1, 3.9])
    """
    x = np.ascontiguousarray(x, dtype=np.float32)
    order = np.arange(len(x)) if order is None else order
    k = min(k, len(x) - 1)
    squares = np.einsum("nd,nd->n", x, x)
    ids, distances, done = [], [], 0
    while done < len(order) and k > 0 and (done == 0 or time.monotonic() < until):
        some = order[done : done + _BLOCK]
        apart = squares - 2 * (x[some] @ x.T)  # (Q, N), less each row's own square
        apart[np.arange(len(some)), some] = np.inf
        near = np.argpartition(apart, k - 1, axis=1)[:, :k]
        # Again, as differences: of almost equal rows the products leave rounding alone.
        exact = np.linalg.norm(x[some][:, None] - x[near], axis=2)
        sorted_ = np.argsort(exact, axis=1, kind="stable")
        ids.append(np.take_along_axis(near, sorted_, 1))
        distances.append(np.take_along_axis(exact, sorted_, 1))
        done += len(some)
    if not ids:
        return Neighbours(order[:0], np.zeros((0, k), np.int64), np.zeros((0, k), np.float32))
    return Neighbours(order[:done], np.concatenate(ids), np.concatenate(distances))


def dimension(distances: np.ndarray) -> float:
    """Estimate in how many dimensions rows spread, from distances (Q, k) to their neighbours, ascending.

    The inverse of the mean log ratio of the k-th distance to the nearer ones, as the median over rows, so that rows
    with copies do not count.

    Examples
    --------
    >>> points = np.random.default_rng(0).random((2000, 3))
    >>> print(f"{dimension(nearest(points).distances):.1f}")
    2.7
    """
    last = distances[:, -1:]
    ratios = np.log(np.maximum(last, 1e-30) / np.maximum(distances[:, :-1], 1e-30))
    means = ratios.sum(axis=1) / max(1, distances.shape[1] - 2)
    known = means[(last[:, 0] > 0) & np.isfinite(means) & (means > 0)]
    return float(1 / np.median(known)) if len(known) else 1.0


def share_by_chance(rows: int, k: int, dimensions: float) -> float:
    """The share of the k-th distance within which chance brings half a pair among all the rows."""
    return float(min(_LARGEST, (_EXPECTED / max(1, rows * (k - 1))) ** (1 / dimensions)))


def close_pairs(found: Neighbours, rows: int, limit: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Pick the pairs that are nearer than chance explains.

    Parameters
    ----------
    found
        The neighbours.
    rows
        N, of the whole set.
    limit
        The share of the usual distance within which a pair is near, where that is known; the usual distance is then
        the median neighbour's.

    Returns
    -------
    pairs, shares
        (P, 2) rows, the smaller one first; and (P,) the distance as a share of the usual one, 0 for a copy. The
        nearest first.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(300, 20))
    >>> x[7] = x[200] + 0.01
    >>> close_pairs(nearest(x), len(x))[0].tolist()
    [[7, 200]]
    """
    if len(found.rows) < 3 or found.ids.shape[1] < 3:
        return np.zeros((0, 2), np.int64), np.zeros(0)
    usual = np.full(rows, np.inf, dtype=np.float64)
    k = found.ids.shape[1]
    usual[found.rows] = found.distances[:, -1 if limit is None else k // 2]
    if limit is None:
        limit = share_by_chance(rows, k, dimension(found.distances))
    mine = np.repeat(found.rows, k)
    other, apart = found.ids.ravel(), found.distances.ravel()
    # A row that was not asked for has no usual distance of its own: then the other one's decides.
    least = np.minimum(usual[mine], usual[other])
    shares = np.where(apart <= _NOUGHT * least, 0.0, apart / np.maximum(least, 1e-30))
    keep = (shares <= limit) & (least > 0)
    pairs = np.sort(np.stack([mine[keep], other[keep]], axis=1), axis=1)
    shares = shares[keep]
    ascending = np.argsort(shares, kind="stable")  # so that of both ways round the nearer one is kept
    pairs, first = np.unique(pairs[ascending], axis=0, return_index=True)
    shares = shares[ascending][first]
    best = np.argsort(shares, kind="stable")
    return pairs[best], shares[best]
