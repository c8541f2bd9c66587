"""How good predictions are: the usual measures, each with its 95 % interval.

Every measure is written once, as a function of row weights (n, r): with all weights 1 it is the figure,
with the counts of resamples the bootstrap's replicates (see :mod:`deepen.evidence.intervals`). The sums
are sparse products, on one thread: on busy cores those of dense products wait for each other (measured: 10x).

Letters: n rows, k classes or labels, r resamples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepen.errors import DataError, SettingError, nearest
from deepen.evidence.calibration import calibration_error, calibration_interval
from deepen.evidence.intervals import by_group, percentile, replicates, wilson
from deepen.records import Measure, Score

__all__ = ["TASKS", "score"]

Array = NDArray[np.float64]

TASKS = ("two classes", "many classes", "several labels", "number")
LARGEST = 1e150  # the square of a larger number overflows
TOLERANCE = 1e-2  # of probabilities: what half precision makes of a sum of a thousand (assumed)
_LOSSES = ("log_loss", "brier", "calibration_error")


def score(
    task: str,
    truth: ArrayLike,
    prediction: ArrayLike,
    labels: Sequence[str] = (),
    part: str = "test",
    seed: int = 0,
) -> Score:
    """Measure predictions against the truth.

    Parameters
    ----------
    task
        ``two classes``, ``many classes``, ``several labels`` or ``number``.
    truth
        Class codes (n,); 0 or 1 for each label (n, k); or numbers (n,).
    prediction
        Probabilities (n, k), or numbers (n,).
    labels, part, seed
        The names of the k classes or labels; what is scored; the seed of the bootstrap.

    Returns
    -------
    Score
        For classes ``accuracy``, ``balanced_accuracy``, ``macro_f1``, ``f1`` (of the second of two classes; for two
        alone), ``auc`` (likewise, or one against the rest, averaged over those present), ``log_loss``, ``brier``
        (of many classes from 0 to 2, as in Brier 1950), ``calibration_error`` and the confusion matrix; for labels
        ``label_accuracy``
        and ``exact_match`` in place of the first two; for numbers ``r2``, ``rmse`` and ``mae``. What is not
        defined, such as the AUC of one class alone, is left out.

    Examples
    --------
    >>> probability = [[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]]
    >>> result = score("two classes", [0, 0, 1, 1], probability, ["healthy", "ill"])
    >>> print(result)
    test accuracy 0.750 [0.301, 0.954]
    >>> result.confusion
    ((2, 0), (1, 1))
    """
    if task not in TASKS:
        raise SettingError("unknown task", where="task", came=repr(task), mend=nearest(task, TASKS))
    t, p = np.asarray(truth), np.asarray(prediction)
    _check(task, t, p, len(labels), part)
    n = len(t)
    asked = {"several labels": _labels, "number": _numbers}.get(task, _classes)(t, p)
    values = asked.statistic(np.ones((n, 1)))[:, 0]
    drawn = replicates(asked.statistic, n, asked.strata, seed=seed)  # (m, R)
    found = {}
    for i, (name, value) in enumerate(zip(asked.names, values.tolist(), strict=False)):
        if math.isfinite(value):
            found[name] = Measure(name, value, *_interval(asked, i, value, drawn, n), n)
    names = () if task == "number" else tuple(labels) or tuple(map(str, range(p.shape[1])))
    return Score(found, names, asked.confusion, part)


@dataclass(frozen=True)
class _Asked:
    """What one task asks for: its measures as one function of weights (n, r) to figures (m, r)."""

    names: tuple[str, ...]
    statistic: Callable[[Array], Array]  # in the order of names; after a calibration error stands its noise
    successes: Mapping[str, int] = field(default_factory=dict)  # of the measures that are shares of rows
    unanimous: int = 0  # the rows that a perfect figure stands on
    strata: NDArray[Any] | None = None
    confusion: tuple[tuple[int, ...], ...] = ()


def _interval(asked: _Asked, i: int, value: float, drawn: Array, n: int) -> tuple[float, float, str]:
    """Return low, high and the method's name for the i-th measure."""
    name, method = asked.names[i], "bootstrap" if asked.strata is None else "stratified bootstrap"
    if name in asked.successes:
        return *wilson(asked.successes[name], n), "wilson"
    if n == 1:
        return value, value, "none"  # nothing can be said from one row
    if name == "calibration_error":
        return *calibration_interval(value, drawn[-2], drawn[-1], n), method
    low, high = percentile(drawn[i], n)
    if low == high == value and value in (0.0, 1.0) and asked.unanimous and name not in _LOSSES:
        # The bootstrap never sees an error that is not in the rows; Wilson's interval allows for one.
        return *wilson(value * asked.unanimous, asked.unanimous), "wilson"
    return min(low, value), max(high, value), method


