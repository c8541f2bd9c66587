"""Arrays given in Python: NumPy's, torch's, lists, dictionaries of them, with or without a target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from deepen.data.columns import is_series
from deepen.data.table import Column, Table
from deepen.errors import DataError

__all__ = ["from_arrays", "from_columns", "is_array", "to_column", "to_numpy", "with_target"]

_BLOCK = (
    4096  # rows turned at a time; keeps the block in a core's cache: 100 columns turn 4x faster than at once
)


def is_array(source: object) -> bool:
    """Whether an object is an array, a tensor, or becomes an array when asked."""
    return isinstance(source, np.ndarray) or hasattr(source, "__array__") or hasattr(source, "detach")


def to_numpy(source: Any, name: str) -> np.ndarray:
    """Make a NumPy array of an array, a tensor of any device, or a list.

    Raises
    ------
    DataError
        If a list is ragged, or the values are complex numbers or no single values.
    """
    if hasattr(source, "detach"):
        source = source.detach().cpu()
        if str(source.dtype) == "torch.bfloat16":  # NumPy has no such type
            source = source.float()
        source = source.numpy()
    try:
        array: np.ndarray = np.asanyarray(source)
    except (ValueError, TypeError) as error:
        raise DataError("the lists are of different lengths", where=name, came=str(error)) from error
    if array.dtype.kind == "c":
        raise DataError(
            "complex numbers", where=name, mend="Give the real and imaginary parts, or the magnitudes."
        )
    if array.ndim == 0:
        raise DataError("one value, not an array", where=name, came=repr(array.item())[:60])
    if not len(array):
        raise DataError("zero rows", where=name)
    return array


def from_arrays(X: Any, y: Any = None, *, origin: str = "the arrays given") -> Table:
    """Make a table of inputs ``X`` (N, ...) and perhaps targets ``y`` (N,) or (N, K).

    Returns
    -------
    Table
        Columns ``x1``... of a matrix, one column ``image`` of images or ``signal`` of series, the fields of a
        structured array; and ``target``. A list of arrays of different lengths is a column ``signal`` too.

    Raises
    ------
    DataError
        If the lengths differ, there are no rows, or the values are no numbers, strings or times.

    Examples
    --------
    >>> from_arrays(np.zeros((5, 2)), [0, 1, 0, 1, 0]).names
    ('x1', 'x2', 'target')
    """
    if _are_ragged(X):
        return with_target(Table({"signal": _lists(X, "X")}, origin), y)
    array = to_numpy(X, "X")
    if array.dtype.names:
        return with_target(from_columns({name: array[name] for name in array.dtype.names}, origin=origin), y)
    columns, notes = _inputs(array, "x", image="image", series="signal")
    return with_target(Table(columns, origin, notes=notes), y)


def from_columns(source: Mapping[Any, Any], *, origin: str = "the arrays given") -> Table:
    """Make a table of a dictionary of arrays: a column each, or several (``a1``, ``a2``...) of a matrix."""
    columns: dict[str, Column] = {}
    notes: list[str] = []
    for key, value in source.items():
        if isinstance(value, str | bytes) or not (is_array(value) or hasattr(value, "__len__")):
            raise DataError("not an array", where=f"{origin}, {str(key)!r}", came=repr(value)[:60])
        if isinstance(value, pa.Array):
            columns[str(key)] = pa.chunked_array([value])
            continue
        if _are_ragged(value):
            columns[str(key)] = _lists(value, f"{origin}, {str(key)!r}")
            continue
        array = to_numpy(value, f"{origin}, {str(key)!r}")
        if array.ndim == 1:
            columns[str(key)] = to_column(array, str(key))
            continue
        more, said = _inputs(array, str(key), image=str(key), series=str(key))
        columns |= more
        notes += said
    return Table(columns, origin, notes=tuple(notes))


def with_target(table: Table, y: Any) -> Table:
    """Add the targets ``y`` to a table, as its column ``target``; a string names a column that is there.

    A matrix of zeros and ones is several labels for each row; with exactly one 1 in each row it is one.

    Raises
    ------
    DataError
        If ``y`` is of another length than the table, or of no meaning as a target.
    """
    if y is None:
        return table
    if isinstance(y, str):
        table[y]  # is it there?
        return replace(table, target=y)
    column, notes = _target(y)
    if len(column) != len(table):
        raise DataError(
            "X and y differ in length", where="y", allowed=f"{len(table):,} rows", came=f"{len(column):,}"
        )
    name = "target"
    while name in table.columns:
        name += "_"
    return replace(table, columns={**table.columns, name: column}, target=name, notes=(*table.notes, *notes))


def to_column(array: np.ndarray, name: str) -> pa.ChunkedArray:
    """Make an Arrow column of one-dimensional values, without a copy where Arrow can.

    Raises
    ------
    DataError
        If the values are of no type that Arrow knows, or of several.
    """
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    values: Any = array
    if array.dtype.kind not in "biufMm":
        values = array.tolist()
    elif not array.dtype.isnative:
        values = array.astype(array.dtype.newbyteorder("="))
    try:
        column = pa.chunked_array([pa.array(values)])
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise _no_type(name, array, str(error)) from error
    if pa.types.is_nested(column.type):
        raise _no_type(name, array, str(column.type))
    return column.cast(pa.string()) if pa.types.is_null(column.type) else column


def _no_type(name: str, array: np.ndarray, came: str) -> DataError:
    return DataError(
        f"values of no single type (dtype {array.dtype})",
        where=name,
        allowed="numbers, strings, truth values or times",
        came=came,
    )


def _target(y: Any) -> tuple[pa.ChunkedArray, tuple[str, ...]]:
    if isinstance(y, pa.ChunkedArray):
        return y, ()
    if isinstance(y, pa.Array):
        return pa.chunked_array([y]), ()
    array = to_numpy(y.to_numpy() if hasattr(y, "to_numpy") else y, "y")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 1 and not array.dtype.names:
        return to_column(array, "y"), ()
    if array.ndim != 2 or array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
        raise DataError(
            "neither one target for each row nor several labels",
            where="y",
            allowed="shape (N,), or (N, K) of zeros and ones",
            came=f"shape {array.shape}, dtype {array.dtype}",
        )
    marks = array.astype(bool)
    if bool((marks.sum(axis=1) == 1).all()):
        note = f"each row of y has one 1: read as one of {marks.shape[1]} classes, y1, y2..."
        names = np.array([f"y{i + 1}" for i in range(marks.shape[1])])
        return to_column(names[marks.argmax(axis=1)], "y"), (note,)
    row, label = np.nonzero(marks)
    offsets = np.searchsorted(row, np.arange(len(marks) + 1)).astype(np.int32)
    names = pa.array([f"y{i + 1}" for i in range(marks.shape[1])])
    return pa.chunked_array([pa.ListArray.from_arrays(pa.array(offsets), names.take(pa.array(label)))]), ()


def _inputs(
    array: np.ndarray, stem: str, *, image: str, series: str
) -> tuple[dict[str, Column], tuple[str, ...]]:
    if array.ndim == 1:
        return {f"{stem}1": to_column(array, stem)}, ()
    if array.ndim == 2:
        if not array.shape[1]:
            raise DataError("no columns", where=stem, came=f"shape {array.shape}")
        return {f"{stem}{i + 1}": to_column(c, stem) for i, c in enumerate(_turned(array))}, ()
    if is_series(array) and array.dtype.itemsize <= 8:
        return {series: array if array.dtype.kind == "f" else array.astype(np.float64)}, ()
    if not _like_images(array):
        raise DataError(
            "not like images or series, and no other arrays of more than two dimensions are read",
            where=stem,
            allowed="(N, D), series (N, T, C), images (N, H, W), (N, H, W, C) or (N, C, H, W) with C of 1 to 4",
            came=f"shape {array.shape}, dtype {array.dtype}",
            mend="Reshape it to (N, D), a column for each value.",
        )
    return _pixels(array, image)


def _are_ragged(source: Any) -> bool:
    """Whether these are arrays or tensors of different lengths; lists in lists may be a slip of the hand."""
    return (
        isinstance(source, list | tuple)
        and all(is_array(item) and getattr(item, "ndim", 0) in (1, 2) for item in source)
        and len({len(item) for item in source}) > 1
    )


def _lists(source: Any, name: str) -> pa.ChunkedArray:
    """Make an Arrow column of lists: of numbers, or of steps of several."""
    arrays = [to_numpy(item, name) if len(item) else np.zeros(0) for item in source]
    try:
        column = pa.chunked_array([pa.array([item.tolist() for item in arrays])])
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise _no_type(name, arrays[0], str(error)) from error
    return column


def _turned(array: np.ndarray) -> np.ndarray:
    """Turn (N, D) to (D, N) with each column in one piece, so that Arrow need not copy."""
    if array.dtype.kind not in "biuf" or array.flags.f_contiguous or isinstance(array, np.ma.MaskedArray):
        return array.T
    turned = np.empty(array.shape[::-1], array.dtype)
    for start in range(0, len(array), _BLOCK):
        turned[:, start : start + _BLOCK] = array[start : start + _BLOCK].T
    return turned


def _like_images(array: np.ndarray) -> bool:
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8 or 0 in array.shape:
        return False
    if array.ndim == 3:
        return True
    return array.ndim == 4 and (array.shape[1] <= 4 or array.shape[3] <= 4)


def _pixels(array: np.ndarray, name: str) -> tuple[dict[str, Column], tuple[str, ...]]:
    """Bring whole numbers to bytes where they fit, else to floats; floats and bytes stay."""
    if array.dtype == np.uint8 or array.dtype.kind == "f":
        return {name: array}, ()
    if array.dtype.kind == "b":
        return {name: array.astype(np.uint8) * 255}, ()
    if array.min() >= 0 and array.max() <= 255:
        return {name: array.astype(np.uint8)}, ()
    return {name: array.astype(np.float32)}, (f"pixels of {name!r} exceed a byte and were read as floats",)
