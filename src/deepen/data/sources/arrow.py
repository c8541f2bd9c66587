"""Whatever speaks Arrow: Parquet and Arrow files, data frames of any library; and the tidying of types."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.sources.header import unique_names
from deepen.data.table import Table
from deepen.errors import DataError

__all__ = ["from_stream", "read_arrow_file", "read_parquet", "speaks_arrow", "tidy"]

_INDEX = re.compile(r"__index_level_\d+__")


def speaks_arrow(source: object) -> bool:
    """Whether an object is a table that can be taken over as Arrow."""
    return hasattr(source, "__arrow_c_stream__") or _is_hugging_face(source)


def from_stream(source: Any, origin: str) -> Table:
    """Take over a data frame: pandas, polars, duckdb, Hugging Face datasets, Arrow's own tables.

    Raises
    ------
    DataError
        If it holds values that have no Arrow type, or has no rows.

    Examples
    --------
    >>> from_stream(pa.table({"a": [1, 2]}), "the table given").names
    ('a',)
    """
    try:
        if isinstance(source, pa.Table):
            table = source
        elif _is_hugging_face(source):
            table = source.with_format("arrow")[:]
        else:
            table = pa.table(source)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise DataError(
            "the table holds values that have no type in common, or of no type that Arrow knows",
            where=origin,
            came=" ".join(map(str, error.args)),
            mend="Make each column numbers, strings, or one other type.",
        ) from error
    return tidy(table, origin)


def _is_hugging_face(source: object) -> bool:
    return hasattr(source, "with_format") and hasattr(source, "features") and hasattr(source, "num_rows")


def read_parquet(path: Path) -> Table:
    """Read a Parquet file.

    Raises
    ------
    DataError
        If the file is damaged or has no rows.
    """
    import pyarrow.parquet as parquet

    try:
        table = parquet.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise DataError("not a sound Parquet file", where=path, came=str(error)) from error
    return tidy(table, path.name, path.parent)


def read_arrow_file(path: Path) -> Table:
    """Read an Arrow or Feather file, or a saved Arrow stream.

    Raises
    ------
    DataError
        If the file is damaged or has no rows.
    """
    import pyarrow.feather as feather

    try:
        with path.open("rb") as file:
            head = file.read(6)
        if head == b"ARROW1":
            table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        elif head.startswith(b"FEA1"):
            table = feather.read_table(path)
        else:
            table = pa.ipc.open_stream(pa.memory_map(str(path))).read_all()
    except (pa.ArrowException, OSError) as error:
        raise DataError("not a sound Arrow file", where=path, came=str(error)) from error
    return tidy(table, path.name, path.parent)


def tidy(table: pa.Table, origin: str, folder: Path | None = None) -> Table:
    """Bring the columns to few types, so that nobody further on needs to know Arrow's many.

    Structures become columns ``a.b``, an image structure its bytes, class labels their names, extension
    types what they store; strings and lists are the plain ones of each.

    Raises
    ------
    DataError
        If there is no column or no row.
    """
    if not table.num_columns or not table.num_rows:
        raise DataError(
            "the table has no rows" if table.num_columns else "the table has no columns", where=origin
        )
    classes = _class_names(table)
    notes: list[str] = []
    names: list[str] = []
    columns: list[pa.ChunkedArray] = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if _INDEX.fullmatch(name):
            notes.append("the index without a name was left out")
            continue
        for inner, flat in _flattened(name, column):
            names.append(inner)
            columns.append(_labelled(flat, classes[name]) if name in classes else _plain(flat))
    unique, changed = unique_names(names)
    return Table(dict(zip(unique, columns, strict=True)), origin, folder, notes=(*notes, *changed))


def _class_names(table: pa.Table) -> dict[str, list[str]]:
    """Find the names of the classes, where a Hugging Face data set wrote them into the schema."""
    try:
        info = json.loads((table.schema.metadata or {}).get(b"huggingface", b"{}"))
        features = info.get("info", {}).get("features", {})
        return {k: list(map(str, f["names"])) for k, f in features.items() if f.get("_type") == "ClassLabel"}
    except (ValueError, AttributeError, KeyError, TypeError):
        return {}  # a stranger's metadata: without it the labels stay numbers


def _labelled(column: pa.ChunkedArray, names: list[str]) -> pa.ChunkedArray:
    """Write class numbers as their names; a number outside (-1 is common for unknown) is missing."""
    if not pa.types.is_integer(column.type):
        return column
    known = pc.and_(pc.greater_equal(column, 0), pc.less(column, len(names)))
    index = pc.if_else(known, column, pa.scalar(None, column.type)).cast(pa.int64())
    return pa.chunked_array([pa.array(names, pa.string()).take(index.combine_chunks())])


def _flattened(name: str, column: pa.ChunkedArray) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """Unfold structures, except the one in which images are kept."""
    if isinstance(column.type, pa.BaseExtensionType):
        column = column.cast(column.type.storage_type)
    kind = column.type
    if not pa.types.is_struct(kind):
        yield name, column
        return
    fields = [kind.field(i).name for i in range(kind.num_fields)]
    parts = dict(zip(fields, column.flatten(), strict=True))
    if set(fields) == {"bytes", "path"}:
        yield name, parts["path"] if parts["bytes"].null_count == len(column) else parts["bytes"]
        return
    for field, part in parts.items():
        yield from _flattened(f"{name}.{field}", part)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    target = _plain_type(column.type)
    if target == column.type:
        return column
    try:
        return column.cast(target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # over 2 GiB in one piece, for one
        return column


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_null(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.binary()
    if pa.types.is_decimal(kind):
        return pa.float64()
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_dictionary(kind) and _plain_type(kind.value_type) == pa.string():
        return pa.string()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return pa.list_(_plain_type(kind.value_type))
    return kind