def _classes(truth: NDArray[Any], prediction: NDArray[Any]) -> _Asked:
    codes, p = truth.astype(np.int64), prediction.astype(np.float64)
    n, k = p.shape
    said = p.argmax(1)
    hit = said == codes
    own = p[np.arange(n), codes]  # the probability that was given to the true class
    brier = ((p**2).sum(1) - 2 * own + 1) / (2 if k == 2 else 1)  # two classes: Brier's score of one column
    per_row = _sparse([-np.log(_clipped(own, prediction)), brier])  # (2, n)
    ranked = slice(1 if k == 2 else 0, k)
    auc = _auc(codes[:, None] == np.arange(k)[ranked], p[:, ranked])
    miscalibration = calibration_error(p.max(1), hit)
    everyone = np.ones(n)
    true, chosen, right = (by_group(c, w, k) for c, w in ((codes, everyone), (said, everyone), (codes, hit)))

    def statistic(weights: Array) -> Array:
        total: Array = weights.sum(0)
        t, c, h = true @ weights, chosen @ weights, right @ weights
        shares = [h.sum(0) / total, _mean_ratio(h, t), _mean_ratio(2 * h, t + c)]
        second = [_mean_ratio(2 * h[1:], (t + c)[1:])] if k == 2 else []
        return np.stack(
            [*shares, *second, auc(weights), *(per_row @ weights / total), *miscalibration(weights)]
        )

    sizes = np.bincount(codes)
    table = tuple(map(tuple, np.bincount(codes * k + said, minlength=k * k).reshape(k, k).tolist()))
    names = ("accuracy", "balanced_accuracy", "macro_f1", *(["f1"] if k == 2 else []), "auc", *_LOSSES)
    rows = int(sizes[sizes > 0].min() * (sizes > 0).sum())  # as if all classes were as rare as the rarest
    return _Asked(names, statistic, {"accuracy": int(hit.sum())}, rows, codes, table)


def _labels(truth: NDArray[Any], prediction: NDArray[Any]) -> _Asked:
    is_on, p = truth.astype(bool), prediction.astype(np.float64)
    said = p >= 0.5
    hit = said == is_on
    whole = hit.all(1)
    own = _clipped(np.where(is_on, p, 1 - p), prediction)
    losses = [-np.log(own).mean(1), ((p - is_on) ** 2).mean(1)]
    per_row = _sparse([hit.mean(1), whole, *losses])  # (4, n)
    true, chosen, both = (_sparse(a.T, dtype=np.float64) for a in (is_on, said, is_on & said))  # (k, n)
    auc, miscalibration = _auc(is_on, p), calibration_error(p, is_on)

    def statistic(weights: Array) -> Array:
        total = weights.sum(0)
        right, exact, loss, brier = per_row @ weights / total
        f1 = _mean_ratio(2 * both @ weights, true @ weights + chosen @ weights)
        return np.stack([right, exact, f1, auc(weights), loss, brier, *miscalibration(weights)])

    names = ("label_accuracy", "exact_match", "macro_f1", "auc", *_LOSSES)
    return _Asked(names, statistic, {"exact_match": int(whole.sum())}, len(p))


def _numbers(truth: NDArray[Any], prediction: NDArray[Any]) -> _Asked:
    y, error = truth.astype(np.float64), prediction.astype(np.float64) - truth
    y -= y.mean()
    least = 1e-12 * (y**2).mean()  # a resample may hold one value only, and what rounding left of it
    per_row = _sparse([error**2, np.abs(error), y, y**2])  # (4, n)

    def statistic(weights: Array) -> Array:
        squared, absolute, mean, square = per_row @ weights / weights.sum(0)
        variance = square - mean**2
        r2 = 1 - np.divide(squared, variance, out=np.full_like(squared, np.nan), where=variance > least)
        return np.stack([r2, np.sqrt(squared), absolute])

    return _Asked(("r2", "rmse", "mae"), statistic)


