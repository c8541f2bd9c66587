"""Lists of numbers in a column, or lists of lists of them, or such lists as JSON text: read as signals.

Legend: S steps of all rows, B rows, T steps of one, C channels.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.columns import Column, is_text

__all__ = ["Read", "Unread", "is_list", "mismatch", "nested", "of_lists", "of_values", "one", "written"]

Read: TypeAlias = tuple[np.ndarray, np.ndarray, dict[int, str]]
"""Steps (S, C), how many of them are each row's (B,), and what is wrong with the rows that cannot be read."""

_NONE = "there is no list of numbers"


def nested(column: Column) -> bool:
    """Whether the values are lists of numbers, or lists of such lists."""
    if not isinstance(column, pa.ChunkedArray) or not is_list(column.type):
        return False
    inner = column.type.value_type
    inner = inner.value_type if is_list(inner) else inner
    return bool(pa.types.is_integer(inner) or pa.types.is_floating(inner))


def written(texts: Sequence[str]) -> bool:
    """Whether all these texts are lists as JSON writes them, and some of them lists of numbers.

    Examples
    --------
    >>> written(["[1, 2.5, null]", '[3, "x"]']), written(['["a"]']), written(["1 2 3"])
    (True, False, False)
    """
    if not texts or not all(text.strip().startswith("[") and text.strip().endswith("]") for text in texts):
        return False
    for text in texts:
        try:
            one(text, None)
        except Unread:
            continue
        return True
    return False


def is_list(kind: pa.DataType) -> bool:
    """Whether an Arrow type is one of its lists."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def of_lists(column: pa.ChunkedArray, channels: int) -> Read | None:
    """Read clean lists at once; None where they must be looked at one by one."""
    if is_text(column):
        return None
    lists = pa.concat_arrays(column.chunks)
    if lists.null_count:
        return None
    counts, flat = pc.list_value_length(lists).to_numpy(), lists.flatten()
    if is_list(flat.type):
        if flat.null_count or pc.any(pc.not_equal(pc.list_value_length(flat), channels)).as_py():
            return None
        flat = flat.flatten()
    elif channels != 1:
        return None
    try:
        numbers = pc.fill_null(flat.cast(pa.float64(), safe=False), float("nan"))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    return numbers.to_numpy(zero_copy_only=False).reshape(-1, channels), counts.astype(np.int64), {}


def of_values(given: Sequence[Any], channels: int) -> Read:
    """Read rows one by one: for text, and to say what is wrong with which."""
    read, bad = [], {}
    for row, value in enumerate(given):
        try:
            read.append(one(value, channels))
        except Unread as error:
            read.append(np.zeros((0, channels)))
            bad[row] = str(error)
    return np.concatenate(read), np.array([len(steps) for steps in read], dtype=np.int64), bad


class Unread(Exception):
    """A row that cannot be read; its message is the reason."""


def one(value: Any, channels: int | None) -> np.ndarray:
    """Read one signal, a list of numbers or of lists of them, or such a list as text: (T, C)."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise Unread(_NONE) from None
    if not isinstance(value, list):
        raise Unread(_NONE)
    if not value:
        raise Unread("an empty list")
    if not any(isinstance(step, list) for step in value):
        value = [[step] for step in value]
    wide = channels or next((len(step) for step in value if isinstance(step, list) and step), 1)
    out = np.full((len(value), wide), np.nan)
    for at, step in enumerate(value):
        if step is None or step == []:
            continue  # nothing was measured at that step
        if not isinstance(step, list):
            raise Unread(f"step {at + 1} is one number, where others are lists")
        if len(step) != wide:
            raise Unread(mismatch(at + 1, len(step), wide))
        for channel, number in enumerate(step):
            out[at, channel] = _number(number, at + 1)
    return out


def _number(value: Any, step: int) -> float:
    try:
        return float("nan") if value is None or value == "" else float(value)
    except (TypeError, ValueError, OverflowError):
        raise Unread(f"not a number at step {step}: {str(value)[:40]!r}") from None


def mismatch(step: int, came: int, allowed: int) -> str:
    """Say that a step has another number of channels than those of most rows."""
    return f"step {step} has {came} channel{'s' * (came != 1)}, not {allowed} as others"
