"""What a machine has learned without labels: its filters, its chains, its dreams, and what it makes of data.

Legend: D columns.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from deepen.config import between
from deepen.learning.watch import Silent, Watch
from deepen.pretraining.features.model import Features
from deepen.pretraining.features.patches import KMeansOfRows
from deepen.pretraining.features.seen import Look
from deepen.pretraining.features.sheets import write

__all__ = ["CHAIN", "look"]

CHAIN = (1, 10, 100, 1000)
"""Gibbs steps after which a chain is shown."""

_CLASS_STEPS = 200  # of chains whose class is held: it leads them to where they belong (assumed)


def look(
    model: Features,
    source: Any = None,
    *,
    to: str | Path | None = None,
    units: int = 64,
    examples: int = 8,
    seed: int = 0,
    watch: Watch | None = None,
    **reading: Any,
) -> Look:
    """Look at a machine; see :func:`deepen.see`.

    Parameters
    ----------
    source
        Data like those it learned from, of which some rows are shown beside what comes back.
    to
        A folder to write pictures and a README into.
    units, examples
        How many units of the first layer are shown, and how many samples and rows.

    Raises
    ------
    DataError
        If the data cannot be read.
    FolderError
        If ``to`` cannot be written.
    """
    for name, value in (("--units", units), ("--examples", examples)):
        between(name, value, 1, 10_000)
    told: Watch = watch or Silent()
    weights = model.estimator.filters()
    longest = np.argsort(-np.square(weights).sum(axis=1), kind="stable")[:units]
    sentences = [
        f"{len(weights):,} units in the first layer; shown are the {len(longest):,} with the longest weights"
    ]
    if isinstance(model.estimator, KMeansOfRows):
        sentences = [
            f"{len(weights):,} centroids; shown are the {len(longest):,} farthest from the mean patch"
        ]
    chains: dict[int, np.ndarray] = {}
    dreams: dict[str, np.ndarray] = {}
    if hasattr(model.estimator, "sample"):
        told.stage("dreaming")
        if "steps" in inspect.signature(model.estimator.sample).parameters:
            chains = {steps: _sampled(model, examples, seed, steps=steps) for steps in CHAIN}
            sentences.append(f"chains from independent units, after {', '.join(map(str, CHAIN))} Gibbs steps")
        dreams = {"": chains[CHAIN[-1]] if chains else _sampled(model, examples, seed)}
        labelled = getattr(model.estimator, "labels", False)
        for label in model.estimator.classes_ if labelled else ():
            dreams[str(label)] = _sampled(model, examples, seed, label=label, steps=_CLASS_STEPS)
    rows = again = np.empty((0, len(model.columns)), np.float32)
    if source is not None and not isinstance(model.estimator, KMeansOfRows):
        told.stage("reading")
        matrix = model.matrix(source, **reading)
        rows = matrix[np.random.default_rng(seed).permutation(len(matrix))[:examples]]
        again = model.estimator.reconstruct(rows).reshape(len(rows), -1)
        lost = _apart(rows, again) / max(1e-12, _apart(rows, matrix.mean(axis=0)))
        sentences.append(f"of what the {len(rows)} rows shown vary, {1 - lost:.1%} comes back")
    found = Look(weights[longest], chains, dreams, rows, again, model.columns, tuple(sentences))
    if to is not None:
        told.stage("drawing")
        found = replace(found, pictures=write(found, model, Path(to)))
    return found


def _apart(rows: np.ndarray, others: np.ndarray) -> float:
    """The squared distance between rows, averaged."""
    return float(np.square(rows - others).sum(axis=1).mean())


def _sampled(model: Features, n: int, seed: int, **more: Any) -> np.ndarray:
    sampler: Any = model.estimator  # that it samples was asked before
    found: np.ndarray = sampler.sample(n, random_state=seed, **more)
    return found