def _auc(positive: NDArray[np.bool_], ranked: Array) -> Callable[[Array], Array]:
    """Return the mean area under the ROC curves of the columns (n, k), as a function of weights.

    The area is the mean of the rows' placement values: the share of the other side that a row stands on the
    right side of, ties as halves. Under weights it is followed to first order, as in the variance of DeLong,
    DeLong and Clarke-Pearson 1988, and on the logit scale (Pepe 2003, chapter 5), so that it stays below 1.
    Measured on two normal classes of 15 to 100 rows, areas 0.7 to 0.97: such intervals cover the true area up
    to 4 points more often than those of areas computed anew, and many classes cost no more than two.
    """
    areas, slope = [], np.zeros(len(ranked))
    for on, column in zip(positive.T, ranked.T, strict=True):
        if not 0 < on.sum() < len(on):
            continue  # all rows stand on one side
        _, place = np.unique(column, return_inverse=True)
        above, below = np.bincount(place, on), np.bincount(place, ~on)
        side = np.where(on, len(on) - on.sum(), on.sum())  # how many rows stand on the other side
        under, over = below.cumsum() - below / 2, above[::-1].cumsum()[::-1] - above / 2
        placement = np.where(on, under[place], over[place]) / side
        areas.append(placement[on].mean())
        slope += (placement - areas[-1]) / (len(on) - side)
    area = float(np.mean(areas)) if areas else math.nan
    if not 0 < area < 1:
        return lambda weights: np.full(weights.shape[1], area)
    per_row = _sparse([-slope / (len(areas) * area * (1 - area))])  # (1, n)
    return lambda weights: 1 / (1 + (1 / area - 1) * np.exp((per_row @ weights)[0]))


def _sparse(rows: Any, **how: Any) -> Any:
    from scipy.sparse import csr_array  # see calibration: a run's first step need not wait for scipy

    return csr_array(rows, **how)


def _mean_ratio(top: Array, bottom: Array) -> Array:
    """Return the mean over k of top / bottom, leaving out what is 0 / 0."""
    total = np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0).sum(0)
    return np.asarray(total / np.maximum((bottom > 0).sum(0), 1))


def _clipped(probability: Array, given: NDArray[Any]) -> Array:
    """Keep logarithms finite, by the precision that the probabilities were given in, as scikit-learn does."""
    least = np.finfo(given.dtype if given.dtype.kind == "f" else np.float64).eps
    return np.clip(probability, least, 1 - least)


def _check(task: str, truth: NDArray[Any], prediction: NDArray[Any], labels: int, part: str) -> None:
    """Refuse what cannot be scored."""
    several, shape = task == "several labels", prediction.shape
    if truth.shape[:1] == (0,):
        raise DataError("there is nothing to score", where=part, allowed="one row or more", came="none")
    fits = truth.shape == (shape if several else shape[:1]) and len(shape) == (1 if task == "number" else 2)
    if (
        not fits
        or (task == "two classes" and shape[1] != 2)
        or (task != "number" and labels not in (0, shape[1]))
    ):
        came = f"truth {truth.shape}, prediction {shape} and {labels} labels"
        raise DataError(f"the shapes do not fit the task {task!r}", where=part, came=came)
    for name, array in (("truth", truth), ("prediction", prediction)):
        if array.dtype.kind not in "biuf":
            raise DataError(f"a {name} that is not numbers", where=part, came=str(array.dtype))
        _refuse(~(np.abs(array.astype(np.float64)) < LARGEST), f"a {name} that is not finite", part)
    if task != "number":
        k = 2 if several else shape[1]
        _refuse((truth % 1 != 0) | (truth % k != truth), f"a code that is not one of 0 to {k - 1}", part)
        _refuse(np.abs(prediction - 0.5) > 0.5 + TOLERANCE, "a probability outside of 0 to 1", part)
        total = np.ones(1) if several else prediction.sum(1, dtype=np.float64)
        _refuse(np.abs(total - 1) > TOLERANCE, "probabilities that do not sum to one", part)


def _refuse(wrong: NDArray[np.bool_], what: str, part: str) -> None:
    """Name the first row that is wrong."""
    if wrong.any():
        raise DataError(what, where=f"{part}, row {int(wrong.reshape(len(wrong), -1).any(1).argmax())}")
