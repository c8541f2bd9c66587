"""How far a measured figure may lie from the true one: intervals at 95 %.

A share of rows gets Wilson's interval (Wilson 1927, "Probable inference, the law of succession, and
statistical inference"), which keeps its promise near 0 and 1 and for few rows (Brown, Cai and DasGupta 2001).
Every other figure gets the bootstrap's (Efron 1979): the figure is computed again on rows drawn with
replacement. A resample is not a copy of rows but a column of weights, how often each row was drawn; so a
figure that is made of weighted sums is had for many resamples at once from one matrix product.

Letters: n rows, r resamples in one chunk, R resamples in all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepen.errors import DataError

__all__ = ["bootstrap", "by_group", "percentile", "replicates", "wilson"]

Array = NDArray[np.float64]

LEVEL = 0.95
RESAMPLES = 1000  # measured: the ends of an interval then move by 2 % of its width from seed to seed
DRAWS = 100_000_000  # n * R at most (measured: one to two seconds); beyond it R falls, to FEWEST at the least
FEWEST = 200
CHUNK = 1_000_000  # n * r: 8 MB of weights, which stay near the processor (measured: 1.6x over 80 MB)
SMALLEST = 5  # a stratum of fewer rows than this hardly varies when resampled alone (assumed)


def wilson(successes: float, n: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval for a share of ``n`` independent rows.

    It is the set of all shares that a score test would not reject: the solutions p of
    |successes / n - p| <= z sqrt(p (1 - p) / n).

    Parameters
    ----------
    successes, n
        How many rows had the property, of how many. With ``n`` of 0 nothing is known: (0, 1).

    Examples
    --------
    >>> low, high = wilson(45, 50)
    >>> print(f"{low:.3f} {high:.3f}")
    0.786 0.957
    >>> low, high = wilson(50, 50)
    >>> print(f"{low:.3f} {high:.3f}")
    0.929 1.000
    """
    if not 0 <= successes <= n:
        raise DataError("not a share", allowed="0 <= successes <= n", came=f"{successes} of {n}")
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share = successes / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == n else middle + half)


def bootstrap(
    statistic: Callable[..., Any],
    *arrays: ArrayLike,
    strata: ArrayLike | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the bootstrap's 95 % interval of a figure.

    Parameters
    ----------
    statistic
        Called as ``statistic(weights, *arrays)`` with weights (n, r): how often each of n rows stands in each
        of r resamples. Returns the r figures.
    arrays
        What the figure is computed from; each has n rows.
    strata
        The stratum of each row, such as its class: each keeps its number of rows in every resample.
    resamples, seed
        How many resamples, and the seed that they are drawn with.

    Examples
    --------
    >>> def mean(weights, x):
    ...     return x @ weights / weights.sum(0)
    >>> x = np.random.default_rng(0).normal(10.0, 2.0, size=100)
    >>> low, high = bootstrap(mean, x)
    >>> bool(low < x.mean() < high), bool(0.6 < high - low < 1.0)
    (True, True)
    """
    rows = [np.asarray(a) for a in arrays]
    n = len(rows[0])
    if any(len(a) != n for a in rows):
        raise DataError("arrays of different lengths", came=", ".join(str(len(a)) for a in rows))
    return percentile(replicates(lambda w: statistic(w, *rows), n, strata, resamples, seed), n)


def replicates(
    statistic: Callable[[Array], Any],
    n: int,
    strata: ArrayLike | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Array:
    """Return figures on resamples of ``n`` rows, the resamples along the last axis.

    Parameters
    ----------
    statistic
        Called with weights (n, r); returns (..., r), so that several figures can share their resamples.
    n, strata, resamples, seed
        As in :func:`bootstrap`. Very many rows are resampled less often, since time is bounded; an interval
        from 200 resamples is still a fair one.

    Examples
    --------
    >>> replicates(lambda w: np.stack([w.sum(0), w[0]]), n=7, resamples=30).shape
    (2, 30)
    """
    if n < 1:
        raise DataError("nothing to resample", allowed="at least one row", came=f"{n} rows")
    resamples = min(resamples, max(FEWEST, DRAWS // n))
    return np.concatenate([statistic(w) for w in _weights(n, strata, resamples, seed)], axis=-1)


def percentile(drawn: Array, n: int) -> tuple[float, float]:
    """Return the expanded percentile interval of bootstrap replicates.

    The plain percentile interval is too narrow for few rows, as a normal interval is beside Student's; so
    the percentiles are moved outwards until a normal figure would get Student's width (Hesterberg 2015, "What
    teachers should know about the bootstrap"). From a few hundred rows on the two are the same.

    Parameters
    ----------
    drawn
        The figure on each resample, (R,). Those that are not finite are left out.
    n
        How many rows were resampled.

    Examples
    --------
    >>> low, high = percentile(np.arange(1001) / 1000, n=100_000)
    >>> print(f"{low:.3f} {high:.3f}")
    0.025 0.975
    """
    drawn = drawn[np.isfinite(drawn)]
    if not drawn.size:
        return math.nan, math.nan
    tail = (1 - LEVEL) / 2
    if n > 1:
        from scipy.special import stdtrit

        tail = NormalDist().cdf(math.sqrt(n / (n - 1)) * float(stdtrit(n - 1, tail)))
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def by_group(group: ArrayLike, values: ArrayLike, groups: int) -> Any:
    """Return a sparse matrix (groups, n) that sums values by group when it multiplies weights (n, r).

    Examples
    --------
    >>> (by_group([0, 1, 0], [1.0, 2.0, 3.0], 2) @ np.ones((3, 1))).ravel().tolist()
    [4.0, 2.0]
    """
    from scipy.sparse import csc_array

    codes, summed = np.asarray(group), np.asarray(values, np.float64)
    return csc_array((summed, (codes, np.arange(len(codes)))), shape=(groups, len(codes)))


def _weights(n: int, strata: ArrayLike | None, resamples: int, seed: int) -> Iterator[Array]:
    """Draw resamples chunk by chunk, as counts (n, r)."""
    rng = np.random.default_rng(seed)
    blocks = _blocks(n, strata)
    step = max(1, min(resamples, CHUNK // n))
    for start in range(0, resamples, step):
        r = min(step, resamples - start)
        rows = np.concatenate([block[rng.integers(0, len(block), (len(block), r))] for block in blocks])
        rows *= r
        rows += np.arange(r)  # (n, r): the place of each draw in the flattened weights
        yield np.bincount(rows.ravel(), minlength=n * r).reshape(n, r).astype(np.float64)


def _blocks(n: int, strata: ArrayLike | None) -> list[NDArray[np.intp]]:
    """Return the rows of each stratum; very small strata are pooled, else they would seem to be certain."""
    if strata is None:
        return [np.arange(n)]
    _, code, size = np.unique(np.asarray(strata), return_inverse=True, return_counts=True)
    code = np.where(size[code] < SMALLEST, -1, code)
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
