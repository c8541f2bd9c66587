"""Names, codes, yes and no: a vocabulary made on the training part.

Legend: N rows, V values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.columns import Column, strings, uniques
from deepen.data.kinds.unknown import unknown

__all__ = ["Category"]

_RARE = 2  # a value seen once in training teaches nothing but noise: it is read as unknown (assumed)


@dataclass(frozen=True)
class Category:
    """A column of names, as fitted on the training part.

    As an input, code 0 stands for missing, rare and unknown values, and 1 to V for the known ones. As a
    target, codes are 0 to V - 1 and every class counts.
    """

    values: tuple[str, ...]

    name: ClassVar[str] = "category"

    @classmethod
    def claims(cls, column: Column) -> str | None:
        """Say why the column holds names, or None if it does not."""
        if isinstance(column, np.ndarray):
            return None
        kind = column.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_boolean(kind):
            return "yes or no"
        return "names" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else None

    @classmethod
    def fit(cls, column: pa.ChunkedArray) -> Self:
        """Fit an input on the training part; values seen only once are left out of the vocabulary."""
        counts = pc.value_counts(strings(column).combine_chunks())
        often = {c["values"].as_py() for c in counts if c["counts"].as_py() >= _RARE}
        return cls(tuple(v for v in uniques(column) if v in often))

    @classmethod
    def fit_target(cls, column: pa.ChunkedArray) -> Self:
        """Fit a target: every value is a class."""
        return cls(tuple(uniques(column)))

    def encode(self, column: pa.ChunkedArray) -> np.ndarray:
        """Encode as codes, 0 for what is not in the vocabulary: (N,) int32."""
        found = pc.index_in(strings(column), value_set=pa.array(self.values, pa.string()))
        return np.asarray(pc.fill_null(pc.add(found, 1), 0).to_numpy(), dtype=np.int32)

    def encode_target(
        self, column: pa.ChunkedArray, name: str, where: Callable[[int], str] = lambda n: f"row {n + 1}"
    ) -> np.ndarray:
        """Encode as classes: (N,) int64, with -1 for missing ones.

        Raises
        ------
        DataError
            If a value is not one of the classes.
        """
        texts = strings(column)
        codes = self.encode(texts).astype(np.int64) - 1
        known = np.asarray(pc.is_null(texts).to_numpy()) | (codes >= 0)
        if not known.all():
            at = int(np.argmin(known))
            raise unknown("class", texts[at].as_py(), self.values, row=where(at), column=name)
        return codes

    def columns(self, name: str) -> tuple[str, ...]:
        """The column of its own name."""
        return (name,)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(tuple(data["values"]))
