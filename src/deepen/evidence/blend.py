"""The net and the counts joined: the probability of a token is a weighted mean of theirs.

The counts know what often stood together word by word, the net what is alike; each is wrong elsewhere. The
net's weight depends on how many of the tokens before were seen together in training, as Jelinek and Mercer
(1980) weigh the orders of one n-gram model; the weights are the likeliest ones on the validation part, found
by expectation and maximisation.

Legend: N tokens, K lengths of context (0 to K - 1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Blend"]

_ROUNDS = 50
_PRIOR = 20.0  # a rarely seen length counts as so many tokens with the weight that is best for all (assumed)


@dataclass(frozen=True)
class Blend:
    """The net's weight for each number of tokens that were seen together before: K numbers from 0 to 1.

    Examples
    --------
    >>> net, counts = np.repeat([0.5, 0.1], 100), np.repeat([0.1, 0.4], 100)
    >>> blend = Blend.fit(net, counts, seen=np.repeat([0, 1], 100), lengths=2)
    >>> blend.weights[0] > 0.5 > blend.weights[1]
    True
    """

    weights: tuple[float, ...]

    @classmethod
    def fit(
        cls, net: NDArray[np.float64], counts: NDArray[np.float64], seen: NDArray[np.int64], lengths: int
    ) -> Self:
        """Find the weights that make tokens likeliest which were given these probabilities, (N,) each."""
        overall = float(_climb(net, counts, np.zeros(len(net), np.int64), np.array([0.5]), 1.0)[0])
        return cls(tuple(_climb(net, counts, seen, np.full(lengths, overall), _PRIOR).tolist()))

    def join(
        self, net: NDArray[np.float64], counts: NDArray[np.float64], seen: NDArray[np.int64] | int
    ) -> NDArray[np.float64]:
        """Give the weighted mean of two probabilities, (N,) or (V,) each."""
        w = np.asarray(self.weights)[seen]
        return np.asarray(w * net + (1 - w) * counts)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {"weights": list(self.weights)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        return cls(tuple(data["weights"]))


def _climb(
    net: NDArray[np.float64],
    counts: NDArray[np.float64],
    seen: NDArray[np.int64],
    start: NDArray[np.float64],
    prior: float,
) -> NDArray[np.float64]:
    """Climb the likelihood: each weight becomes the mean share of the net in what the blend gave its tokens."""
    w, k = start, len(start)
    size = np.bincount(seen, minlength=k) + prior
    for _ in range(_ROUNDS):
        mine = w[seen] * net
        share = mine / np.maximum(mine + (1 - w[seen]) * counts, 1e-300)
        w = (np.bincount(seen, share, k) + prior * start) / np.maximum(size, 1e-9)
    return w
