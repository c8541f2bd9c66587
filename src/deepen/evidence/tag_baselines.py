"""What tags have to beat: the commonest tag, each token's own commonest, and a linear model of a step's neighbours.

Legend: T steps of one row, C channels, D features, K tags.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepen.evidence.baseline import ridge

__all__ = ["commonest", "of_neighbours", "of_tokens"]

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


def of_tokens(
    tokens: Sequence[Sequence[str]], train: Sequence[Codes], rows: Sequence[Sequence[str]]
) -> list[Codes]:
    """Answer what each token was most often tagged in the training part; an unseen one has the commonest tag.

    Examples
    --------
    >>> [a.tolist() for a in of_tokens([["a", "b", "a"]], [np.array([1, 0, 1])], [["b", "a", "new"]])]
    [[0, 1, 1]]
    """
    counts: dict[str, Counter[int]] = {}
    for row, codes in zip(tokens, train, strict=True):
        for token, code in zip(row, codes.tolist(), strict=True):
            counts.setdefault(token, Counter())[code] += 1
    every = Counter(code for codes in train for code in codes.tolist())
    # Of tags that a token had equally often, the one that is commoner at large.
    own = {token: max(found, key=lambda code: (found[code], every[code])) for token, found in counts.items()}
    most = every.most_common(1)[0][0]
    return [np.array([own.get(token, most) for token in row], np.int64) for row in rows]


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
