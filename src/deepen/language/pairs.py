"""Pairs of texts, and how they are spelled for the net.

Where source and target are lists of equally many words, each word is an item of its own, shown with what stands
beside it; else a whole text is one item. So a net need not learn to find the place where it is.

Legend: N items, S source tokens, T target tokens, V ids that can be said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa

from deepen.data.columns import strings
from deepen.data.table import Table
from deepen.data.tokens import Tokeniser
from deepen.errors import DataError

__all__ = ["EXTRA", "Item", "Pairs", "Spelling", "items_of", "pairs_of", "rows_of"]

EXTRA = 8  # characters of an item that training never showed, and that can be copied all the same (assumed)
_LONG = 120  # characters on average from which on texts are spelled in pieces (assumed)
_WORDS, _LETTERS = (
    1,
    10,
)  # shown beside a word on either side: so many words, of so many letters in all (assumed)
_COVER = {
    True: 98.0,
    False: 99.5,
}  # per cent of the training items that are read whole: words, and texts (assumed)
# The share of targets with a capital up to which sources are read in small letters: of LexNorm's 44,385 training
# words one has one, and with sources read as they are the net fell behind the dictionary (0.772 and 0.805, measured).
_CAPITALS = 0.002
_LONGEST = 400  # tokens; reading more costs time (assumed)
_START, _END, _UNKNOWN, _OPEN, _CLOSE = 1, 2, 3, 4, 5


class Item(NamedTuple):
    """What is to be rewritten, and what stands before and behind it."""

    before: str
    text: str
    behind: str


@dataclass(frozen=True)
class Pairs:
    """Rows of items and what they become.

    Parameters
    ----------
    sources, targets
        The items of each row; a plain text is a row of one.
    aligned
        Whether the items are words that belong to each other one by one.
    lower
        Whether all is read in small letters, as hardly a target has capitals.
    """

    sources: list[list[str]]
    targets: list[list[str]]
    aligned: bool
    lower: bool


def pairs_of(table: Table, source: str, target: str, rows: np.ndarray) -> Pairs:
    """Read two columns of texts or lists of words; ``rows`` are those of the training part.

    Raises
    ------
    DataError
        If a column holds neither.
    """
    raw, wanted = _cells(table, source), _cells(table, target)
    lists = [isinstance(a, list) and isinstance(b, list) for a, b in zip(raw, wanted, strict=True)]
    alike = all(len(a) == len(b) for a, b, both in zip(raw, wanted, lists, strict=True) if both)
    aligned = bool(lists) and all(lists) and alike
    targets = [_row(cell, aligned) for cell in wanted]
    cased = [t != t.lower() for row in rows for t in targets[row]]
    lower = sum(cased) <= _CAPITALS * len(cased)  # one slip among many must not decide
    sources = [[t.lower() if lower else t for t in _row(cell, aligned)] for cell in raw]
    return Pairs(sources, targets, aligned, lower)


def rows_of(table: Table, column: str, *, aligned: bool, lower: bool) -> list[list[str]]:
    """Read a column of sources alone; a plain text is cut at blanks where words are wanted."""
    found = [_row(cell, aligned) for cell in _cells(table, column)]
    return [[t.lower() for t in row] for row in found] if lower else found


def _cells(table: Table, column: str) -> list[Any]:
    values = table[column]
    if isinstance(values, np.ndarray):
        raise DataError("neither texts nor lists of words", where=f"{table.origin}, column {column!r}")
    if pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        return [[] if v is None else ["" if w is None else str(w) for w in v] for v in values.to_pylist()]
    return [v or "" for v in strings(values).to_pylist()]


def _row(cell: Any, aligned: bool) -> list[str]:
    if aligned:
        return cell if isinstance(cell, list) else cell.split()
    return [" ".join(cell) if isinstance(cell, list) else cell]


def items_of(row: Sequence[str]) -> list[Item]:
    """Give each item of a row with the words beside it.

    Examples
    --------
    >>> items_of(["c", "u", "l8r", "ok"])[2]
    Item(before='u', text='l8r', behind='ok')
    """
    return [
        Item(
            " ".join(row[max(0, i - _WORDS) : i])[-_LETTERS:], text, " ".join(row[i + 1 : i + 1 + _WORDS])[:_LETTERS]
        )
        for i, text in enumerate(row)
    ]  # fmt: skip


@dataclass(frozen=True)
class Spelling:
    """How items become tokens of the net: fitted on the training part.

    1 and 2 are the start and the end of a target, 3 what is unknown, 4 and 5 stand around the item in a source.
    From V on come characters of this one source that training never showed, in their order: they can be copied.

    Parameters
    ----------
    tokeniser
        Its ids, moved up to make room for those.
    longest_source, longest_target
        The tokens of an item, and of its target, that are read.
    """

    tokeniser: Tokeniser
    longest_source: int
    longest_target: int

    @classmethod
    def fit(cls, items: Sequence[Item], targets: Sequence[str], *, aligned: bool) -> Self:
        """Choose the vocabulary, one for both sides, and what is read of long ones."""
        texts = [item.text for item in items]
        total = sum(map(len, texts)) + sum(map(len, targets))
        if not total:
            raise DataError("there is no text to learn from", where="the training part")
        unit = "pieces" if total > 2 * _LONG * len(texts) else "characters"
        tokeniser = Tokeniser.fit([*texts, *targets, *(i.before for i in items[:1000])], unit=unit)
        lengths = [
            min(
                _LONGEST,
                int(
                    np.percentile([len(t) for t in tokeniser.encode(side)], _COVER[aligned], method="higher")
                ),
            )
            for side in (texts, list(targets))
        ]
        return cls(tokeniser, max(1, lengths[0]), max(1, lengths[1]))

    @property
    def v(self) -> int:
        """V."""
        return self.tokeniser.size + self._moved

    @property
    def extra(self) -> int:
        """How many characters beyond V a source may have of its own."""
        return EXTRA if self.tokeniser.unknown is not None else 0

    @property
    def longest(self) -> int:
        """The most tokens of a source with all that stands beside it."""
        return self.longest_source + 2 * _LETTERS + 2

    @property
    def _moved(self) -> int:
        return 4 if self.tokeniser.unknown is not None else 5  # the unknown one, 1, becomes 3

    def fits(self, item: Item) -> bool:
        """Whether an item is short enough to be read whole."""
        return len(self._ids(item.text)) <= self.longest_source

    def sources(self, items: Sequence[Item]) -> np.ndarray:
        """Encode items: (N, S) int32, 0 behind the end."""
        rows = []
        for item in items:
            own = self._strange(item)
            marked = [_OPEN, *self._ids(item.text, own)[: self.longest_source], _CLOSE]
            rows.append([*self._ids(item.before, own), *marked, *self._ids(item.behind, own)])
        return _filled(rows)

    def targets(self, items: Sequence[Item], targets: Sequence[str]) -> np.ndarray:
        """Encode what the items become: (N, T) int32, 0 behind the end."""
        rows = zip(items, targets, strict=True)
        return _filled([self._ids(t, self._strange(item))[: self.longest_target] for item, t in rows])

    def read(self, tokens: Sequence[int] | np.ndarray, item: Item) -> str:
        """Read what the net said of an item, (T,)."""
        own = self._strange(item)
        letters = {self.v + k: c for c, k in own.items()}
        found: list[str] = []
        waiting: list[int] = []
        for token in np.asarray(tokens).tolist():
            if token in letters:
                found += [self.tokeniser.decode(waiting), letters[token]]
                waiting = []
            elif token > _CLOSE:
                waiting.append(token - self._moved)
            elif token == _UNKNOWN and self.tokeniser.unknown is not None:
                waiting.append(self.tokeniser.unknown)
        return "".join([*found, self.tokeniser.decode(waiting)])

    def _ids(self, text: str, own: dict[str, int] | None = None) -> list[int]:
        if not text:
            return []
        ids = self.tokeniser.encode([text])[0]
        moved = np.where(ids == self.tokeniser.unknown, _UNKNOWN, ids + self._moved).tolist()
        if own and self.tokeniser.unknown is not None:
            return [self.v + own[c] if c in own else i for c, i in zip(text, moved, strict=True)]
        return list(moved)

    def _strange(self, item: Item) -> dict[str, int]:
        """Number the first unknown characters of an item in their order; its own before those beside it."""
        if self.tokeniser.unknown is None:
            return {}
        text = item.text + item.before + item.behind
        found = dict.fromkeys(c for c in text if c not in self.tokeniser.vocabulary)
        return {c: k for k, c in enumerate(list(found)[:EXTRA])}

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {**vars(self), "tokeniser": self.tokeniser.to_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(**{**data, "tokeniser": Tokeniser.from_dict(data["tokeniser"])})


def _filled(rows: Sequence[Sequence[int]]) -> np.ndarray:
    found = np.zeros((len(rows), max(1, max(map(len, rows), default=1))), np.int32)
    for at, row in enumerate(rows):
        found[at, : len(row)] = row
    return found
