"""Many small robust least-squares fits at once.

A bootstrap fits the same few parameters hundreds of times; scipy's ``least_squares`` does one at a time, in
milliseconds each. Here all are done in step, as arrays (Levenberg 1944, Marquardt 1963; bounds by projection; Huber's
loss by reweighting). A test compares the minima with scipy's.

Letters: R fits, n observations, P parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["solve"]

Array = NDArray[np.float64]

HUBER = 2.0  # standard deviations beyond which an observation pulls no harder (assumed)
ITERATIONS = 50
PATIENCE = 8  # steps that failed, a step that gained nothing counting thrice, after which a fit is done
DONE = (
    1e-6  # a fall of the cost that is too small to matter beside a half, the cost of one standard deviation
)


def solve(
    value: Callable[[Array], tuple[Array, Array]],
    start: Array,
    seen: Array,
    weight: Array,
    *,
    bounds: Array,
    prior: Array,
    iterations: int = ITERATIONS,
) -> tuple[Array, Array]:
    """Minimise sum_i huber(weight_i (log value_i - log seen_i)) + sum_p ((theta_p - prior) / spread)^2 / 2.

    Parameters
    ----------
    value
        Takes parameters (R, P), gives positive values (R, n) and their slopes (R, n, P).
    start
        (R, P).
    seen, weight
        (R, n) or (n,): what was measured, and one over its relative noise; a weight of 0 leaves it out.
    bounds, prior
        (2, P): lowest and highest; middle and spread.

    Returns
    -------
    tuple
        Parameters (R, P), and the cost that was reached (R,).

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 4.0])
    >>> def line(theta):
    ...     e = theta[:, :1] * x
    ...     return e, x[None, :, None] + 0 * e[..., None]
    >>> theta, cost = solve(line, np.array([[1.0]]), 3 * x, np.full(3, 100.0), bounds=np.array([[0.1], [10.0]]),
    ...                     prior=np.array([[0.0], [1e6]]))
    >>> round(float(theta[0, 0]), 4)
    3.0
    """
    low, high = bounds
    theta = np.clip(np.asarray(start, dtype=np.float64), low, high)
    R, P = theta.shape
    logs = np.broadcast_to(np.log(seen), (R, np.shape(seen)[-1]))
    weights = np.broadcast_to(weight, logs.shape)

    def look(at: Array, which: NDArray[Any]) -> tuple[Array, Array, Array]:
        e, slopes = value(at)
        e = np.maximum(e, 1e-300)
        z = weights[which] * (np.log(e) - logs[which])
        size = np.abs(z)
        loss = np.where(size <= HUBER, 0.5 * z * z, HUBER * (size - 0.5 * HUBER)).sum(axis=1)
        pull = (at - prior[0]) / prior[1]
        return z, (weights[which] / e)[..., None] * slopes, loss + 0.5 * (pull * pull).sum(axis=1)

    best, lowest = theta.copy(), np.full(R, np.inf)
    going: NDArray[Any] = np.arange(R)  # the fits that still fall
    damping: Array = np.full(R, 1e-2)
    stuck: NDArray[Any] = np.zeros(R)
    z, J, cost = look(theta, going)
    for _ in range(iterations):
        size = np.abs(z)
        easing = np.where(size <= HUBER, 1.0, HUBER / np.maximum(size, HUBER))  # Huber's weight
        gradient = np.einsum("rnp,rn->rp", J, easing * z) + (theta - prior[0]) / prior[1] ** 2
        curvature = np.matmul((J * easing[..., None]).transpose(0, 2, 1), J) + np.diag(1 / prior[1] ** 2)
        # What stands at its bound and pulls outwards stays there.
        fixed = ((theta <= low) & (gradient > 0)) | ((theta >= high) & (gradient < 0))
        gradient[fixed] = 0.0
        curvature[fixed[:, :, None] | fixed[:, None, :]] = 0.0
        diagonal = np.einsum("rpp->rp", curvature)
        curvature[:, range(P), range(P)] = (1 + damping[:, None]) * diagonal + fixed + 1e-12
        tried = np.clip(theta - np.linalg.solve(curvature, gradient[..., None])[..., 0], low, high)
        found = look(tried, going)
        better = found[2] < cost
        stuck = np.where(better, np.where(cost - found[2] > DONE, 0, stuck + 3), stuck + 1)
        theta = np.where(better[:, None], tried, theta)
        z, J = np.where(better[:, None], found[0], z), np.where(better[:, None, None], found[1], J)
        cost = np.where(better, found[2], cost)
        damping = np.clip(np.where(better, damping * 0.2, damping * 8), 1e-9, 1e9)
        best[going], lowest[going] = theta, cost
        on = stuck < PATIENCE
        if not on.any():
            break
        if on.sum() < 0.7 * len(on):
            going, theta, z, J, cost, damping, stuck = (
                a[on] for a in (going, theta, z, J, cost, damping, stuck)
            )
    return best, lowest
