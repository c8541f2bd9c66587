"""Sentences and other texts: encoded as tokens, by a vocabulary made on the training part.

Legend: N rows, B examples in a batch, T tokens, D plain features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor

from deepen.data.columns import Column, is_text, strings
from deepen.data.exhibits import passage
from deepen.data.kinds.augmentation import Augmentation
from deepen.data.kinds.stored import by_blocks
from deepen.data.table import Table
from deepen.data.tokens import Tokeniser
from deepen.shapes import Tokens

__all__ = ["Text", "Texts"]

_WORDS = (
    3  # texts of more words than this on average are read word by word, others by their characters (assumed)
)
# Tokens kept of one text: reading more costs time (assumed).
_LONGEST = {"words": 400, "pieces": 500, "characters": 1000, "bytes": 1000}
_COVER = 99.0  # per cent of the texts that are kept whole, as far as the limit above allows
_FEATURES = 4096  # buckets that a linear model counts tokens in
_BLOCK = 4096  # texts encoded at a time
_MISSING = 1  # a missing or empty text is one unknown token: a net must have something to read


class Texts:
    """The texts of a column, one at a time; lists of tokens are joined by blanks."""

    def __init__(self, column: Column, where: Callable[[int], str]) -> None:
        if pa.types.is_list(column.type):
            column = pc.binary_join(column.cast(pa.list_(pa.string())), " ")
        self.column, self._where = strings(column), where

    def __len__(self) -> int:
        return len(self.column)

    def name(self, row: int) -> str:
        """Where the text stands."""
        return self._where(row)

    def some(self, rows: np.ndarray) -> list[str]:
        """The texts of some rows; missing ones are empty."""
        return [text or "" for text in self.column.take(pa.array(rows)).to_pylist()]


@dataclass(frozen=True)
class Text:
    """A column of texts, as fitted on the training part.

    Encoded as the tokens' ids (N, T) int32, 0 behind the end. A text longer than T keeps its beginning.

    Parameters
    ----------
    tokeniser
        How a text becomes its ids.
    longest
        T; 0 where it is still to be chosen, see :meth:`as_long_as`.
    """

    tokeniser: Tokeniser
    longest: int

    name: ClassVar[str] = "text"
    things: ClassVar[str] = "texts"

    @classmethod
    def claims(cls, column: Column) -> str | None:
        """Say why the column holds texts rather than names, or None if it does not."""
        if isinstance(column, np.ndarray) or not is_text(column):
            return None
        known = column.drop_null()
        if len(known) <= 20 or len(pc.unique(known)) <= 0.5 * len(known):
            return None
        words = pc.mean(pc.add(pc.count_substring(known, " "), 1)).as_py()
        return f"texts of {words:.0f} words on average" if words > _WORDS else None

    @classmethod
    def fit(cls, texts: Texts, rows: np.ndarray) -> Self:
        """Choose the tokens, and how many of a text are kept, by the texts of the training part."""
        given = _written(texts, rows)
        words = sum(len(text.split()) for text in given) / len(given)
        unit = "words" if words > _WORDS else "characters"
        return cls(Tokeniser.fit(given, unit=unit), 0).as_long_as(texts, rows)

    def as_long_as(self, texts: Texts, rows: np.ndarray) -> Self:
        """Choose how many tokens of a text are kept by some rows, where that is still to be chosen."""
        if self.longest:
            return self
        lengths = [len(ids) for ids in self.tokeniser.encode(_written(texts, rows))]
        longest = min(_LONGEST[self.tokeniser.unit], int(np.percentile(lengths, _COVER, method="higher")))
        return replace(self, longest=max(1, longest))

    @property
    def shape(self) -> Tokens:
        """What the net gets."""
        return Tokens(self.tokeniser.size, self.longest)

    @property
    def stored(self) -> tuple[str, tuple[int, ...]]:
        """Whole numbers, filled up with zeros."""
        return "int32", (self.longest,)

    @property
    def encoding(self) -> dict[str, Any]:
        """The vocabulary and the length decide the array."""
        return self.to_dict()

    def columns(self, name: str) -> tuple[str, ...]:
        """The column of its own name."""
        return (name,)

    def open(self, table: Table, name: str) -> Texts:
        """Get at the texts."""
        return Texts(table[name], table.where)

    def ready(self, opened: Texts) -> np.ndarray | None:
        """Texts are never encoded already."""
        return None

    def encode_into(
        self,
        opened: Texts,
        out: np.ndarray,
        *,
        workers: int,
        stop: Callable[[], bool],
        progress: Callable[[int, int], None],
    ) -> dict[int, str]:
        """Fill ``out`` (N, T) with tokens. No text is ever unreadable."""
        for first in range(0, len(out), _BLOCK):
            if stop():
                break
            rows = np.arange(first, min(first + _BLOCK, len(out)))
            for row, ids in zip(rows, self.tokeniser.encode(opened.some(rows)), strict=True):
                kept = ids[: self.longest]
                out[row, : len(kept)] = kept
                if not len(kept):
                    out[row, 0] = _MISSING
            progress(int(rows[-1]) + 1, len(out))
        return {}

    def with_statistics(self, array: np.ndarray, rows: np.ndarray) -> Text:
        """Nothing is fitted on tokens."""
        return self

    def to_net(
        self,
        values: Tensor,
        how: Augmentation | None = None,
        generator: torch.Generator | None = None,
        rows: slice = slice(None),
    ) -> Tensor:
        """Give tokens (B, T) as long integers, cut where the longest of them ends. They are never varied."""
        longest = int((values > 0).sum(1).max())
        return values[:, : max(1, longest)].long()

    def lengths(self, array: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """How many tokens each of some texts has: (M,)."""
        return by_blocks(lambda values: np.count_nonzero(values, axis=1), array, rows)

    def plain(self, values: np.ndarray) -> np.ndarray:
        """Count tokens, and pairs of neighbours, in buckets: (B, D), the root of each count, to a length of one.

        Weinberger et al. 2009, "Feature hashing for large scale multitask learning".
        """
        ids = values.astype(np.int64)
        pairs = np.where((ids[:, 1:] > 0), ids[:, :-1] * 1_000_003 + ids[:, 1:], 0)
        both = np.concatenate([ids, pairs], axis=1)
        rows, at = np.nonzero(both)
        buckets = (both[rows, at] * 2_654_435_761 % 2**32) % _FEATURES  # Knuth's multiplicative hash
        counts = np.bincount(rows * _FEATURES + buckets, minlength=len(ids) * _FEATURES)
        roots = np.sqrt(counts.reshape(len(ids), _FEATURES)).astype(np.float32)
        return np.asarray(roots / np.linalg.norm(roots, axis=1, keepdims=True).clip(1e-6))

    def show(self, opened: Texts, values: np.ndarray) -> dict[str, Any]:
        """The text itself, which tokens may not give back."""
        return passage(opened.some(np.array([0]))[0])

    def __str__(self) -> str:
        return f"{self.tokeniser.size:,} {self.tokeniser.unit}, up to {self.longest} of a text"

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {"tokeniser": self.tokeniser.to_dict(), "longest": self.longest}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(Tokeniser.from_dict(data["tokeniser"]), data["longest"])


def _written(texts: Texts, rows: np.ndarray) -> list[str]:
    """The texts of some rows that are not blank; a question mark if all are."""
    return [text for text in texts.some(rows) if text.strip()] or ["?"]
