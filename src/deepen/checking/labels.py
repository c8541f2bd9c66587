"""Labels that are likely wrong, by learners that have not seen their rows.

Legend: N rows, K classes, M rows that are learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from deepen.checking.checked import Checked
from deepen.evidence.calibration import temperature
from deepen.evidence.confident import doubts
from deepen.evidence.held_out import out_of_fold
from deepen.findings import Finding

__all__ = ["wrong_labels"]

_MOST = 300  # named: beyond them a person looks at no more (assumed)
_FEW = 3  # rows that a class needs, or its bar says nothing


def wrong_labels(
    checked: Checked,
    features: Callable[[np.ndarray], Any],
    way: str,
    *,
    seconds: float,
    seed: int,
    tell: Callable[[int, int], None],
    known: tuple[np.ndarray, np.ndarray] | None = None,
) -> Iterator[Finding | str | dict[str, float]]:
    """Find labels that contradict what the other rows teach; sentences and figures come along.

    Parameters
    ----------
    features, way
        Of :func:`deepen.checking.plain.plain_features`.
    seconds
        For all of it.
    known
        Rows (M,) that a trained model has not seen, and its probabilities for them (M, K): they go before where they
        are right as often.
    """
    examples = checked.examples
    if not examples.is_classes:
        yield "labels are looked at where they are classes, not for numbers and several labels"
        return
    rows, K = checked.learned, examples.preparation.outputs
    given = examples.target[rows].astype(np.int64)
    probabilities, fitted = out_of_fold(
        lambda at: features(rows[at]), given, checked.hashes[rows], way=way, classes=K, seconds=seconds, seed=seed,
        tell=tell,
    )  # fmt: skip
    if fitted < 0.7 * len(rows):
        yield f"for want of time the learner that doubts labels saw {fitted:,} of {len(rows):,} rows"
    probabilities = _calibrated(probabilities, given)
    if known is not None:
        at = np.searchsorted(rows, known[0])
        better = (known[1].argmax(axis=1) == given[at]).mean() >= (
            probabilities[at].argmax(axis=1) == given[at]
        ).mean()
        if better:
            probabilities[at] = known[1]
        who = (
            "the model's answers doubt"
            if better
            else "the model is no better than a quick learner, which doubts"
        )
        yield f"{who} the labels of the {len(at):,} test rows"
    found = doubts(given, probabilities)
    common = np.bincount(given, minlength=K) >= _FEW
    names = examples.preparation.labels
    right = float((probabilities.argmax(axis=1) == given).mean())
    yield {"labels estimated wrong": found.share, "accuracy of the learner that doubts labels": right}
    listed = 0
    for place, likely, margin in zip(
        found.rows.tolist(), found.likely.tolist(), found.margins.tolist(), strict=True
    ):
        if not common[likely] or not common[given[place]]:
            continue
        row = int(rows[place])
        yield Finding(
            "wrong label", 0.25 + 0.4 * margin * right,
            f"labelled {names[given[place]]}, looks like {names[likely]}"
            f" ({probabilities[place, likely]:.0%} to {probabilities[place, given[place]]:.0%})",
            (row,), (checked.where(row),), (str(checked.part[row]),), (checked.shown(row),),
            figures={"margin": margin},
        )  # fmt: skip
        listed += 1
        if listed == _MOST:
            yield f"{len(found.rows):,} labels are in doubt, the {_MOST} most doubtful are listed"
            return


def _calibrated(probabilities: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Make the learner as sure as it is right: (M, K)."""
    logits = np.log(probabilities.clip(1e-7, 1.0))
    logits /= temperature(logits, given)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
