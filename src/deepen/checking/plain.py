"""The features of a quick learner, of which nothing is fitted on one part: else parts would differ by that alone.

So words are hashed as they are, not by the training part's vocabulary, and columns enter as their own numbers.

Legend: N rows, M rows asked for, D features.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deepen.checking.checked import Checked
from deepen.checking.facets import Facet
from deepen.data.kinds.text import Texts

__all__ = ["plain_features"]

_WORDS, _FEW_WORDS = 2**16, 512  # buckets: alone, and beside other inputs (assumed)


def plain_features(checked: Checked, facets: list[Facet]) -> tuple[Callable[[np.ndarray], Any], str]:
    """Give what makes features of rows (M,): (M, D), dense or sparse; and the way of the learner that reads them.

    The ways are those of :data:`deepen.evidence.held_out.WAYS`.
    """
    columns = [f.values for f in facets if f.given]
    table = np.stack(columns, axis=1) if columns else np.zeros((len(checked.table), 0))
    stored = checked.examples.preparation.stored
    if not stored:
        return lambda rows: table[rows], "boosting"
    texts = {n: checked.table[n.removeprefix("text ")] for n, kind in stored.items() if kind.name == "text"}
    if len(texts) == len(stored) == 1 and not columns:
        (column,) = texts.values()
        hashed = _hashing(_WORDS).transform(Texts(column, checked.table.where).some(np.arange(len(column))))
        return lambda rows: hashed[rows], "words"
    parts = [_standard(table)] if columns else []
    for name, kind in stored.items():
        if name in texts:
            some = Texts(texts[name], checked.table.where).some(np.arange(len(checked.table)))
            parts.append(_standard(_hashing(_FEW_WORDS).transform(some).toarray()))
        elif kind.name == "image" and len(stored) == 1 and not columns:
            parts.append(checked.plain(name))  # in one unit: what hardly varies must not be blown up
        else:
            parts.append(_standard(checked.plain(name)))
    joined = np.concatenate(parts, axis=1).astype(np.float32)
    return lambda rows: joined[rows], "kernel"


def _hashing(buckets: int) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    # A word alone may be one letter long: "u", "2" and "£" tell much in short messages.
    return HashingVectorizer(
        n_features=buckets, ngram_range=(1, 2), token_pattern=r"\w+|[^\w\s]", dtype=np.float32
    )


def _standard(x: np.ndarray) -> np.ndarray:
    """Bring a block of features to mean 0, all of it to a sum of variances of 1; missing values to the mean."""
    mean = np.nanmean(x, axis=0) if len(x) else 0.0
    filled = np.where(np.isnan(x), mean, x) - mean
    filled = filled / np.maximum(filled.std(axis=0), 1e-9)
    return np.asarray(filled / max(1, x.shape[1]) ** 0.5, dtype=np.float32)
