"""Shallow learners on the plain features of the kinds: what a net must beat, fitted within a share of the clock.

All are scikit-learn's: logistic or ridge regression, a support vector machine with an RBF kernel (exact, or by
Nyström's features where rows are many: Williams and Seeger 2001), boosted trees on histograms, nearest neighbours.

Legend: N rows, D features, K labels, M new rows.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepen.config import one_of

__all__ = ["LEARNERS", "Fitted", "Learner", "beside", "fit"]

EXACT = 5000  # rows up to which the kernel is computed whole: 0.2 GB (assumed)
LANDMARKS = 500  # of Nyström's features (assumed)
PILOT = 8  # an eighth of the rows is fitted first, to know what all will cost


@dataclass(frozen=True)
class Learner:
    """One shallow learner.

    Parameters
    ----------
    name
        What it is called.
    make
        ``make(task, rows, seed)`` gives an estimator of scikit-learn, for data of up to so many rows.
    growth
        Its seconds grow as rows to this power (assumed; what is measured goes first).
    """

    name: str
    make: Callable[[str, int, int], Any]
    growth: float


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted learner.

    Parameters
    ----------
    name, rows, seconds
        Of what, the rows it was fitted on, and how long that took.
    predict
        Takes features (M, D); gives class codes (M,), zeros and ones for labels (M, K), or numbers (M,).
    """

    name: str
    rows: int
    seconds: float
    predict: Callable[[np.ndarray], np.ndarray]


def _linear(task: str, _rows: int, _seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.multiclass import OneVsRestClassifier

    if task == "number":
        return Ridge()
    one = LogisticRegression(max_iter=200, tol=1e-3)
    return OneVsRestClassifier(one) if task == "several labels" else one


def _svm(task: str, rows: int, seed: int) -> Any:
    from sklearn.kernel_approximation import Nystroem
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

    exact = rows <= EXACT
    if task == "number":
        one = SVR(C=10.0) if exact else LinearSVR(C=10.0, random_state=seed)
    else:
        one = SVC(C=10.0) if exact else LinearSVC(C=10.0, random_state=seed)
    if not exact:
        # Its gamma, 1/D, is SVC's "scale" for standardised features.
        one = make_pipeline(Nystroem(kernel="rbf", n_components=LANDMARKS, random_state=seed), one)
    return OneVsRestClassifier(one) if task == "several labels" else one


def _boosting(task: str, _rows: int, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.multiclass import OneVsRestClassifier

    if task == "number":
        return HistGradientBoostingRegressor(random_state=seed)
    one = HistGradientBoostingClassifier(random_state=seed)
    return OneVsRestClassifier(one) if task == "several labels" else one


def _neighbours(task: str, _rows: int, _seed: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

    return KNeighborsRegressor() if task == "number" else KNeighborsClassifier()


LEARNERS: dict[str, Learner] = {
    "linear": Learner("linear", _linear, 1.1),
    "neighbours": Learner("neighbours", _neighbours, 1.0),
    "SVM": Learner("SVM", _svm, 1.6),
    "boosting": Learner("boosting", _boosting, 0.8),
}
"""Every shallow learner by its name."""


def fit(
    name: str, x: np.ndarray, y: np.ndarray, task: str, *, most_rows: int | None = None, seed: int = 0
) -> Fitted:
    """Fit one learner.

    Parameters
    ----------
    x
        (N, D) plain features; they are standardised here.
    y
        Class codes (N,), zeros and ones (N, K), or numbers (N,).
    task
        Of :data:`deepen.evidence.measures.TASKS`.
    most_rows
        For how many rows the learner is chosen: a curve's largest amount, so that all its cells are of one learner.

    Raises
    ------
    SettingError
        If there is no such learner.

    Examples
    --------
    >>> x = np.arange(40.0)[:, None]
    >>> fit("neighbours", x, (x[:, 0] > 20).astype(int), "two classes").predict(np.array([[3.0], [33.0]])).tolist()
    [0, 1]
    """
    one_of("learner", name, tuple(LEARNERS))
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1.0)  # what never varies says nothing, and must not be blown up
    if task != "several labels" and task != "number" and len(np.unique(y)) == 1:
        only = y[0]
        return Fitted(name, len(x), 0.0, lambda new: np.full(len(new), only))
    made = LEARNERS[name].make(task, most_rows or len(x), seed)
    began = time.perf_counter()  # after scikit-learn is imported
    shift, spread = (float(y.mean()), float(y.std()) or 1.0) if task == "number" else (0.0, 1.0)
    if name == "neighbours":
        made.set_params(n_neighbors=min(5, len(x)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few iterations, or a label that all rows have
        made.fit((x - mean) / scale, (y - shift) / spread if task == "number" else y)

    def predict(new: np.ndarray) -> np.ndarray:
        found = np.asarray(made.predict((new - mean) / scale))
        return found * spread + shift if task == "number" else found

    return Fitted(name, len(x), time.perf_counter() - began, predict)


def beside(
    x: np.ndarray,
    y: np.ndarray,
    task: str,
    *,
    seconds: float,
    learners: Iterable[str] = tuple(LEARNERS),
    seed: int = 0,
) -> Mapping[str, Fitted]:
    """Fit the learners one after another, within so many seconds.

    Each is fitted on an eighth of the rows first; the seconds of that say how many rows the time left allows. So one
    that would take too long stands on fewer rows, which its ``rows`` tell.

    Parameters
    ----------
    x, y, task
        As in :func:`fit`; the rows in any order.
    seconds
        For all of them.
    """
    until = time.monotonic() + seconds
    names, found = list(learners), {}
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(x))
    for at, name in enumerate(names):
        share = (until - time.monotonic()) / (len(names) - at)
        if share <= 0:
            break
        few = order[: max(2, len(x) // PILOT)]
        pilot = fit(name, x[few], y[few], task, most_rows=len(x), seed=seed)
        left = max(0.0, share - pilot.seconds)
        times = min(float(PILOT), (left / max(pilot.seconds, 1e-3)) ** (1 / LEARNERS[name].growth))
        if times <= 1.5:
            found[name] = pilot
            continue
        some = order[: min(len(x), round(times * len(few)))] if times < PILOT else order
        found[name] = fit(name, x[some], y[some], task, most_rows=len(x), seed=seed)
    return found
