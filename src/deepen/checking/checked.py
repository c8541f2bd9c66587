"""The rows that are checked: which part each is in, where it stands, and how it is shown.

Legend: N rows, M rows in a part, H height, W width, C channels,
D features.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from deepen.data.columns import strings
from deepen.data.kinds import Image
from deepen.data.kinds.image import Sources
from deepen.data.pictures import PictureError, decode
from deepen.data.schema import Schema
from deepen.data.split import Split
from deepen.data.table import Table
from deepen.data.targets import target_values, without_target
from deepen.errors import DataError
from deepen.training.examples import Examples

__all__ = ["PARTS", "Checked", "parts_of"]

PARTS = ("test", "valid", "train")
"""Those that a fault harms most come first."""

_BLOCK = 4096
_PASSAGE = 160  # characters of a text that are shown
_COLUMNS = 10  # and columns of a row
_SIDE = 128  # pixels a side of pictures that are shown


def parts_of(table: Table, split: Split, targets: tuple[str, ...], hashes: np.ndarray) -> np.ndarray:
    """Name each row's part: (N,) of ``train``, ``valid``, ``test``, or empty for one that takes no part.

    A training row that the split left out since a held-out part holds the same inputs is still a training row.
    """
    part = np.full(len(table), "", dtype=object)
    for name in PARTS:
        part[getattr(split, name)] = name
    left_out = (part == "") & ~without_target(table, targets) & np.isin(hashes, hashes[part != ""])
    if table.parts is not None:
        part[left_out] = table.parts[left_out]
    return part


@dataclass(frozen=True, eq=False)
class Checked:
    """A table with its parts, encoded.

    Parameters
    ----------
    table, schema, examples
        What was read, understood and encoded.
    hashes
        (N,) of each row's inputs.
    part
        (N,) of :func:`parts_of`.
    """

    table: Table
    schema: Schema
    examples: Examples
    hashes: np.ndarray
    part: np.ndarray
    _plain: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @cached_property
    def rows(self) -> np.ndarray:
        """The rows in a part, those of the test part first: (M,)."""
        return np.concatenate([np.flatnonzero(self.part == name) for name in PARTS])

    @cached_property
    def learned(self) -> np.ndarray:
        """The rows that a training would use, whose target is known as a code, ascending."""
        rows = self.examples.rows
        return np.sort(np.concatenate([rows.train, rows.valid, rows.test]))

    @cached_property
    def labels(self) -> np.ndarray | None:
        """The target as codes (N,), -1 where there is none; None where it is no class."""
        if not self.examples.is_classes:
            return None
        found = np.full(len(self.table), -1, dtype=np.int64)
        found[self.learned] = self.examples.target[self.learned]
        others = np.flatnonzero((self.part != "") & (found < 0))  # training rows that the split left out
        kind, targets = self.examples.preparation.target, self.schema.targets
        with contextlib.suppress(DataError):  # a class that no other row has
            found[others] = target_values(self.table, kind, targets, others)[others]
        return found

    def plain(self, name: str) -> np.ndarray:
        """The plain features of an input of its own, as its kind has them: (N, D), worked out once."""
        if name not in self._plain:
            kind, array = self.examples.preparation.stored[name], self.examples.arrays[name]
            blocks = [kind.plain(array[at : at + _BLOCK]) for at in range(0, len(array), _BLOCK)]
            self._plain[name] = np.concatenate(blocks)
        return self._plain[name]

    def is_tabular(self) -> bool:
        """Whether all inputs are numbers, categories and dates."""
        return not self.examples.preparation.stored

    def where(self, row: int) -> str:
        """Where a row stands: its file's name, or the line of the table."""
        for plan in self.schema.inputs:
            if plan.kind in ("image", "audio") and not isinstance(self.table[plan.name], np.ndarray):
                value = self.table[plan.name][row].as_py()
                if isinstance(value, str):
                    return value
        return self.table.where(row)

    def label(self, row: int) -> str:
        """The target of a row, as it is written."""
        values = [strings(self.table[name].slice(row, 1))[0].as_py() for name in self.schema.targets[:3]]
        return ", ".join("" if value is None else value for value in values)

    def shown(self, row: int) -> str:
        """A row as text: its label, and its passage or its first columns."""
        texts = [c.name for c in self.schema.inputs if c.kind == "text"]
        label = self.label(row)
        if texts:
            text = " ".join((strings(self.table[texts[0]].slice(row, 1))[0].as_py() or "").split())
            return f"[{label}] {text[:_PASSAGE]}{'...' if len(text) > _PASSAGE else ''}"
        plain = [c.name for c in self.schema.inputs if c.kind in ("number", "category", "date")]
        values = [f"{name}={self.table[name][row].as_py()}" for name in plain[:_COLUMNS]]
        more = ", ..." if len(plain) > _COLUMNS else ""
        return f"[{label}] {', '.join(map(str, values))}{more}".strip()

    def picture(self, row: int) -> np.ndarray | None:
        """A row's picture to look at: (H, W, C) uint8, larger than it was learned from where its file is."""
        for name, kind in self.examples.preparation.images.items():
            opened = Sources(self.table[name.removeprefix("image ")], self.table.folder)
            source = opened[row] if opened.array is None else None
            if source is not None:
                try:
                    return decode(
                        source, _larger(kind), kind.channels, white=kind.high if kind.deep else None
                    )
                except PictureError:
                    return None
            return np.asarray(self.examples.arrays[name][row])
        return None


def _larger(kind: Image) -> tuple[int, int]:
    scale = max(1.0, _SIDE / max(kind.height, kind.width))
    return round(kind.height * scale), round(kind.width * scale)
