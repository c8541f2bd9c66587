"""How alike two levels are: centred kernel alignment, CKA (Kornblith, Norouzi, Lee and Hinton 2019).

Of activations X (N, F) and Y (N, G) with K = X X' and L = Y Y',

    CKA = HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)).

It does not change when a level's axes are turned or all its values scaled. HSIC is estimated without bias on batches,
and numerator and denominator are averaged over them (Nguyen, Raghu and Kornblith 2021, "Do wide and deep networks learn
the same things?", equations 2 and 3, with the estimator of Song et al. 2012), so that no N x N matrix is held and few
examples do not make everything look alike.

Legend: N examples, B examples in a batch, F, G numbers, L levels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from deepen.errors import DataError

__all__ = ["Alignment", "cka", "hsic"]

FEWEST = 4
"""Examples in a batch; the estimator divides by B - 3."""


def hsic(K: Tensor, L: Tensor) -> Tensor:
    """Estimate the Hilbert-Schmidt independence criterion without bias, of kernels (B, B).

        [ tr(K L) + 1'K1 1'L1 / ((B-1)(B-2)) - 2 1'K L 1 / (B-2) ] / (B (B-3)),  diagonals zero

    (Song, Smola, Gretton, Bedo and Borgwardt 2012, "Feature selection via dependence maximization", equation 5.)
    """
    B = len(K)
    K, L = (m - torch.diag(torch.diag(m)) for m in (K, L))
    a, b = K.sum(0), L.sum(0)
    return ((K * L).sum() + a.sum() * b.sum() / ((B - 1) * (B - 2)) - 2 * (a @ b) / (B - 2)) / (B * (B - 3))


class Alignment:
    """CKA between all pairs of levels, batch by batch.

    Examples
    --------
    >>> a = Alignment()
    >>> x = torch.randn(64, 5, generator=torch.Generator().manual_seed(0))
    >>> a.add([x, 3 * x.flip(1)])
    >>> a.value().round(4).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """

    def __init__(self) -> None:
        self._sum: Tensor | None = None
        self.batches = 0

    def add(self, levels: Sequence[Tensor]) -> None:
        """Add a batch: of each level the activations (B, ...).

        Raises
        ------
        DataError
            If there are fewer than four examples.
        """
        if len(levels[0]) < FEWEST:
            raise DataError(
                "too few examples to compare levels", allowed=f"{FEWEST} or more", came=str(len(levels[0]))
            )
        grams = []
        for x in levels:
            flat = x.flatten(1).double()
            # What all examples share is no similarity; and small numbers lose less in the sums.
            flat = flat - flat.mean(0)
            grams.append(flat @ flat.T)
        found = torch.stack([torch.stack([hsic(a, b) for b in grams]) for a in grams])  # (L, L)
        self._sum = found if self._sum is None else self._sum + found
        self.batches += 1

    def value(self) -> np.ndarray:
        """CKA (L, L); NaN where a level is the same for all examples."""
        if self._sum is None:
            raise DataError("there is nothing to compare", came="no batch")
        own = torch.diag(self._sum)
        own = torch.where(own > 0, own, torch.nan)
        return np.asarray((self._sum / (own[:, None] * own[None]).sqrt()).cpu().numpy())


def cka(x: Tensor | np.ndarray, y: Tensor | np.ndarray, *, batch: int | None = None) -> float:
    """Give the CKA of activations (N, F) and (N, G).

    Parameters
    ----------
    batch
        B; all at once by default. What is left over at the end is left out.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(200, 6))
    >>> cka(x, x) > 0.999, abs(cka(x, rng.normal(size=(200, 4)))) < 0.1
    (True, True)
    """
    a, b = (torch.as_tensor(v) for v in (x, y))
    if len(a) != len(b):
        raise DataError("activations of different examples", came=f"{len(a)} and {len(b)}")
    size = len(a) if batch is None else min(batch, len(a))
    found = Alignment()
    for first in range(0, len(a) - size + 1, size):
        found.add([a[first : first + size], b[first : first + size]])
    return float(found.value()[0, 1])
