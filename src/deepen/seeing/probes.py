"""A linear probe on every level: how well a straight line finds the answer there (Alain and Bengio 2016).

What a probe finds at a level is there in a form that one linear layer can read. Accuracy that rises with depth is
abstraction, measured; a nuisance, such as who speaks, should be harder to find the deeper one looks.

The probe is a logistic regression, or a ridge regression for numbers, on standardised activations. A grid, or steps, is
first averaged over equal parts of an example's own places, as many as leave about ``MOST`` numbers (Alain and Bengio,
section 3.1, pool likewise); where in the example something stands is then still known, roughly.

Legend: N examples, B of them in a batch, U units, P places, F numbers, K classes or labels.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from deepen.errors import DataError
from deepen.evidence.measures import score
from deepen.nets.standing import Standing
from deepen.records import Measure

__all__ = ["chance", "predicted", "probe", "summary"]

MOST = 512  # numbers that a probe reads of one example: some thousand rows then tell (assumed)
FOLDS = 5
_PENALTY = 0.1  # the inverse, C, of the logistic regression's; features are standardised (assumed)
_RIDGE = 10.0  # the ridge regression's (assumed)


def summary(standing: Standing, most: int = MOST) -> Tensor:
    """Make one row of numbers of what stands on a level for each example: (B, F).

    Examples
    --------
    >>> import torch
    >>> summary(Standing(torch.ones(3, 64, 9, 9))).shape, summary(Standing(torch.ones(3, 100, 7))).shape
    (torch.Size([3, 576]), torch.Size([3, 500]))
    """
    x = standing.values
    if x.ndim == 2:
        return x
    U, sides = x.shape[1], x.shape[2:]
    k = max(1, round((most / U) ** (1 / len(sides))))
    parts = [k] * len(sides)
    if standing.own is None:
        return _pooled(x, [min(p, s) for p, s in zip(parts, sides, strict=True)]).flatten(1)
    # Each example is divided by its own length, so those of like length are pooled together.
    parts = [*(min(p, s) for p, s in zip(parts[:-1], sides[:-1], strict=True)), k]
    counts = standing.own.sum(1)
    found: Tensor | None = None
    for n in sorted(set(counts.tolist())):
        rows = counts == n
        part = _pooled(x[rows][..., : max(1, n)], parts).flatten(1)
        found = x.new_zeros(len(x), part.shape[1]) if found is None else found
        found[rows] = part
    assert found is not None
    return found


def _pooled(x: Tensor, parts: list[int]) -> Tensor:
    if len(parts) > 3:
        raise DataError("a level of more than three axes of places", came=str(tuple(x.shape)))
    pools: list[Any] = [F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d]
    made: Tensor = pools[len(parts) - 1](x, parts)
    return made


def probe(
    x: np.ndarray,
    target: np.ndarray,
    task: str,
    labels: tuple[str, ...] = (),
    *,
    train: np.ndarray | None = None,
    seed: int = 0,
) -> Measure:
    """Measure how well a linear probe finds a target.

    Parameters
    ----------
    x
        (N, F) activations.
    target
        (N,) class codes, (N, K) zeros and ones for labels, or (N,) numbers.
    task
        ``two classes``, ``many classes``, ``several labels`` or ``number``.
    labels
        The names of the classes or labels.
    train
        (N,) of bool: the rows to learn from, the others being scored. By default all are scored, each by a probe that
        has not seen it (five folds).
    seed
        Of the folds.

    Returns
    -------
    Measure
        Accuracy, label accuracy or R², with its 95 % interval over the rows scored.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(300, 4))
    >>> probe(x, (x[:, 0] > 0).astype(int), "two classes").value > 0.9
    True
    """
    rows = np.arange(len(x)) if train is None else np.flatnonzero(~train)
    answers = predicted(x, target, task, max(len(labels), 2), train=train, seed=seed)
    return score(task, target[rows], answers[rows], labels, seed=seed).headline


def predicted(
    x: np.ndarray,
    target: np.ndarray,
    task: str,
    classes: int = 2,
    *,
    train: np.ndarray | None = None,
    seed: int = 0,
) -> np.ndarray:
    """Let probes answer for rows that they have not learned from: probabilities (N, K), or numbers (N,)."""
    x = np.asarray(x, dtype=np.float64)
    numbers = task == "number"
    width = target.shape[1] if target.ndim == 2 else max(classes, 0 if numbers else int(target.max()) + 1)
    found = np.zeros(len(x) if numbers else (len(x), width))
    for learn, ask in _folds(len(x), target, task, train, seed):
        mean, deviation = x[learn].mean(0), x[learn].std(0)
        scaled = (x - mean) / np.where(deviation > 1e-9, deviation, 1.0)
        found[ask] = _fitted(scaled[learn], target[learn], task, width)(scaled[ask])
    return found


def _folds(
    n: int, target: np.ndarray, task: str, train: np.ndarray | None, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import KFold, StratifiedKFold

    if train is not None:
        return [(np.flatnonzero(train), np.flatnonzero(~train))]
    if n < 2 * FOLDS:
        raise DataError("too few examples for a probe", allowed=f"{2 * FOLDS} or more", came=str(n))
    rows = np.zeros(n)
    if task in ("two classes", "many classes") and (np.bincount(target) >= FOLDS).any():
        with warnings.catch_warnings(action="ignore"):  # a rare class is not in every fold
            return list(StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(rows, target))
    return list(KFold(FOLDS, shuffle=True, random_state=seed).split(rows))


def _fitted(x: np.ndarray, target: np.ndarray, task: str, width: int) -> Any:
    if task == "number":
        from sklearn.linear_model import Ridge

        return Ridge(alpha=_RIDGE).fit(x, target).predict
    if task == "several labels":
        each = [_classifier(x, target[:, k].astype(np.int64), 2) for k in range(width)]
        return lambda new: np.stack([one(new)[:, 1] for one in each], axis=1)
    return _classifier(x, target, width)


def _classifier(x: np.ndarray, target: np.ndarray, width: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    known = np.unique(target)

    def spread(probability: np.ndarray) -> np.ndarray:
        out = np.zeros((len(probability), width))
        out[:, known] = probability
        return out

    if len(known) == 1:
        return lambda new: spread(np.ones((len(new), 1)))
    made = LogisticRegression(C=_PENALTY, max_iter=200, tol=1e-3)
    with warnings.catch_warnings(action="ignore"):  # one that has not quite converged still answers
        made.fit(x, target)
    return lambda new: spread(made.predict_proba(new))


def chance(target: np.ndarray, task: str) -> float:
    """What is right without looking: the commonest class's share; of each label the commoner answer's; an R² of 0."""
    if task == "number":
        return 0.0
    if task == "several labels":
        share = target.mean(0)
        return float(np.maximum(share, 1 - share).mean())
    return float(np.bincount(target).max() / len(target))
