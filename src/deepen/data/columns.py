"""Small questions about one column, whether it is an Arrow column or an array.

Legend: N rows.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Column", "codes_of", "is_series", "is_text", "missing", "strings", "take", "uniques"]

Column: TypeAlias = Any  # pa.ChunkedArray | np.ndarray, but pyarrow comes without types
"""An Arrow column of N values, or an array whose first dimension is N."""

_ROUND = 8  # the least height and width at which numbers without channels are taken for pictures
_LONGEST_PICTURE = 2  # times as long as wide a picture may be (assumed); what is longer is steps by channels


def is_series(array: np.ndarray) -> bool:
    """Whether numbers (N, H, W) are N series of H steps and W channels, and no pictures, which are about square.

    Bytes are always pictures.

    Examples
    --------
    >>> is_series(np.zeros((4, 128, 9))), is_series(np.zeros((4, 28, 20)))
    (True, False)
    """
    if array.ndim != 3 or array.dtype.kind not in "iuf" or array.dtype.itemsize == 1 or 0 in array.shape:
        return False
    short, long = sorted(array.shape[1:])
    return bool(short < _ROUND or long > _LONGEST_PICTURE * short)


def is_text(column: Column) -> bool:
    """Whether the values are strings."""
    return isinstance(column, pa.ChunkedArray) and (
        pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    )


def missing(column: Column) -> np.ndarray:
    """Which values are missing: (N,) bool. NaN counts as missing.

    Examples
    --------
    >>> missing(pa.chunked_array([[1.0, None, float("nan")]])).tolist()
    [False, True, True]
    """
    if isinstance(column, np.ndarray):
        return np.zeros(len(column), dtype=bool)
    return np.asarray(pc.is_null(column, nan_is_null=True).combine_chunks().to_numpy(zero_copy_only=False))


def strings(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The values as strings, as a person would write them: 3 rather than 3.0 where all are whole.

    Examples
    --------
    >>> strings(pa.chunked_array([[1.0, 2.0, None]])).to_pylist()
    ['1', '2', None]
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_floating(kind):
        column, kind = column.cast(pa.float64()), pa.float64()  # half floats know neither floor nor abs
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
        if (
            pc.all(pc.equal(pc.floor(column), column)).as_py()
            and (pc.max(pc.abs(column)).as_py() or 0) < 2**53
        ):
            column = column.cast(pa.int64())
    return column.cast(pa.string())


def uniques(column: pa.ChunkedArray) -> list[str]:
    """The distinct values as strings, without missing ones: numbers in their order, words in theirs.

    Examples
    --------
    >>> uniques(pa.chunked_array([["10", "9", None, "9"]]))
    ['9', '10']
    """
    found = [v for v in pc.unique(strings(column)).to_pylist() if v is not None]
    try:
        numbers = {v: float(v) for v in found}
    except ValueError:
        return sorted(found)
    # "nan" has no place among numbers: with it, the order would depend on that of the rows.
    return (
        sorted(found)
        if any(map(math.isnan, numbers.values()))
        else sorted(found, key=lambda v: (numbers[v], v))
    )


def codes_of(column: pa.ChunkedArray) -> tuple[np.ndarray, int]:
    """Number the distinct values: (N,) int64 with -1 for missing, and how many there are."""
    coded = strings(column).combine_chunks().dictionary_encode()
    codes = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, len(coded.dictionary)


def take(column: Column, rows: np.ndarray) -> Column:
    """The values of some rows."""
    return column[rows] if isinstance(column, np.ndarray) else column.take(pa.array(rows))
