"""Several labels at once: lists of names, or names joined by a separator, as a row of zeros and ones.

Legend: N rows, V labels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.columns import Column, is_text, strings, uniques
from deepen.data.kinds.unknown import unknown

__all__ = ["Labels"]

_SEPARATORS = ("|", ";", ",")


@dataclass(frozen=True)
class Labels:
    """A column in which a row has any number of labels, none included."""

    values: tuple[str, ...]
    separator: str = ""

    name: ClassVar[str] = "labels"

    @classmethod
    def claims(cls, column: Column) -> str | None:
        """Say why each row has several labels, or None if it has not."""
        if isinstance(column, np.ndarray):
            return None
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            inner = column.type.value_type
            return "lists of names" if pa.types.is_string(inner) or pa.types.is_large_string(inner) else None
        separator = _separator(column)
        return f"names joined by {separator!r}" if separator else None

    @classmethod
    def fit_target(cls, column: pa.ChunkedArray) -> Self:
        """Fit on the training part: every label counts."""
        separator = _separator(column) if is_text(column) else ""
        found = uniques(pc.list_flatten(_lists(column, separator)))
        return cls(tuple(v for v in found if v), separator)

    def encode_target(
        self, column: pa.ChunkedArray, name: str, where: Callable[[int], str] = lambda n: f"row {n + 1}"
    ) -> np.ndarray:
        """Encode as zeros and ones: (N, V) float32. A missing value is a row without labels.

        Raises
        ------
        DataError
            If a label is unknown.
        """
        lists = pc.fill_null(_lists(column, self.separator), []).combine_chunks()
        flat = pc.list_flatten(lists)
        there = pc.fill_null(pc.not_equal(flat, ""), False)  # what stands behind a last separator is no label
        flat, rows = flat.filter(there), pc.list_parent_indices(lists).filter(there).to_numpy()
        found = pc.index_in(flat, value_set=pa.array(self.values, pa.string()))
        if found.null_count:
            at = int(np.argmax(pc.is_null(found).to_numpy(zero_copy_only=False)))
            raise unknown("label", str(flat[at].as_py()), self.values, row=where(int(rows[at])), column=name)
        hot = np.zeros((len(lists), len(self.values)), dtype=np.float32)
        hot[rows, found.to_numpy()] = 1.0
        return hot

    def columns(self, name: str) -> tuple[str, ...]:
        """The column of its own name."""
        return (name,)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(tuple(data["values"]), data["separator"])


def _lists(column: pa.ChunkedArray, separator: str) -> pa.ChunkedArray:
    if not is_text(column):
        return column.cast(pa.list_(pa.string()))
    split = pc.split_pattern(strings(column), separator or "|")
    flat = pc.utf8_trim_whitespace(
        pc.list_flatten(split).combine_chunks() if len(split) else pa.array([], pa.string())
    )
    whole = split.combine_chunks() if isinstance(split, pa.ChunkedArray) else split
    made = pa.ListArray.from_arrays(whole.offsets, flat) if len(whole) else whole
    return pa.chunked_array([made], pa.list_(pa.string()))


def _separator(column: pa.ChunkedArray) -> str:
    """The separator by which few labels make up many values; empty if there is none.

    A comma is common in ordinary names, so it counts only where its parts recur most clearly.
    """
    if not is_text(column):
        return ""
    values = [v for v in pc.unique(column).to_pylist() if v]
    for separator in _SEPARATORS:
        joined = [v for v in values if separator in v]
        parts = {p.strip() for v in values for p in v.split(separator)}
        if len(joined) >= 2 and len(parts) < len(values) * (0.5 if separator == "," else 1.0):
            return separator
    return ""
