"""Tokens as a net reads them: a word of the training part's vocabulary, and the n-grams of its characters.

A word that training never showed has no vector of its own, but its beginnings, endings and inner parts were seen in
others (Bojanowski, Grave, Joulin and Mikolov 2017, "Enriching word vectors with subword information"). Case, accents
and emoji stay as they are.

Legend: N rows, T tokens of one, B rows in a batch, U distinct tokens, M n-grams of all of them, V words.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

__all__ = ["Lexicon", "Spelled", "grams"]

_SHORTEST, _LONGEST = 2, 4  # characters of an n-gram (assumed; the paper takes 3 to 6, of far longer texts)
_ENDS = 12  # characters of either end of a token that are read: links and numbers have more (assumed)
_RARE = 2  # a word seen once is read as unknown, so that what is unknown is learned too
_MOST_WORDS = 100_000  # assumed; those beyond it are seen a few times each
_BUCKETS = (
    1 << 15
)  # n-grams share vectors by their hash, in the paper 2 million, of far longer texts (assumed)
UNKNOWN = 1


def grams(word: str) -> list[str]:
    """Give the n-grams of a word between marks of its beginning and end, and the whole of a short one.

    Examples
    --------
    >>> grams("u"), grams("ab")
    (['<u', 'u>', '<u>'], ['<a', 'ab', 'b>', '<ab', 'ab>', '<ab>'])
    """
    if len(word) > 2 * _ENDS:
        word = word[:_ENDS] + word[-_ENDS:]
    marked = f"<{word}>"
    return [marked[at : at + n] for n in range(_SHORTEST, _LONGEST + 1) for at in range(len(marked) - n + 1)]


@dataclass(frozen=True, eq=False)
class Spelled:
    """Distinct tokens, as words and as n-grams.

    Parameters
    ----------
    words
        (U,) the word's place in the vocabulary; that of place 0 is 0, which stands behind the end.
    grams
        (M,) the buckets of all n-grams, one token after the other.
    starts
        (U + 1,) where each token's n-grams begin.
    """

    words: Tensor
    grams: Tensor
    starts: Tensor

    def to(self, device: torch.device) -> Spelled:
        """The same on another device."""
        return Spelled(self.words.to(device), self.grams.to(device), self.starts.to(device))

    def read(self, places: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Look up places (B, T) of tokens among the distinct ones.

        Returns
        -------
        words, which, grams, starts
            (B, T) words; (B, T) which of the batch's distinct tokens each one is; (M,) their n-grams, one token
            after the other; and (U,) where each one's begin.
        """
        distinct, which = torch.unique(places, return_inverse=True)
        first, last = self.starts[distinct], self.starts[distinct + 1]  # (U,)
        counts = last - first
        starts = counts.cumsum(0) - counts
        at = torch.arange(int(counts.sum()), device=places.device)
        found = self.grams[at - (starts - first).repeat_interleave(counts)]
        return self.words[places], which, found, starts


@dataclass(frozen=True)
class Lexicon:
    """The words of the training part, as they are written there.

    Words have the places from 2 on, in this order; 1 is every other word.
    """

    words: tuple[str, ...]
    buckets: int = _BUCKETS

    @classmethod
    def fit(cls, rows: Iterable[Sequence[str]]) -> Self:
        """Count on the training part."""
        counts = Counter(word for row in rows for word in row)
        return cls(tuple(w for w, n in counts.most_common(_MOST_WORDS) if n >= _RARE))

    @property
    def v(self) -> int:
        """V, with the places for nothing and for the unknown."""
        return len(self.words) + 2

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: at + 2 for at, word in enumerate(self.words)}

    def knows(self, word: str) -> bool:
        """Whether a word has a vector of its own."""
        return word in self._places

    def spell(self, rows: Iterable[Sequence[str]]) -> tuple[list[np.ndarray], Spelled]:
        """Number the distinct tokens of some rows from 1 on.

        Returns
        -------
        places, spelled
            Which distinct token each one is, (T,) int32 for each row; and those.
        """
        known: dict[str, int] = {}
        places = [np.array([known.setdefault(w, len(known) + 1) for w in row], np.int32) for row in rows]
        words, found, starts = [0], [], [0, 0]
        for word in known:
            words.append(self._places.get(word, UNKNOWN))
            found += [zlib.crc32(g.encode("utf-8", "surrogatepass")) % self.buckets for g in grams(word)]
            starts.append(len(found))
        return places, Spelled(*(torch.tensor(part, dtype=torch.long) for part in (words, found, starts)))

    def __str__(self) -> str:
        return f"{len(self.words):,} words seen twice or oftener, and the n-grams of all of them"

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {"words": list(self.words), "buckets": self.buckets}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(tuple(data["words"]), data["buckets"])
