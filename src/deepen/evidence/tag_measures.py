"""How good tags are: each figure with an interval from sentences drawn anew, since tags of one sentence hang together.

Letters: n rows, k tags, m measures, r resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepen.errors import DataError
from deepen.evidence.intervals import percentile, replicates, wilson
from deepen.evidence.spans import are_spans, spans
from deepen.records import Measure, Score

__all__ = ["tag_score"]

Array = NDArray[np.float64]


def tag_score(
    truth: Sequence[NDArray[Any]],
    answers: Sequence[NDArray[Any]],
    labels: Sequence[str],
    *,
    part: str = "test",
    seed: int = 0,
) -> Score:
    """Measure tags against the truth.

    Parameters
    ----------
    truth, answers
        The codes of each row's tags.
    labels
        The names of the k tags, the commonest first.
    part, seed
        What is scored; the seed of the bootstrap.

    Returns
    -------
    Score
        ``accuracy``, the share of tags that are right; ``macro_f1``, the mean of the tags' F1 over those that occur or
        are said; of two tags ``f1`` with ``precision`` and ``recall`` of the second, the rarer; ``exact_match``, the
        share of rows that are right as a whole. Where tags name spans (B-X, I-X, O), before them ``entity_f1``,
        ``entity_precision`` and ``entity_recall``: a span counts if its beginning, its end and its name are right
        (Sang 2003).

    Examples
    --------
    >>> score = tag_score([np.array([0, 1, 2, 0])], [np.array([0, 1, 0, 0])], ["O", "B-PER", "I-PER"])
    >>> score["accuracy"].value, score["entity_f1"].value
    (0.75, 0.0)
    """
    if not len(truth):
        raise DataError("there is nothing to score", where=part, allowed="one row or more", came="none")
    if [len(t) for t in truth] != [len(a) for a in answers]:
        raise DataError("not as many answers as tags", where=part)
    n, k = len(truth), len(labels)
    codes, said = (np.concatenate(side).astype(np.int64) for side in (truth, answers))
    if not len(codes):
        raise DataError("there is no tag to score", where=part)
    row = np.repeat(np.arange(n), [len(t) for t in truth])
    table = np.bincount(codes * k + said, minlength=k * k).reshape(k, k)
    entities = _entities(truth, answers, labels) if are_spans(labels) else None
    statistic, names = _statistic(row, codes, said, n, k, entities)
    values = statistic(np.ones((n, 1)))[:, 0]
    drawn = replicates(statistic, n, seed=seed)  # (m, R)
    whole = int(sum(np.array_equal(t, a) for t, a in zip(truth, answers, strict=True)))
    found: dict[str, Measure] = {}
    for name, value, own in zip(names, values.tolist(), drawn, strict=True):
        low, high = percentile(own, n) if n > 1 else (value, value)
        low, high = (low, high) if np.isfinite(low) else (value, value)
        method = "bootstrap over rows"
        if low == high == value and value in (0.0, 1.0):
            # The bootstrap never sees an error that is not in the rows; Wilson's interval allows for one in them.
            (low, high), method = wilson(value * n, n), "wilson over rows"
        found[name] = Measure(name, value, max(0.0, min(low, value)), min(1.0, max(high, value)), method, n)
    found["exact_match"] = Measure("exact_match", whole / n, *wilson(whole, n), "wilson", n)
    return Score(found, tuple(labels), tuple(map(tuple, table.tolist())), part)


def _entities(
    truth: Sequence[NDArray[Any]], answers: Sequence[NDArray[Any]], labels: Sequence[str]
) -> NDArray[np.float64]:
    """Count the spans of each row that are right, said and true: (3, n)."""
    counts = []
    for t, a in zip(truth, answers, strict=True):
        true, said = (set(spans([labels[c] for c in side])) for side in (t, a))
        counts.append((len(true & said), len(said), len(true)))
    return np.array(counts, dtype=np.float64).T


def _statistic(
    row: NDArray[Any],
    codes: NDArray[Any],
    said: NDArray[Any],
    n: int,
    k: int,
    entities: Array | None,
) -> tuple[Callable[[Array], Array], list[str]]:
    """The measures as one function of the rows' weights (n, r) to figures (m, r), and their names."""
    from scipy.sparse import csr_array

    def counted(of: NDArray[Any], which: NDArray[Any]) -> Any:
        """How often each tag stands in each row: (k, n)."""
        return csr_array((np.ones(int(which.sum())), (of[which], row[which])), shape=(k, n))

    every = np.ones(len(codes), dtype=bool)
    true, chosen, right = counted(codes, every), counted(said, every), counted(codes, codes == said)
    names = ["accuracy", "macro_f1"]
    names += ["f1", "precision", "recall"] if k == 2 else []
    names = (["entity_f1", "entity_precision", "entity_recall"] if entities is not None else []) + names

    def statistic(weights: Array) -> Array:
        t, c, h = true @ weights, chosen @ weights, right @ weights  # (k, r)
        occurs = (t + c > 0).sum(0)
        f1 = np.divide(2 * h, t + c, out=np.zeros_like(h), where=t + c > 0)
        figures = [h.sum(0) / np.maximum(t.sum(0), 1), f1.sum(0) / np.maximum(occurs, 1)]
        if k == 2:
            figures += _f1(h[1], c[1], t[1])
        if entities is not None:
            figures = [*_f1(*(entities @ weights)), *figures]
        return np.stack(figures)

    return statistic, names


def _f1(right: Array, said: Array, true: Array) -> list[Array]:
    """F1, precision and recall; 0 where nothing was said or true."""
    return [2 * right / np.maximum(said + true, 1), right / np.maximum(said, 1), right / np.maximum(true, 1)]
