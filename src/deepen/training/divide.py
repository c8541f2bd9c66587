"""Which rows train, validate and test: alike for every task whose examples are rows.

Legend: N rows.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from deepen.compute import seeds
from deepen.data.columns import codes_of, missing
from deepen.data.fingerprints import rows_of
from deepen.data.kinds.number import parse
from deepen.data.schema import Schema
from deepen.data.split import Split, split
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.training.context import Context

__all__ = ["divide", "groups_of"]

_SMALL, _LARGE = 2000, 20_000  # rows from which on other shares are held out (assumed)


def divide(
    context: Context, table: Table, schema: Schema, usable: np.ndarray, *, strata: np.ndarray | None
) -> tuple[Split, np.ndarray]:
    """Split the usable rows; give the hashes of all rows' inputs too.

    Equal rows and those of a group stay together, time goes forward where it is named, and each of the strata is shared
    out: see :func:`deepen.data.split.split`.

    Parameters
    ----------
    usable
        (N,) bool.
    strata
        (N,) codes, or None.

    Raises
    ------
    DataError
        If a group is missing, a time cannot be read, or there are too few rows for the parts.
    Stopped
        If the user stopped it.
    """
    doing = "comparing rows"
    context.watch.stage(doing)
    hashes = rows_of(
        {c.name: (table[c.name], c.kind) for c in schema.inputs}, table.folder, context.cache,
        workers=context.workers, stop=context.stop, progress=lambda done, of: context.watch.stage(doing, done, of),
    )  # fmt: skip
    context.stop.check(doing)
    test_share, valid_share = _shares(context, table)
    rows = split(
        usable, hashes=hashes, seed=seeds.derive(context.options.seed, "split"), strata=strata,
        groups=groups_of(table, schema), times=_times(table, schema), parts=table.parts, test_share=test_share,
        valid_share=valid_share,
    )  # fmt: skip
    train, valid, test = (f"{len(part):,}" for part in (rows.train, rows.valid, rows.test))
    context.tell(f"split {rows.how}: {train} rows to train, {valid} to validate, {test} to test", *rows.notes)
    return rows, hashes


def _shares(context: Context, table: Table) -> tuple[float, float]:
    """The shares to test and to validate: as said, or by how many rows there are to be divided."""
    o = context.options
    count = len(table) if table.parts is None else int((table.parts == "train").sum())
    test = 0.2 if count < _LARGE else 0.1
    valid = 0.1 if count < _SMALL else 0.15
    return (
        test if o.test_share is None else o.test_share,
        valid if o.valid_share is None else o.valid_share,
    )


def groups_of(table: Table, schema: Schema) -> np.ndarray | None:
    """Number the groups that must stay together, if there is a column of them: (N,)."""
    name = schema.column("group")
    if name is None:
        return None
    blank = missing(table[name])
    if blank.any():
        where = f"{table.where(int(np.argmax(blank)))}, column {name!r}"
        raise DataError("the group is missing", where=where, mend="Fill it in.")
    return codes_of(table[name])[0]


def _times(table: Table, schema: Schema) -> np.ndarray | None:
    """Read the column that splits by time as numbers, if there is one: (N,)."""
    name = schema.column("time")
    if name is None:
        return None
    column = table[name]
    try:
        return parse(column, name, table.where)
    except DataError:
        pass
    try:
        return parse(column.cast(pa.timestamp("s")), name, table.where)
    except pa.ArrowInvalid:
        raise DataError(
            "neither numbers nor dates", where=f"{table.origin}, column {name!r}", came=repr(column[0].as_py()),
            allowed="numbers, or dates such as 2024-05-31 12:00",
        ) from None  # fmt: skip
