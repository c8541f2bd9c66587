"""What tags have to beat: the commonest tag, each token's own commonest, and a linear model of a step's neighbours.

Legend: T steps of one row, C channels, D features, K tags.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from deepen.evidence.baseline import ridge

__all__ = ["Habits", "commonest", "of_neighbours"]

Codes = NDArray[np.int64]

_BESIDE = 3  # steps on either side that a linear model sees (assumed)
_MOST = 50_000  # steps that it is fitted on (assumed)


def commonest(train: Sequence[Codes], rows: Sequence[Sequence[object]]) -> list[Codes]:
    """Answer everywhere what most tags of the training part are.

    Examples
    --------
    >>> [a.tolist() for a in commonest([np.array([1, 1, 0])], ["ab", "c"])]
    [[1, 1], [1]]
    """
    most = int(np.bincount(np.concatenate(train)).argmax())
    return [np.full(len(row), most, np.int64) for row in rows]


@dataclass(frozen=True, eq=False)
class Habits:
    """How often each token was tagged how in the training part.

    Parameters
    ----------
    counts
        Of each token the number of times that it had each tag, by the tags' codes.
    outputs
        K.

    Examples
    --------
    >>> known = Habits.fit([["a", "b", "a"]], [np.array([1, 0, 1])], 2)
    >>> known.answers(["b", "a", "new"]).tolist(), known.shares(["a", "new"]).tolist()
    ([0, 1, 1], [[0.0, 1.0], [0.0, 0.0]])
    """

    counts: Mapping[str, Mapping[int, int]]
    outputs: int

    STEPS: ClassVar[tuple[int, ...]] = (1, 2, 4, 10, 30)
    """How often a token was seen, in steps."""

    @classmethod
    def fit(cls, tokens: Sequence[Sequence[str]], train: Sequence[Codes], outputs: int) -> Self:
        """Count on the training part."""
        counts: dict[str, Counter[int]] = {}
        for row, codes in zip(tokens, train, strict=True):
            for token, code in zip(row, codes.tolist(), strict=True):
                counts.setdefault(token, Counter())[code] += 1
        return cls({token: dict(found.most_common()) for token, found in counts.items()}, outputs)

    @cached_property
    def _every(self) -> Counter[int]:
        return sum((Counter(found) for found in self.counts.values()), Counter())

    def answers(self, tokens: Sequence[str]) -> Codes:
        """What each token was most often tagged, the commonest tag for an unseen one: (T,).

        Of tags that a token had equally often, the one that is commoner at large.
        """
        most = self._every.most_common(1)[0][0]
        return np.array([self._own(token, most) for token in tokens], np.int64)

    def _own(self, token: str, most: int) -> int:
        found = self.counts.get(token)
        return most if not found else max(found, key=lambda code: (found[code], self._every[code]))

    def shares(self, tokens: Sequence[str]) -> NDArray[np.float64]:
        """The share of its times that each token had each tag: (T, K); zeros for an unseen one."""
        shares = np.zeros((len(tokens), self.outputs))
        for at, token in enumerate(tokens):
            for code, count in self.counts.get(token, {}).items():
                shares[at, code] = count
        return np.asarray(shares / shares.sum(1, keepdims=True).clip(1))

    def steps(self, tokens: Sequence[str]) -> NDArray[np.int64]:
        """In which step of having been seen each token stands, and apart those that always had one tag: (T,)."""
        found = [self.counts.get(token, {}) for token in tokens]
        step = np.digitize([sum(counts.values()) for counts in found], self.STEPS)
        return np.asarray(
            2 * step + np.array([len(counts) == 1 for counts in found], dtype=np.int64), np.int64
        )

    @property
    def buckets(self) -> int:
        """How many steps there are."""
        return 2 * len(self.STEPS) + 2

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        listed = {token: [[code, n] for code, n in found.items()] for token, found in self.counts.items()}
        return {"counts": listed, "outputs": self.outputs}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        return cls(
            {token: dict(map(tuple, found)) for token, found in data["counts"].items()}, data["outputs"]
        )


def of_neighbours(
    steps: Sequence[NDArray[np.float32]],
    train: Sequence[Codes],
    rows: Sequence[NDArray[np.float32]],
    outputs: int,
) -> list[Codes]:
    """Answer by a ridge regression of each tag, one or zero, on a step (C,) and the three on either side.

    Examples
    --------
    >>> steps = [np.array([[0.0], [1.0]] * 20, np.float32)]
    >>> of_neighbours(steps, [np.array([0, 1] * 20)], steps, 2)[0][:4].tolist()
    [0, 1, 0, 1]
    """
    x, codes = np.concatenate([_beside(row) for row in steps]), np.concatenate(train)
    some = np.linspace(0, len(x) - 1, min(len(x), _MOST)).astype(np.int64)
    hot = (codes[some, None] == np.arange(outputs)).astype(np.float64)
    answer = ridge(x[some].astype(np.float64), hot)
    return [answer(_beside(row).astype(np.float64)).argmax(1).astype(np.int64) for row in rows]


def _beside(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """Lay each step and its neighbours side by side, the ends held: (T, C) to (T, D)."""
    T = len(row)
    places = np.arange(T)[:, None] + np.arange(-_BESIDE, _BESIDE + 1)  # (T, 7)
    return np.asarray(row[places.clip(0, max(0, T - 1))]).reshape(T, (2 * _BESIDE + 1) * row.shape[1])
