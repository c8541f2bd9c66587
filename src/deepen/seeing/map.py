"""A map of the last level: each example as a point, those near one another that the net holds to be alike.

Principal components keep distances as well as a straight projection can; t-SNE (van der Maaten and Hinton 2008) keeps
neighbours, and tears apart what is far: its distances between groups, and the groups' sizes, mean nothing.

Legend: N examples, F numbers.
"""

from __future__ import annotations

import numpy as np

from deepen.errors import DataError

__all__ = ["components", "neighbours"]

MOST = 3000
"""Examples on a map of neighbours: 40 s on one core (measured), and more points hide one another."""
_FEWEST = 4
_BEFORE = 50  # principal components that t-SNE starts from, as its authors do


def components(x: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """Give the first two principal components (N, 2), and the share of the variance along each.

    Examples
    --------
    >>> x = np.outer(np.arange(6.0), [3.0, 4.0])
    >>> points, shares = components(x)
    >>> [round(share, 3) for share in shares], round(float(abs(points[0, 0] - points[1, 0])), 3)
    ([1.0, 0.0], 5.0)
    """
    _enough(x)
    centred = x - x.mean(0)
    u, s, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    points = np.zeros((len(x), 2))
    k = min(2, len(s))
    points[:, :k] = u[:, :k] * s[:k]
    total = max(float((s**2).sum()), 1e-30)
    shares = [float(v**2) / total for v in s[:2]] + [0.0, 0.0]
    return points, (shares[0], shares[1])


def neighbours(x: np.ndarray, *, seed: int = 0, perplexity: float = 30.0) -> np.ndarray:
    """Give the map of t-SNE: (N, 2).

    Parameters
    ----------
    perplexity
        About how many neighbours each example keeps; a third of all at the most.

    Raises
    ------
    DataError
        If there are fewer than four examples, or more than ``MOST``.
    """
    _enough(x)
    if len(x) > MOST:
        raise DataError("too many examples for a map", allowed=f"up to {MOST:,}", came=f"{len(x):,}")
    from sklearn.manifold import TSNE

    x = np.asarray(x, dtype=np.float64)
    if x.shape[1] > _BEFORE:
        u, s, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
        x = u[:, :_BEFORE] * s[:_BEFORE]
    made = TSNE(perplexity=min(perplexity, (len(x) - 1) / 3), init="pca", random_state=seed, n_jobs=1)
    return np.asarray(made.fit_transform(x.astype(np.float32)), dtype=np.float64)


def _enough(x: np.ndarray) -> None:
    if len(x) < _FEWEST:
        raise DataError("too few examples for a map", allowed=f"{_FEWEST} or more", came=str(len(x)))
