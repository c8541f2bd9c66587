"""The target: its kind fitted on the training part, and its values as what a loss reads.

Legend: N rows, K labels.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.columns import missing, strings, take
from deepen.data.kinds import Category, Kind, Labels, Number
from deepen.data.kinds.number import parse
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.errors import DataError

__all__ = ["fit_target", "target_values", "without_target"]


def fit_target(table: Table, schema: Schema, train: np.ndarray) -> Kind:
    """Fit the target's kind on the training rows alone."""
    if len(schema.targets) > 1:
        return Labels(schema.targets)
    (name,) = schema.targets
    if schema.task == "number":
        return Number.fit(parse(table[name], name, table.where)[train])
    rows = take(table[name], train)
    return Labels.fit_target(rows) if schema.task == "several labels" else Category.fit_target(rows)


def target_values(
    table: Table, kind: Kind, targets: tuple[str, ...], rows: np.ndarray | None = None
) -> np.ndarray:
    """Encode the target of the given rows, the others staying zero.

    Returns
    -------
    numpy.ndarray
        (N,) class codes, (N, K) zeros and ones, or (N,) numbers in the target's own units.

    Raises
    ------
    DataError
        If a class is unknown, or a value is missing.
    """
    rows = np.arange(len(table)) if rows is None else rows
    if len(targets) > 1:
        hot = [_yes(table, name, rows) for name in targets]
        found = np.stack(hot, axis=1)
    else:
        (name,) = targets
        column = take(table[name], rows)

        def where(at: int) -> str:
            return table.where(int(rows[at]))

        if isinstance(kind, Number):
            found = parse(column, name, where)
        elif isinstance(kind, Labels):
            found = kind.encode_target(column, name, where)
        else:
            assert isinstance(kind, Category)
            found = kind.encode_target(_as_known(strings(column), kind), name, where)
    whole = np.zeros((len(table), *found.shape[1:]), dtype=found.dtype)
    whole[rows] = found
    return whole


def _as_known(texts: pa.ChunkedArray, kind: Category) -> pa.ChunkedArray:
    """Read ``yes.`` as ``yes`` where only that one is known: the test part of the Adult set is written so."""
    dotted = pc.and_(
        pc.invert(pc.is_in(texts, value_set=pa.array(kind.values))),
        pc.is_in(pc.utf8_rtrim(texts, "."), value_set=pa.array(kind.values)),
    )
    return pc.if_else(dotted, pc.utf8_rtrim(texts, "."), texts)


_YES = {"1", "true", "yes", "y", "t", "x", "+"}
_NO = {"0", "false", "no", "n", "f", "-", ""}


def _yes(table: Table, name: str, rows: np.ndarray) -> np.ndarray:
    words = [(v or "").lower() for v in strings(take(table[name], rows)).to_pylist()]
    for at, word in enumerate(words):
        if word not in _YES | _NO:
            raise DataError(
                "neither yes nor no", where=f"{table.where(int(rows[at]))}, column {name!r}", came=repr(word),
                allowed="1 and 0, true and false, yes and no",
            )  # fmt: skip
    return np.array([word in _YES for word in words], dtype=np.float32)


def without_target(table: Table, targets: tuple[str, ...]) -> np.ndarray:
    """Which rows have no value for the target: (N,) bool. Several labels may be none, so none is missing."""
    if len(targets) > 1:
        return np.zeros(len(table), dtype=bool)
    return missing(table[targets[0]])
