"""Several shallow learners fitted within so many seconds, cheap ones first, and the best chosen on the validation part.

scikit-learn's fits cannot be interrupted. So each learner is fitted on few rows first, and on up to four times as many
as long as what that took foretells that there is time; one that would take too long stands on fewer rows, and says so.

Legend: N training rows, M validation rows.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepen.evidence.shallow import LEARNERS, Fitted, fit

__all__ = ["Candidate", "Contestant", "best", "contest", "figure"]

FIRST = 400  # rows that are fitted first (assumed)
STEP = 4.0  # times as many that follow, at the most: what is thrown away is then about a third of the time
TIMED = 256  # validation rows answered to know what an answer takes
LEAST = 0.1  # seconds below which no learner is begun (assumed)


@dataclass(frozen=True)
class Candidate:
    """A learner, and the features that it gets.

    Parameters
    ----------
    name
        What the two are called together.
    learner
        Of :data:`deepen.evidence.shallow.LEARNERS`.
    features
        Takes row numbers (M,), gives their features (M, D), an array or a sparse matrix.
    most_rows
        More training rows would not fit in memory.
    """

    name: str
    learner: str
    features: Callable[[np.ndarray], Any]
    most_rows: int = 2**62


@dataclass(frozen=True)
class Contestant:
    """How one learner did.

    Parameters
    ----------
    name
        Of the learner and its features.
    rows
        Training rows that it was fitted on; 0 where there was no time for it.
    seconds
        That the last fit took.
    valid
        Its figure on the validation part, see :func:`figure`; NaN where there is none.
    """

    name: str
    rows: int
    seconds: float
    valid: float

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {**dataclasses.asdict(self), "valid": None if np.isnan(self.valid) else self.valid}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Contestant:
        """Read back what :meth:`to_dict` wrote."""
        return cls(**{**data, "valid": float("nan") if data["valid"] is None else data["valid"]})


def figure(task: str, truth: np.ndarray, scores: np.ndarray) -> float:
    """The figure by which learners are compared: accuracy, the share of right labels, or R²; higher is better.

    Examples
    --------
    >>> figure("many classes", np.array([0, 2]), np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 0.5]]))
    0.5
    """
    if task == "number":
        variance = max(float(truth.var()), 1e-300)
        return 1 - float(np.square(scores - truth).mean()) / variance
    if task == "several labels":
        return float(((scores > 0) == (truth > 0.5)).mean())
    return float((scores.argmax(axis=1) == truth).mean())


def contest(
    candidates: Sequence[Candidate],
    y: np.ndarray,
    task: str,
    *,
    train: np.ndarray,
    valid: np.ndarray,
    test: int = 0,
    outputs: int | None = None,
    seconds: float,
    stop: Callable[[], bool] = lambda: False,
    seed: int = 0,
) -> list[tuple[Contestant, Fitted | None]]:
    """Fit the candidates one after another.

    Each may take an even part of the time that is left, so what a cheap one leaves over goes to those after it.

    Parameters
    ----------
    candidates
        The cheap ones first.
    y
        The target of every row: class codes, zeros and ones for labels, or numbers.
    train, valid
        Row numbers (N,) and (M,).
    test
        How many rows will be answered besides, later and by the best alone: that takes time too.
    outputs
        How many classes or labels there are.
    seconds
        For all of them.
    stop
        Ends it before the next fit.

    Returns
    -------
    list
        What each did, in their order, with None where there was no time.
    """
    until = time.monotonic() + seconds
    order = np.random.default_rng(seed).permutation(train)
    found: list[tuple[Contestant, Fitted | None]] = []
    for at, candidate in enumerate(candidates):
        share = (until - time.monotonic()) / (len(candidates) - at)
        if share < LEAST or stop():
            found.append((Contestant(candidate.name, 0, 0.0, float("nan")), None))
            continue
        made = _grown(candidate, y, task, order, valid, test, outputs, share, stop, seed)
        reached = (
            figure(task, y[valid], made.scores(candidate.features(valid))) if len(valid) else float("nan")
        )
        found.append((Contestant(candidate.name, made.rows, made.seconds, reached), made))
    return found


def _grown(
    candidate: Candidate,
    y: np.ndarray,
    task: str,
    order: np.ndarray,
    valid: np.ndarray,
    test: int,
    outputs: int | None,
    seconds: float,
    stop: Callable[[], bool],
    seed: int,
) -> Fitted:
    """Fit one learner on as many rows as the seconds allow."""
    until = time.monotonic() + seconds
    all_rows = min(len(order), candidate.most_rows)
    rows = min(FIRST, all_rows)
    growth = max(1.0, LEARNERS[candidate.learner].growth)
    while True:
        began = time.monotonic()
        some = order[:rows]
        x = candidate.features(some)
        making = time.monotonic() - began
        made = fit(candidate.learner, x, y[some], task, most_rows=all_rows, outputs=outputs, seed=seed)
        fitted = making + made.seconds  # without the seconds that scikit-learn takes to be imported
        began = time.monotonic()
        answered = valid[:TIMED]
        if len(answered):
            made.scores(candidate.features(answered))
        each = (time.monotonic() - began) / max(1, len(answered))
        left = until - time.monotonic() - each * (len(valid) + test)
        # Answers of neighbours and of exact kernels take longer with more rows too.
        spent = max(
            1e-3, fitted + (each * (len(valid) + test) if candidate.learner in ("neighbours", "SVM") else 0.0)
        )
        times = min(STEP, all_rows / rows, (max(0.0, left) / spent) ** (1 / growth))
        if rows == all_rows or times < min(1.5, all_rows / rows) or stop():
            return made
        rows = min(all_rows, round(rows * times))


def best(found: Sequence[tuple[Contestant, Fitted | None]]) -> int | None:
    """The place of the one that did best on the validation part, of equals the first; None where none was fitted."""
    fitted = [k for k, (_, made) in enumerate(found) if made is not None]
    known = [k for k in fitted if not np.isnan(found[k][0].valid)]
    return max(known, key=lambda k: (found[k][0].valid, -k)) if known else next(iter(fitted), None)
