"""What written answers have to beat: leaving all as it is, and a dictionary of what was seen in training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

__all__ = ["Dictionary", "copy"]


def copy(sources: Sequence[Sequence[str]]) -> list[list[str]]:
    """Answer with the sources as they are."""
    return [list(row) for row in sources]


@dataclass(frozen=True, eq=False)
class Dictionary:
    """How often each item, a word or a whole text, became what in training.

    Examples
    --------
    >>> known = Dictionary.fit([("u", "you"), ("u", "you"), ("u", "u"), ("cat", "cat")])
    >>> known.answer("u"), known.answer("dog"), known.seen("u")
    ('you', 'dog', 3)
    >>> known.share("u", "u"), known.share("dog", "dog"), known.share("dog", "cat")
    (0.3333333333333333, 1.0, 0.0)
    """

    counts: Mapping[str, Mapping[str, int]]

    @classmethod
    def fit(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Count on the training part."""
        counts: dict[str, Counter[str]] = {}
        for item, answer in pairs:
            counts.setdefault(item, Counter())[answer] += 1
        return cls({item: dict(found.most_common()) for item, found in counts.items()})

    def seen(self, item: str) -> int:
        """How often an item was seen."""
        return sum(self.counts.get(item, {}).values())

    def answers(self, item: str) -> tuple[str, ...]:
        """What the item became, the commonest first; the item itself if it was never seen."""
        return tuple(self.counts.get(item, {item: 1}))

    def answer(self, item: str) -> str:
        """The commonest answer, or the item itself."""
        return self.answers(item)[0]

    def share(self, item: str, answer: str) -> float:
        """The share of the times that the item became this; one never seen stays as it is."""
        found = self.counts.get(item)
        if found is None:
            return float(item == answer)
        return found.get(answer, 0) / sum(found.values())

    def everywhere(self, sources: Sequence[Sequence[str]]) -> list[list[str]]:
        """Answer every item of every row."""
        return [[self.answer(item) for item in row] for row in sources]

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data; an item that was once left as it is, is but a name."""
        plain = [item for item, found in self.counts.items() if found == {item: 1}]
        rest = {item: found for item, found in self.counts.items() if found != {item: 1}}
        return {"once": plain, "counts": rest}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        return cls({**{item: {item: 1} for item in data["once"]}, **data["counts"]})
