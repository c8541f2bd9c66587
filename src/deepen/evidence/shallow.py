"""Shallow learners on the plain features of the kinds: what a net must beat.

All are scikit-learn's: logistic or ridge regression, the same on principal components, a support vector machine with an
RBF kernel (exact, or by Nyström's features where rows are many: Williams and Seeger 2001) or a linear one for sparse
features, boosted trees on histograms, nearest neighbours. :mod:`~deepen.evidence.contest` fits several within a time.

Legend: N rows, D features, K classes or labels, M new rows.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepen.config import one_of

__all__ = ["LEARNERS", "Fitted", "Learner", "fit"]

EXACT = 5000  # rows up to which the kernel is computed whole: 0.2 GB (assumed)
LANDMARKS = 500  # of Nyström's features (assumed)
COMPONENTS = 50  # principal ones, at the most (assumed)
UNSEEN = 5.0  # logits that a class stands below the least, of which there was no row to learn from (assumed)


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
    scores
        Takes features (M, D); gives what probabilities are made of by a temperature, (M, K) for classes and labels, of
        which the greatest (above 0) is the answer; or numbers (M,).
    """

    name: str
    rows: int
    seconds: float
    predict: Callable[[np.ndarray], np.ndarray]
    scores: Callable[[np.ndarray], np.ndarray]


def _linear(task: str, _rows: int, _seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.multiclass import OneVsRestClassifier

    if task == "number":
        return Ridge()
    one = LogisticRegression(max_iter=200, tol=1e-3)
    return OneVsRestClassifier(one) if task == "several labels" else one


def _components(task: str, rows: int, seed: int) -> Any:
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline

    return make_pipeline(PCA(COMPONENTS, random_state=seed), _linear(task, rows, seed))


def _linear_svm(task: str, _rows: int, seed: int) -> Any:
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC, LinearSVR

    if task == "number":
        return LinearSVR(random_state=seed)
    one = LinearSVC(C=0.5, random_state=seed)
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
    "PCA + linear": Learner("PCA + linear", _components, 1.1),
    "neighbours": Learner("neighbours", _neighbours, 1.0),
    "linear SVM": Learner("linear SVM", _linear_svm, 1.1),
    "SVM": Learner("SVM", _svm, 1.6),
    "boosting": Learner("boosting", _boosting, 0.8),
}
"""Every shallow learner by its name."""


def fit(
    name: str,
    x: Any,
    y: np.ndarray,
    task: str,
    *,
    most_rows: int | None = None,
    outputs: int | None = None,
    seed: int = 0,
) -> Fitted:
    """Fit one learner.

    Parameters
    ----------
    x
        (N, D) plain features, which are standardised here; or a sparse matrix, which is not.
    y
        Class codes (N,), zeros and ones (N, K), or numbers (N,).
    task
        Of :data:`deepen.evidence.measures.TASKS`.
    most_rows
        For how many rows the learner is chosen: a curve's largest amount, so that all its cells are of one learner.
    outputs
        K, where more classes may come than stand in ``y``.

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
    n, width = x.shape
    ready = _standardised(x)
    K = outputs or (y.shape[1] if y.ndim == 2 else 1 if task == "number" else int(y.max()) + 1)
    if task != "several labels" and task != "number" and len(np.unique(y)) == 1:
        only = y[0]
        known = np.full(K, -UNSEEN)
        known[int(only)] = 0.0
        return Fitted(
            name,
            n,
            0.0,
            lambda new: np.full(new.shape[0], only),
            lambda new: np.tile(known, (new.shape[0], 1)),
        )
    made = LEARNERS[name].make(task, most_rows or n, seed)
    began = time.perf_counter()  # after scikit-learn is imported
    shift, spread = (float(y.mean()), float(y.std()) or 1.0) if task == "number" else (0.0, 1.0)
    if name == "neighbours":
        made.set_params(n_neighbors=min(5, n))
    if name == "PCA + linear":
        made.set_params(pca__n_components=min(COMPONENTS, n, width))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few iterations, or a label that all rows have
        made.fit(ready(x), (y - shift) / spread if task == "number" else y)

    def predict(new: np.ndarray) -> np.ndarray:
        found = np.asarray(made.predict(ready(new)))
        return found * spread + shift if task == "number" else found

    def scores(new: np.ndarray) -> np.ndarray:
        return predict(new) if task == "number" else _logits(made, ready(new), task, K)

    return Fitted(name, n, time.perf_counter() - began, predict, scores)


def _standardised(x: Any) -> Callable[[Any], Any]:
    """What brings features to the scale of those that a learner is fitted on."""
    if not isinstance(x, np.ndarray):
        return lambda new: new
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1.0)  # what never varies says nothing, and must not be blown up
    return lambda new: (new - mean) / scale


def _logits(made: Any, x: Any, task: str, K: int) -> np.ndarray:
    """A fitted classifier's scores of (M, D): (M, K)."""
    if hasattr(made, "decision_function"):
        found = np.asarray(made.decision_function(x), dtype=np.float64)
        found = found.reshape(len(found), -1)
    elif task == "several labels":  # nearest neighbours: one array of shares for each label
        shares = [_share_on(p, c) for p, c in zip(made.predict_proba(x), made.classes_, strict=True)]
        found = np.log((np.stack(shares, axis=1) + 0.1) / (1.1 - np.stack(shares, axis=1)))
    else:
        found = np.log(made.predict_proba(x) + 0.1)
    if task == "several labels":
        return found
    if found.shape[1] == 1:  # of two classes the second's
        found = np.concatenate([-found / 2, found / 2], axis=1)
    whole = np.repeat(found.min(axis=1, keepdims=True) - UNSEEN, K, axis=1)
    whole[:, made.classes_] = found
    return whole


def _share_on(shares: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The share of neighbours that have a label, though all or none of the training part may have it."""
    at = np.flatnonzero(classes > 0.5)
    return np.asarray(shares[:, at[0]] if len(at) else np.zeros(len(shares)))
