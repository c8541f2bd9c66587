"""What the examples of a run are, counted, for the report: a few numbers.

Legend: K classes or labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from deepen.training.examples import Examples

__all__ = ["count"]

_MOST_CLASSES = 1000  # counted one by one; what a page can list
_STEPS = 24  # of the histogram of a number


def count(examples: Examples) -> dict[str, Any]:
    """Give plain data: the sizes of the parts; how many of each class, or of which sizes a number is, in each."""
    rows = {"train": examples.rows.train, "valid": examples.rows.valid, "test": examples.rows.test}
    facts: dict[str, Any] = {"parts": {name: len(part) for name, part in rows.items()}}
    if examples.schema.task == "number":
        facts["target"] = _histogram({name: examples.target[part] for name, part in rows.items()})
    elif len(examples.preparation.labels) <= _MOST_CLASSES:
        counts = {name: examples.hot(part).sum(axis=0) for name, part in rows.items()}  # (K,) each
        facts["classes"] = [
            {"name": label, **{name: int(each[k]) for name, each in counts.items()}}
            for k, label in enumerate(examples.preparation.labels)
        ]
    return facts


def _histogram(values: dict[str, np.ndarray]) -> dict[str, Any]:
    """Count numbers in equal steps between the ends of all parts together."""
    together = np.concatenate(list(values.values())).astype(float)
    edges = np.histogram_bin_edges(together, bins=_STEPS)
    counts = {name: np.histogram(part, bins=edges)[0].tolist() for name, part in values.items()}
    return {"edges": [float(f"{edge:.6g}") for edge in edges], **counts}
