"""Probabilities for rows by a quick learner that has not seen them: each fold is answered by one fitted on the others.

Legend: N rows, D features, K classes, F folds.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from deepen.config import one_of

__all__ = ["WAYS", "folds_of", "learner", "out_of_fold", "two_sample"]

FOLDS = 5  # as many as confident learning was tried with (cited)
_LANDMARKS = 400  # of Nyström's features: more cost time and tell little (assumed)
_TREES = 60  # boosted trees are as good at naming wrong labels as 100 (assumed)

WAYS = ("boosting", "kernel", "words")
"""The learners: for columns, for pictures and sound and series, and for counts of words."""


def learner(way: str, features: int, seed: int) -> Any:
    """Give an estimator of scikit-learn that knows probabilities.

    Parameters
    ----------
    way
        ``boosting``: trees on histograms. ``kernel``: logistic regression on Nyström's features of an RBF kernel
        (Williams and Seeger 2001). ``words``: logistic regression on sparse counts.
    features
        D.

    Raises
    ------
    SettingError
        If there is no such way.
    """
    one_of("way", way, WAYS)
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    if way == "boosting":
        return HistGradientBoostingClassifier(max_iter=_TREES, early_stopping=False, random_state=seed)
    if way == "words":
        return LogisticRegression(C=30.0, max_iter=200, tol=1e-3)
    kernel = Nystroem(gamma=1 / max(1, features), n_components=_LANDMARKS, random_state=seed)
    return make_pipeline(kernel, LogisticRegression(C=30.0, max_iter=100, tol=1e-3))


def folds_of(labels: np.ndarray, units: np.ndarray, folds: int = FOLDS, *, seed: int = 0) -> np.ndarray:
    """Deal rows into folds: (N,) from 0 to F - 1, every class evenly, and copies into one fold.

    Copies must not vouch for one another: a wrong label copied with its row would look right.

    Parameters
    ----------
    labels
        (N,) codes whose shares each fold keeps.
    units
        (N,) codes of what must stay together.

    Examples
    --------
    >>> folds_of(np.array([0, 0, 1, 1]), np.array([5, 5, 6, 7]), 2).shape
    (4,)
    """
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(first))
    order = order[np.argsort(labels[first][order], kind="stable")]  # a class's units stand together, shuffled
    fold = np.empty(len(first), dtype=np.int64)
    fold[order] = np.arange(len(first)) % folds
    return np.asarray(fold[unit])


def out_of_fold(
    features: Callable[[np.ndarray], Any],
    labels: np.ndarray,
    units: np.ndarray,
    *,
    way: str,
    classes: int,
    seconds: float = np.inf,
    seed: int = 0,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[np.ndarray, int]:
    """Answer for every row by learners that have not seen it.

    Parameters
    ----------
    features
        Takes row numbers (M,) and gives their features (M, D).
    labels
        (N,) class codes.
    units
        (N,) codes of copies, which share a fold.
    way
        One of :data:`WAYS`.
    classes
        K.
    seconds
        For all of it: a small fit first tells how many rows each fold's learner can have.
    tell
        Is told how many rows are answered for.

    Returns
    -------
    probabilities, rows
        (N, K); and on how many rows each learner was fitted.

    Examples
    --------
    >>> x = np.repeat(np.arange(8.0), 40)[:, None]
    >>> y = (x[:, 0] > 3).astype(int)
    >>> p, _ = out_of_fold(lambda rows: x[rows], y, np.arange(320), way="boosting", classes=2)
    >>> bool(p[y == 1, 1].min() > 0.9 and p[y == 0, 1].max() < 0.1)
    True
    """
    N = len(labels)
    fold = folds_of(labels, units, seed=seed)
    found = np.zeros((N, classes))
    rng = np.random.default_rng(seed)
    most = _most_rows(features, labels, way, seconds, rng, seed)
    smallest = N
    for held in range(FOLDS):
        train, rest = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
        if not len(rest) or not len(train):
            continue
        train = np.sort(rng.permutation(train)[:most])
        smallest = min(smallest, len(train))
        answer = _fitted(features(train), labels[train], way, seed)
        for at in range(0, len(rest), 4096):
            some = rest[at : at + 4096]
            known, p = answer(features(some))
            found[np.ix_(some, known)] = p
            tell(int((fold < held).sum()) + at + len(some), N)
    return found, smallest


def two_sample(
    features: Callable[[np.ndarray], Any], rows: np.ndarray, second: np.ndarray, *, way: str, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Tell the rows of one sample from those of another: half of both teach, the other half is answered for.

    Parameters
    ----------
    features
        Takes row numbers (M,) and gives their features (M, D).
    rows
        (M,) of both samples, each once.
    second
        (M,) ones for rows of the second sample, zeros for the first.

    Returns
    -------
    judged, probabilities
        Places in ``rows`` of the half that was answered for, and how likely each is of the second sample.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(400, 2))
    >>> judged, p = two_sample(lambda at: x[at], np.arange(400), (np.arange(400) > 200).astype(int), way="boosting")
    >>> len(judged), p.shape
    (200, (200,))
    """
    half = folds_of(second, np.arange(len(rows)), 2, seed=seed)
    train, judged = np.flatnonzero(half == 0), np.flatnonzero(half == 1)
    known, p = _fitted(features(rows[train]), second[train], way, seed)(features(rows[judged]))
    return judged, p[:, -1] if known[-1] == 1 else np.zeros(len(judged))


def _most_rows(
    features: Callable[[np.ndarray], Any],
    labels: np.ndarray,
    way: str,
    seconds: float,
    rng: np.random.Generator,
    seed: int,
) -> int:
    """How many rows each fold's learner can have in the time: its seconds grow about as the rows."""
    N = len(labels)
    few = np.sort(rng.permutation(N)[: min(N, 1000)])
    if not np.isfinite(seconds) or len(few) >= N:
        return N
    x = features(few)
    _fitted(x[:50], labels[few[:50]], way, seed)  # scikit-learn's import does not count
    began = time.perf_counter()
    answer = _fitted(x, labels[few], way, seed)
    fitting = time.perf_counter() - began
    answer(x)
    answering = time.perf_counter() - began - fitting
    left = seconds - answering * N / len(few)
    return max(len(few), min(N, int(len(few) * left / FOLDS / max(fitting, 1e-3))))


def _fitted(
    x: Any, labels: np.ndarray, way: str, seed: int
) -> Callable[[Any], tuple[np.ndarray, np.ndarray]]:
    """Fit on features (N, D); what is given answers for others with the known classes and their probabilities."""
    known = np.unique(labels)
    if len(known) == 1:
        return lambda new: (known, np.ones((new.shape[0], 1)))
    ready = _ready(x, way)
    made = learner(way, x.shape[1], seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few iterations
        made.fit(ready(x), labels)
    return lambda new: (known, np.asarray(made.predict_proba(ready(new))))


def _ready(x: Any, way: str) -> Callable[[Any], Any]:
    """What brings features to what a learner reads, as fitted on the training rows."""
    if way != "kernel":
        return lambda new: new
    mean, scale = x.mean(axis=0), x.std(axis=0)
    # By the mean deviation, not each its own: a pixel at the border that hardly varies would else count most.
    # But columns in unlike units need their own, and theirs are standardised already.
    whole = float(np.sqrt(np.square(scale).mean())) or 1.0
    return lambda new: (new - mean) / whole
