"""The plain features that shallow learners get, and which learners suit which data.

Legend: N rows, M of them, D features.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from deepen.data.kinds.gradients import oriented_gradients
from deepen.data.kinds.ngrams import counts
from deepen.data.kinds.text import Text
from deepen.evidence.contest import Candidate
from deepen.training.examples import Examples

__all__ = ["Kept", "candidates"]

_MEMORY = 512 << 20  # bytes that the features of one sort may take (assumed)
_IDF_ROWS = 20_000  # training texts that the rarity of words is counted on (assumed)
_LSA_ROWS, _LSA = (
    5000,
    50,
)  # texts, and components that they are brought to where trees are to read them (assumed)
_RUNS = {"words": 2, "characters": 4}  # neighbouring tokens that are counted together, at the most (assumed)

Features = Callable[[np.ndarray], Any]


class Kept:
    """Features that are worked out once for each row.

    Parameters
    ----------
    count
        N.
    work
        Takes row numbers (M,), gives features (M, D).

    Examples
    --------
    >>> asked = []
    >>> kept = Kept(4, lambda rows: asked.append(rows.tolist()) or rows[:, None] * 1.0)
    >>> kept(np.array([1, 2])).tolist(), kept(np.array([2, 3])).tolist(), asked
    ([[1.0], [2.0]], [[2.0], [3.0]], [[1, 2], [3]])
    """

    def __init__(self, count: int, work: Features) -> None:
        self._work, self._count = work, count
        self._known = np.zeros(count, dtype=bool)
        self._store: np.ndarray | None = None

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """The features of some rows."""
        new = np.unique(rows[~self._known[rows]])
        for block in np.array_split(new, max(1, len(new) // 2048)):
            if len(block):
                found = self._work(block)
                if self._store is None:  # pages of it that no row writes to take no memory
                    self._store = np.empty((self._count, found.shape[1]), dtype=np.float32)
                self._store[block] = found
        self._known[new] = True
        assert self._store is not None
        return np.asarray(self._store[rows])


def candidates(examples: Examples) -> list[Candidate]:
    """The shallow learners for these data, cheap ones first.

    Texts are read by TF-IDF of their tokens and runs of tokens, pictures as pixels and as histograms of oriented
    gradients, recordings by the statistics of their spectrogram, series step by step with what they span.
    """
    count = len(examples.target)
    if any(isinstance(kind, Text) for kind in examples.preparation.stored.values()):
        words = _Words(examples)
        dense = Kept(count, words.dense)
        return [
            Candidate("linear SVM on TF-IDF", "linear SVM", words),
            Candidate("linear on TF-IDF", "linear", words),
            Candidate("boosting", "boosting", dense, _rows_in_memory(2 * _LSA)),
        ]
    plain = Kept(count, examples.plain)
    most = _rows_in_memory(examples.plain(examples.rows.train[:1]).shape[1])
    found = [
        Candidate(name, name, plain, most)
        for name in ("linear", "PCA + linear", "neighbours", "SVM", "boosting")
    ]
    if examples.preparation.images:
        gradients = Kept(count, lambda rows: _gradients(examples, rows))
        most = _rows_in_memory(_gradients(examples, examples.rows.train[:1]).shape[1])
        found[-1:-1] = [
            Candidate("linear on gradients", "linear", gradients, most),
            Candidate("SVM on gradients", "SVM", gradients, most),
        ]
    return found


def _rows_in_memory(width: int) -> int:
    return max(100, _MEMORY // (4 * width))


def _gradients(examples: Examples, rows: np.ndarray) -> np.ndarray:
    """Pictures by their gradients, and the other inputs as they are: (M, D)."""
    images = examples.preparation.images
    parts = [oriented_gradients(np.asarray(examples.arrays[name][rows])) for name in images]
    others = {name: array for name, array in examples.arrays.items() if name not in images}
    if others:
        parts.append(examples.preparation.plain(others, rows))
    return np.concatenate(parts, axis=1)


class _Words:
    """Texts by TF-IDF, sparse, and the other inputs beside them."""

    def __init__(self, examples: Examples) -> None:
        kinds = examples.preparation.stored
        self._examples = examples
        self._texts = {name: kind for name, kind in kinds.items() if isinstance(kind, Text)}
        self._others = {name: array for name, array in examples.arrays.items() if name not in self._texts}
        self._rarity: dict[str, Any] = {}
        self._axes: Any = None

    def __call__(self, rows: np.ndarray) -> Any:
        """Give a sparse matrix of some rows."""
        from scipy.sparse import csr_array, hstack

        parts = [self._of(name, rows) for name in self._texts]
        if self._others:
            parts.append(csr_array(self._examples.preparation.plain(self._others, rows)))
        return hstack(parts, format="csr")

    def _of(self, name: str, rows: np.ndarray) -> Any:
        from sklearn.feature_extraction.text import TfidfTransformer

        def counted(some: np.ndarray) -> Any:
            runs = _RUNS.get(self._texts[name].tokeniser.unit, _RUNS["words"])
            return counts(np.asarray(self._examples.arrays[name][some]), runs)

        if name not in self._rarity:
            train = self._examples.rows.train
            some = train[:: -(-len(train) // _IDF_ROWS)]
            self._rarity[name] = TfidfTransformer(sublinear_tf=True).fit(counted(some))
        return self._rarity[name].transform(counted(rows))

    def dense(self, rows: np.ndarray) -> np.ndarray:
        """Give some rows by the main axes of their words (Deerwester et al. 1990), for trees: (M, D)."""
        from sklearn.decomposition import TruncatedSVD

        if self._axes is None:
            train = self._examples.rows.train
            some = train[:: -(-len(train) // _LSA_ROWS)]
            self._axes = {}
            for name in self._texts:
                words = self._of(name, some)
                width = min(_LSA, len(some) - 1, words.shape[1] - 1)
                self._axes[name] = TruncatedSVD(max(1, width), random_state=0).fit(words)
        parts = [self._axes[name].transform(self._of(name, rows)) for name in self._texts]
        if self._others:
            parts.append(self._examples.preparation.plain(self._others, rows))
        return np.concatenate(parts, axis=1, dtype=np.float32)
