"""What is kept of the data and of the answers on the test part, for the report: few numbers, small pictures.

Legend: N rows, K classes, labels or numbers, M mistakes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from deepen.records import Mistakes
from deepen.reporting.thumbnails import encoded
from deepen.training.examples import Examples

__all__ = ["keep"]

_MOST_CLASSES = 1000  # counted one by one; what a page can list
_MOST_ANSWERS = 400  # points of the chart of answers: more hide one another
_STEPS = 24  # of the histogram of a number
_SIDE = 128  # pixels, the longer side of a picture that is kept


def keep(
    examples: Examples, answers: np.ndarray, mistakes: Mistakes | None
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Give the facts as plain data, and the pictures by name.

    Parameters
    ----------
    answers
        On the test part: probabilities (N, K), or numbers (N,).
    """
    rows = {"train": examples.rows.train, "valid": examples.rows.valid, "test": examples.rows.test}
    facts: dict[str, Any] = {"parts": {name: len(part) for name, part in rows.items()}}
    if examples.schema.task == "number":
        facts["target"] = _histogram({name: examples.target[part] for name, part in rows.items()})
        facts["answers"] = _answers(examples.target[examples.rows.test], answers)
    elif len(examples.preparation.labels) <= _MOST_CLASSES:
        counts = {name: examples.hot(part).sum(axis=0) for name, part in rows.items()}  # (K,) each
        facts["classes"] = [
            {"name": label, **{name: int(count[k]) for name, count in counts.items()}}
            for k, label in enumerate(examples.preparation.labels)
        ]
    if mistakes is None:
        return facts, {}
    pictures = {f"mistake-{at + 1:02d}": encoded(p, side=_SIDE) for at, p in enumerate(mistakes.pixels)}
    names = [f"{name}.{picture.form}" for name, picture in pictures.items()]
    facts["mistakes"] = {
        "total": mistakes.total,
        "of": mistakes.of,
        "shown": [
            {"picture": name, "truth": truth, "answered": answered, "sure": round(sure, 4)}
            for name, truth, answered, sure in zip(
                names, mistakes.truth, mistakes.answered, mistakes.sure, strict=True
            )
        ],
    }
    return facts, {name: p.data for name, p in zip(names, pictures.values(), strict=True)}


def _histogram(values: dict[str, np.ndarray]) -> dict[str, Any]:
    """Count numbers in equal steps between the ends of all parts together."""
    together = np.concatenate(list(values.values())).astype(float)
    edges = np.histogram_bin_edges(together, bins=_STEPS)
    counts = {name: np.histogram(part, bins=edges)[0].tolist() for name, part in values.items()}
    return {"edges": _short(edges), **counts}


def _answers(truth: np.ndarray, answers: np.ndarray) -> dict[str, Any]:
    """Pick rows evenly out of the test part, the first and the last by the true number among them."""
    order = np.argsort(truth, kind="stable")
    some = order[
        np.unique(np.linspace(0, len(order) - 1, min(len(order), _MOST_ANSWERS)).round().astype(int))
    ]
    return {"truth": _short(truth[some]), "answered": _short(answers[some]), "of": len(truth)}


def _short(values: np.ndarray) -> list[float]:
    """Six significant digits: enough for a chart, and small in a file."""
    return [float(f"{v:.6g}") for v in np.asarray(values, dtype=float).ravel()]
