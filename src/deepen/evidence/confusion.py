"""The confusion matrix in an order in which confused classes stand together, and the pairs that are confused most.

Two classes are as alike as the mean of the shares in which each is taken for the other. They are clustered by it
(average linkage), and of the orders that the tree allows the one is taken whose neighbours are most alike (Bar-Joseph,
Gifford and Jaakkola 2001, "Fast optimal leaf ordering for hierarchical clustering").

Letters: K classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepen.errors import DataError
from deepen.evaluation import Confusion, Pair

__all__ = ["arrange", "order"]

_MOST_PAIRS = 10
_MOST_ORDERED = 400  # classes; of more, the ordering within the tree takes over two seconds (measured)


def arrange(labels: Sequence[str], counts: ArrayLike) -> Confusion:
    """Order a confusion matrix, and name its most confused pairs.

    Parameters
    ----------
    labels
        The K classes.
    counts
        (K, K) whole numbers: rows are the true classes, columns the answered ones.

    Raises
    ------
    DataError
        If the two do not fit.

    Examples
    --------
    >>> found = arrange(["cat", "bus", "dog", "car"], [[8, 0, 2, 0], [0, 9, 0, 1], [3, 0, 7, 0], [0, 2, 0, 8]])
    >>> found.labels
    ('cat', 'dog', 'car', 'bus')
    >>> [str(pair) for pair in found.pairs]
    ['cat and dog (5 of 20)', 'bus and car (3 of 20)']
    """
    table = np.asarray(counts, dtype=np.int64)
    if table.shape != (len(labels), len(labels)):
        raise DataError("the matrix does not fit its labels", came=f"{table.shape} and {len(labels)} labels")
    at = order(table)
    moved = table[np.ix_(at, at)]
    return Confusion(
        tuple(labels[k] for k in at), tuple(map(tuple, moved.tolist())), _pairs(labels, table)
    )  # fmt: skip


def order(counts: NDArray[np.int64]) -> NDArray[np.intp]:
    """The order of the classes (K) in which confused ones are neighbours; as given, where nothing is confused.

    Of an order and its reverse, which are as good, the one that keeps more of the given order is taken.

    Examples
    --------
    >>> order(np.array([[9, 0, 1], [0, 9, 0], [1, 0, 9]])).tolist()
    [0, 2, 1]
    """
    k = len(counts)
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    alike = (shares + shares.T) / 2
    np.fill_diagonal(alike, 0)
    if k < 3 or not alike.any():
        return np.arange(k)
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    apart = 1 - alike / alike.max()
    np.fill_diagonal(apart, 0)
    between = squareform(apart, checks=False)
    tree = linkage(between, method="average")
    if k <= _MOST_ORDERED:
        tree = optimal_leaf_ordering(tree, between)
    found = np.asarray(leaves_list(tree), dtype=np.intp)
    later = np.triu(
        np.sign(found[None, :] - found[:, None]), 1
    ).sum()  # pairs in the given order, less the others
    return found if later >= 0 else found[::-1]


def _pairs(labels: Sequence[str], counts: NDArray[np.int64]) -> tuple[Pair, ...]:
    """The pairs of most mistakes; of equal ones, those that stand first."""
    one, other = np.triu_indices(len(counts), 1)
    wrong, size = counts[one, other] + counts[other, one], counts.sum(axis=1)
    best = np.argsort(-wrong, kind="stable")[:_MOST_PAIRS]
    return tuple(
        Pair(labels[a], labels[b], int(counts[a, b]), int(counts[b, a]), int(size[a] + size[b]))
        for a, b in zip(one[best].tolist(), other[best].tolist(), strict=True)
        if counts[a, b] + counts[b, a]
    )
