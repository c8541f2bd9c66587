"""JSON: one object a line, or one list of objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from deepen.data.sources.arrow import tidy
from deepen.data.sources.options import Options
from deepen.data.sources.text import load_text
from deepen.data.table import Table
from deepen.errors import DataError

__all__ = ["from_rows", "read_json"]


def read_json(path: Path, options: Options) -> Table:
    """Read JSON Lines, or a JSON file that holds a list of objects.

    Columns keep their types; objects inside objects become columns ``a.b``; a column of mixed types
    becomes strings, with a note.

    Raises
    ------
    DataError
        If a line is not JSON or not an object, naming its line.
    """
    data, _ = load_text(path, options)
    head = data.lstrip()[:1]
    if head == b"[":
        return from_rows(_whole(data, path), path.name, path.parent)
    if head == b"{" and b"\n" in data.strip():
        try:
            return _columns(json.loads(data), path)
        except (ValueError, RecursionError):
            pass  # several objects: lines, or what is wrong is told by its line
    return _lines(data, path, options)


def _whole(data: bytes, path: Path) -> list[Any]:
    try:
        rows = json.loads(data)
    except json.JSONDecodeError as error:
        raise DataError(
            "not sound JSON", where=f"{path.name}, line {error.lineno}", came=error.msg
        ) from error
    except (ValueError, RecursionError) as error:
        raise DataError("not sound JSON", where=path, came=str(error)) from error
    return list(rows)


def _columns(found: Any, path: Path) -> Table:
    """Read one object: ``{"data": [{...}, ...]}``, or a list for each column."""
    lists = {k: v for k, v in found.items() if isinstance(v, list)}
    if len(lists) == 1 and all(isinstance(row, dict) for row in next(iter(lists.values()))):
        return from_rows(next(iter(lists.values())), path.name, path.parent)
    if len(lists) == len(found) and len({len(v) for v in lists.values()}) == 1:
        rows = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
        return from_rows(rows, path.name, path.parent)
    raise DataError(
        "this JSON is one object, not a table", where=path, allowed="a list of objects, or one object a line"
    )


def _lines(data: bytes, path: Path, options: Options) -> Table:
    table = _fast(data)
    numbers = [i + 1 for i, line in enumerate(data.split(b"\n")) if line.strip()]
    if table is not None and table.num_rows == len(numbers):
        read = tidy(table, path.name, path.parent)
    else:
        read = from_rows(_slow(data, path, options), path.name, path.parent)
    return replace(read, rows=np.array(numbers))


def _fast(data: bytes) -> pa.Table | None:
    import pyarrow.json as arrow_json

    try:
        return arrow_json.read_json(pa.BufferReader(data))
    except (pa.ArrowException, OSError):
        return None


def _slow(data: bytes, path: Path, options: Options) -> list[Any]:
    """Read line by line: for columns of mixed types, and for the line of an error."""
    rows = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        if number % 4096 == 0:
            options.check_stop(path.name)
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(
                "not sound JSON", where=f"{path.name}, line {number}", came=getattr(error, "msg", str(error))
            ) from error
        if not isinstance(row, dict):
            raise DataError(
                "not a JSON object", where=f"{path.name}, line {number}", allowed='{"name": value, ...}',
                came=line[:40].decode("utf-8", errors="replace"),
            )  # fmt: skip
        rows.append(row)
    return rows


def from_rows(rows: list[Any], origin: str, folder: Path | None = None) -> Table:
    """Make a table of a list of dictionaries, one for each row.

    Raises
    ------
    DataError
        If there is no row, or one is not a dictionary.

    Examples
    --------
    >>> table = from_rows([{"a": 1}, {"a": 2, "b": "x"}], "the rows given")
    >>> table["b"].to_pylist()
    [None, 'x']
    """
    if not rows:
        raise DataError("there is no row", where=origin)
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError("not an object", where=f"{origin}, row {i + 1}", came=repr(row)[:60])
    names = list(dict.fromkeys(str(name) for row in rows for name in row))
    arrays, mixed = [], []
    for name in names:
        values = [row.get(name) for row in rows]
        try:
            arrays.append(pa.array(values))
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            arrays.append(pa.array([_as_text(value) for value in values], pa.string()))
            mixed.append(name)
    table = tidy(pa.table(arrays, names=names), origin, folder)
    notes = tuple(f"column {name!r} mixes types and was read as text" for name in mixed)
    return replace(table, notes=(*table.notes, *notes))


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, default=str)
