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

_SHORTEST, _LONGEST = (
    1,
    5,
)  # characters of an n-gram: 0.851 F1 of changed words, 0.847 with 2 to 4 (measured, seed 0)
_ENDS = 12  # characters of either end of a token that are read: links and numbers have more (assumed)
_MOST_WORDS = 100_000  # assumed; those beyond it are seen a few times each
# N-grams share vectors by their hash: as many as there are n-grams, within these bounds (assumed; the paper has 2
# million, of far longer texts).
_BUCKETS = 256, 1 << 15
UNKNOWN = 1


def grams(word: str) -> list[str]:
    """Give the n-grams of a word between marks of its beginning and end, and the whole of a short one.

    Examples
    --------
    >>> grams("u")
    ['<', 'u', '>', '<u', 'u>', '<u>']
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

    Words have the places from 2 on, the commonest first; 1 is every word of which not even another case is known.

    Parameters
    ----------
    once
        How many of them were seen once: the last ones.
    buckets
        How many vectors the n-grams share.
    """

    words: tuple[str, ...]
    once: int
    buckets: int = _BUCKETS[1]

    @classmethod
    def fit(cls, rows: Iterable[Sequence[str]]) -> Self:
        """Count on the training part."""
        counts = Counter(word for row in rows for word in row)
        kept = counts.most_common(_MOST_WORDS)
        least, most = _BUCKETS
        different = len({gram for word in counts for gram in grams(word)})
        buckets = min(most, max(least, 1 << different.bit_length()))
        return cls(tuple(w for w, _ in kept), sum(n == 1 for _, n in kept), buckets)

    @property
    def v(self) -> int:
        """V, with the places for nothing and for the unknown."""
        return len(self.words) + 2

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: at + 2 for at, word in enumerate(self.words)}

    @cached_property
    def _folded(self) -> dict[str, int]:
        """The commonest word of those that differ in case alone."""
        return {word.casefold(): at + 2 for at, word in reversed(list(enumerate(self.words)))}

    @property
    def rare(self) -> int:
        """The place of the first word that was seen once."""
        return self.v - self.once

    def place(self, word: str) -> int:
        """The place of a word, else of one that differs in case alone, else 1.

        Examples
        --------
        >>> known = Lexicon.fit([["you", "u", "you"], ["You"]])
        >>> [known.place(word) for word in ("you", "U", "YOU", "them")], known.rare
        ([2, 3, 2, 1], 3)
        """
        return self._places.get(word) or self._folded.get(word.casefold(), UNKNOWN)

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
            words.append(self.place(word))
            found += [zlib.crc32(g.encode("utf-8", "surrogatepass")) % self.buckets for g in grams(word)]
            starts.append(len(found))
        return places, Spelled(*(torch.tensor(part, dtype=torch.long) for part in (words, found, starts)))

    def __str__(self) -> str:
        return f"{len(self.words):,} different words, {self.once:,} of them seen once; unseen ones by their characters"

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {"words": list(self.words), "once": self.once, "buckets": self.buckets}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(tuple(data["words"]), data["once"], data["buckets"])
