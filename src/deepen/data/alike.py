"""New examples under the names that a model knows: what was given without names is told by its place.

Legend: N rows, T steps, C channels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from deepen.data.kinds import Kind, Series
from deepen.data.kinds.number import Number, parse
from deepen.data.sources.files import MEDIA
from deepen.data.table import Table

__all__ = ["is_one_row", "named_alike", "series_alike", "with_lists"]

_PLACES = re.compile(
    r"(.*\D)1"
)  # x1, c1, signal1: what sources call the first column of several without names


def is_one_row(source: Mapping[str, Any], inputs: Mapping[str, Kind]) -> bool:
    """Whether a mapping holds one row, as one of its values is a single series: (T,), or (T, C) of C channels."""
    for name, kind in _own(inputs).items():
        if name in source and _depth(source[name]) == (1 if kind.channels == 1 else 2):
            return True
    return False


def with_lists(columns: Mapping[str, Any], inputs: Mapping[str, Kind]) -> Mapping[str, Any]:
    """Make the columns of series Arrow's, so that series of any lengths stay one column."""
    names = [name for name in _own(inputs) if name in columns and _depth(columns[name]) > 1]
    return {**columns, **{name: _arrow(columns[name]) for name in names}}


def _arrow(values: Any) -> pa.Array:
    """Lists of numbers as Arrow's; where they hold something else, as text, so that it is told by its row."""
    lists = [None if v is None else np.asarray(v, dtype=object).tolist() for v in values]
    try:
        return pa.array(lists)
    except (pa.ArrowException, TypeError, ValueError):
        return pa.array([json.dumps(v, default=str) for v in lists], pa.string())


def named_alike(table: Table, inputs: Mapping[str, Kind]) -> Table:
    """Give columns without names of their own the names that a model knows, by their position."""
    for medium in MEDIA:
        mine = [name for name, kind in inputs.items() if kind.name == medium]
        if len(mine) == 1 and mine[0] not in table.names and medium in table.names:
            return table.renamed({medium: mine[0]})
    return series_alike(table, inputs)


def series_alike(table: Table, inputs: Mapping[str, Kind]) -> Table:
    """Give the columns of a series the names that the model knows, where they came without names of their own.

    A series that is missing is looked for as numbered columns (``signal1``, ``signal2``...); and, if it is the
    model's only input, as any numbered columns (``x1``, ``c1``...), or as the one column ``signal``.
    """
    for name, kind in inputs.items():
        if not isinstance(kind, Series) or all(each in table.names for each in kind.columns(name)):
            continue
        numbered = _numbered(table, name)
        if not numbered and len(inputs) == 1:
            numbered = _numbered(table)
        if kind.block:
            if len(numbered) == len(kind.block):
                table = table.renamed(dict(zip(numbered, kind.block, strict=True)))
        elif numbered:
            table = _joined(table, numbered, name)
        elif len(inputs) == 1 and "signal" in table.names:
            table = table.renamed({"signal": name})
    return table


def _own(inputs: Mapping[str, Kind]) -> dict[str, Series]:
    """The series that are one column."""
    return {name: kind for name, kind in inputs.items() if isinstance(kind, Series) and not kind.block}


def _depth(value: Any) -> int:
    """How many dimensions a list of lists or an array has; 0 for a single value."""
    if hasattr(value, "ndim"):
        return int(value.ndim) + (_depth(value[0]) if value.dtype == object and len(value) else 0)
    if isinstance(value, list | tuple) and value:
        return 1 + _depth(next((v for v in value if v is not None), None))
    return 0


def _numbered(table: Table, stem: str | None = None) -> list[str]:
    """The columns ``x1``, ``x2``... of a stem, or of whichever has them, as far as they go."""
    for name in table.names:
        match = _PLACES.fullmatch(name)
        if match is None or (stem is not None and match[1] != stem):
            continue
        found: list[str] = []
        while (called := f"{match[1]}{len(found) + 1}") in table.names and called != table.target:
            found.append(called)
        if len(found) > 1 and all(Number.claims(table[each]) for each in found):
            return found
    return []


def _joined(table: Table, parts: list[str], name: str) -> Table:
    array = np.stack([parse(table[part], part, table.where) for part in parts], axis=1)  # (N, T)
    columns = {k: v for k, v in table.columns.items() if k not in parts}
    return replace(table, columns={**columns, name: array})
