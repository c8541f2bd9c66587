"""How well a language model foretells a text: bits for each character, and perplexity.

A text is not a bag of independent tokens: what it is about makes whole pages easy or hard. So whole blocks of
it are drawn with replacement (Künsch 1989), long enough that one says little of the next.

Letters: n tokens, m blocks, r resamples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepen.errors import DataError
from deepen.evidence.intervals import percentile, replicates
from deepen.records import Measure, Score

__all__ = ["likelihood"]

_BLOCKS = 50  # of 2,000 characters each in a text of 100,000, some pages of a book (assumed)


def likelihood(
    bits: ArrayLike, characters: ArrayLike, octets: ArrayLike, *, part: str = "test", seed: int = 0
) -> Score:
    """Measure a model by what it gave each token of a text.

    Parameters
    ----------
    bits
        Minus the base-2 logarithm of each token's probability: (n,).
    characters, octets
        How many characters and bytes of UTF-8 each token writes: (n,).
    part, seed
        What is scored; the seed of the bootstrap.

    Returns
    -------
    Score
        ``bits_per_character`` first, which models of any unit share; ``bits_per_byte``; and ``perplexity``, two to
        the power of the mean bits of a token, which compares models of the same tokens only.

    Examples
    --------
    >>> score = likelihood(np.full(1000, 2.0), np.full(1000, 4), np.full(1000, 4))
    >>> print(score)
    test bits per character 0.500 [0.500, 0.500]
    >>> score["perplexity"].value
    4.0
    """
    b, c, o = (np.asarray(a, np.float64) for a in (bits, characters, octets))
    if not len(b):
        raise DataError("there is nothing to score", where=part, allowed="one token or more", came="none")
    m = min(_BLOCKS, len(b))
    edges = np.linspace(0, len(b), m + 1).astype(np.int64)[:-1]
    sums = np.stack([np.add.reduceat(a, edges) for a in (b, c, o, np.ones(len(b)))])  # (4, m)
    drawn = replicates(lambda weights: _figures(sums @ weights), m, seed=seed)  # (3, R)
    values = _figures(sums.sum(1, keepdims=True))[:, 0]
    found = {}
    for name, value, row in zip(_NAMES, values.tolist(), drawn, strict=True):
        low, high = percentile(row, m) if m > 1 else (value, value)
        found[name] = Measure(name, value, min(low, value), max(high, value), "block bootstrap", len(b))
    return Score(found, part=part)


_NAMES = ("bits_per_character", "bits_per_byte", "perplexity")


def _figures(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the sums of bits, characters, bytes and tokens (4, r) to the three measures (3, r)."""
    bits, characters, octets, tokens = sums
    return np.stack([bits / characters, bits / octets, np.exp2(np.minimum(bits / tokens, 1000.0))])
