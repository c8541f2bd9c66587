"""What a check of data found, as plain records, the worst first; written as JSON, CSV and contact sheets.

Legend: H height, W width, C channels.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import numpy as np

__all__ = ["KINDS", "Finding", "Findings"]

KINDS = (
    "leaking column", "duplicate across parts", "near duplicate across parts", "conflicting labels", "shift",
    "wrong label", "duplicate", "near duplicate", "idle column",
)  # fmt: skip
"""Every kind of finding, about in the order of the harm it does to a score."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the data, or likely to be.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    severity
        From 0 to 1, comparable between kinds: how much the score of a model trained on these data could mislead.
    text
        A sentence for people.
    rows, where, parts
        The rows it is about, counted from 0; where each stands in its file; and the part that each is in.
    shown
        The passages or rows themselves, as text, in the order of ``rows``.
    column
        The column it is about, if it is about one.
    figures
        What was measured, by name.

    Examples
    --------
    >>> print(Finding("duplicate", 0.2, "the same inputs twice", rows=(3, 8), where=("a.csv, row 4", "a.csv, row 9")))
    duplicate: the same inputs twice (a.csv, row 4; a.csv, row 9)
    """

    kind: str
    severity: float
    text: str
    rows: tuple[int, ...] = ()
    where: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    column: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        places = (
            f" ({'; '.join(self.where[:4])}{'; ...' if len(self.where) > 4 else ''})" if self.where else ""
        )
        return f"{self.kind}: {self.text}{places}"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        lists = {name: tuple(data[name]) for name in ("rows", "where", "parts", "shown")}
        return cls(**{**data, **lists})


@dataclass(frozen=True, eq=False)
class Findings:
    """What :func:`deepen.check` gives: every finding, the worst first.

    Parameters
    ----------
    origin, rows, task
        Of what: the source, how many rows were looked at, and what is to be learned.
    found
        The findings, the most severe first.
    notes
        What was understood, left out and not looked at for want of time, a sentence each.
    figures
        What was measured of the whole, by name: the AUC between parts and its interval, the share of labels
        estimated to be wrong.
    pictures
        The pictures of rows that findings are about, by row: (H, W, C) uint8; empty for other data.
    seconds
        How long it took.

    Examples
    --------
    >>> found = Findings("a.csv", 10, "two classes", (Finding("duplicate", 0.2, "twice", rows=(3, 8)),))
    >>> len(found), found.counts(), found.of("duplicate")[0].rows
    (1, {'duplicate': 1}, (3, 8))
    """

    origin: str
    rows: int
    task: str
    found: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    pictures: Mapping[int, np.ndarray] = field(default_factory=dict)
    seconds: float = 0.0

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.found)

    def __getitem__(self, at: int) -> Finding:
        return self.found[at]

    def of(self, *kinds: str) -> tuple[Finding, ...]:
        """Give the findings of some kinds, the worst first."""
        return tuple(f for f in self.found if f.kind in kinds)

    def counts(self) -> dict[str, int]:
        """How many findings there are of each kind, the kind with the worst one first."""
        return dict(Counter(f.kind for f in self.found))

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data, without the pictures."""
        return {
            "origin": self.origin, "rows": self.rows, "task": self.task, "seconds": self.seconds,
            "figures": dict(self.figures), "notes": list(self.notes), "found": [asdict(f) for f in self.found],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        found = tuple(Finding.from_dict(f) for f in data["found"])
        return cls(**{**data, "found": found, "notes": tuple(data["notes"])})

    def write_csv(self, path: Path) -> None:
        """Write one line for each row of each finding, for a spreadsheet."""
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["finding", "kind", "severity", "column", "row", "where", "part", "shown", "text"])
            for number, f in enumerate(self.found, start=1):
                for at in range(max(1, len(f.rows))):
                    row, where, part, shown = (
                        values[at] if at < len(values) else ""
                        for values in (f.rows, f.where, f.parts, f.shown)
                    )
                    out.writerow(
                        [number, f.kind, round(f.severity, 3), f.column, row, where, part, shown, f.text]
                    )
