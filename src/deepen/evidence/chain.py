"""Which tag follows which, joined with what a net says of each element.

A net that answers for each element by itself knows its neighbours, but not how they are answered. The chain of tags,
as counted in training, does: the probability of a row of tags is taken to be that of the net for each of them, times,
for each two that follow one another, how much oftener the second stands behind the first than anywhere (the hybrid of
Bourlard and Morgan 1994, "Connectionist speech recognition", chapter 7). Since the net has seen the neighbours too,
that ratio gets an exponent from 0 to 1, which is chosen on the validation part: 0 leaves all as it is. A conditional
random field above the net (Lample et al. 2016) would learn the same in training.

Legend: T elements of one row, K tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chain"]

Array = NDArray[np.float64]

_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
_GAIN = 0.99  # of the loss without a chain that it must reach at the most, or it is left out (assumed)
_MOST = 20_000  # elements by which the exponent is chosen (assumed)
_TINY = 1e-12


@dataclass(frozen=True, eq=False)
class Chain:
    """How much oftener each tag begins a row, (K,), and follows each other one, (K, K), than it stands anywhere.

    Parameters
    ----------
    weight
        The exponent.
    start, move
        The ratios; ``move[i, j]`` that of j behind i.

    Examples
    --------
    >>> codes = [np.array([0] * 5 + [1] * 5)] * 50
    >>> chain = Chain.count(codes, 2, weight=1.0)
    >>> unsure = np.array([[0.9, 0.1], [0.55, 0.45], [0.9, 0.1]])
    >>> float(unsure[1, 0]), round(float(chain.join(unsure)[1, 0]), 2)
    (0.55, 0.97)
    """

    weight: float
    start: Array
    move: Array

    @classmethod
    def count(cls, codes: Sequence[NDArray[np.int64]], outputs: int, *, weight: float) -> Self:
        """Count on the training part; what never was is taken to be once (Laplace)."""
        move, start = np.ones((outputs, outputs)), np.ones(outputs)
        for row in codes:
            if len(row):
                start[row[0]] += 1
                np.add.at(move, (row[:-1], row[1:]), 1)
        share = np.bincount(np.concatenate(list(codes)), minlength=outputs) + 1.0
        share /= share.sum()
        return cls(weight, start / start.sum() / share, move / move.sum(1, keepdims=True) / share)

    @classmethod
    def fit(
        cls,
        codes: Sequence[NDArray[np.int64]],
        outputs: int,
        probabilities: Sequence[Array],
        truth: Sequence[NDArray[np.int64]],
    ) -> Self:
        """Count on the training part, and choose the exponent by the log loss on the validation part.

        Parameters
        ----------
        codes
            Each training row's tags.
        probabilities, truth
            Of each validation row what the net says, (T, K), and the tags, -1 where unknown.
        """
        enough = int(np.searchsorted(np.cumsum([len(row) for row in truth]), _MOST)) + 1
        rows = list(zip(probabilities, truth, strict=True))[:enough]
        found = {}
        for weight in _WEIGHTS:
            chain = cls.count(codes, outputs, weight=weight)
            own = np.concatenate([chain.join(p)[np.flatnonzero(t >= 0), t[t >= 0]] for p, t in rows])
            found[weight] = -float(np.log(own.clip(_TINY)).mean()) if len(own) else 0.0
        best = min(found, key=lambda weight: found[weight])
        return cls.count(codes, outputs, weight=best if found[best] < _GAIN * found[0.0] else 0.0)

    def join(self, p: Array) -> Array:
        """Give each element's probabilities, all the others of its row given: (T, K) from the net's (T, K).

        By the forward and backward pass (Rabiner 1989, section III B).
        """
        if self.weight == 0 or len(p) == 0:
            return p
        move, start = self.move**self.weight, self.start**self.weight
        forward, backward = np.empty_like(p), np.ones_like(p)
        forward[0] = _normal(p[0] * start)
        for t in range(1, len(p)):
            forward[t] = _normal((forward[t - 1] @ move) * p[t])
        for t in range(len(p) - 2, -1, -1):
            backward[t] = _normal(move @ (p[t + 1] * backward[t + 1]))
        joined = forward * backward
        return np.asarray(joined / joined.sum(1, keepdims=True))

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {"weight": self.weight, "start": self.start.tolist(), "move": self.move.tolist()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        return cls(data["weight"], np.array(data["start"]), np.array(data["move"]))


def _normal(values: Array) -> Array:
    return np.asarray((values + 1e-300) / (values.sum() + 1e-300 * len(values)))
