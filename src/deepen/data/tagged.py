"""Tables to learn tagging from: a column of lists, and beside it one label for each of their elements.

Legend: N rows.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from deepen.data.columns import Column, is_series, is_text
from deepen.data.lists import is_list
from deepen.data.schema import ColumnPlan, Schema
from deepen.data.table import Table
from deepen.errors import DataError, SettingError

if TYPE_CHECKING:
    from deepen.data.recognise import Wishes

__all__ = ["TAGS", "cells", "tagged"]

TAGS = "tags"
"""The kind of such a target, as ``--kind NAME=tags`` says it."""

_NAMES = ("tags", "ner_tags", "labels")
_LOOK_AT = 2000  # rows by which it is decided (assumed)
_ALIKE = (
    0.9  # share of them whose lengths must agree: one slip is an error to be told, not another task (assumed)
)
_COPIES = 0.3  # share of tags that are the token itself, from where on the lists are texts to be rewritten (assumed)
_FEW = (
    0.2  # different tags for each element, from where on they are no tags; twenty always are some (assumed)
)


def tagged(table: Table, wishes: Wishes) -> Schema | None:
    """Give the schema of tagging, or None if the table shows, or the user says, something else.

    Raises
    ------
    SettingError
        If the user says that a column holds tags, and it cannot be.
    """
    name = _target(table, wishes)
    if name is None:
        return None
    said = wishes.kinds.get(name)
    if said not in (None, TAGS):
        return None
    left_out = (name, *wishes.drop, *(n for n in (wishes.group, wishes.time) if n))
    beside = [n for n in wishes.inputs or table.names if n not in left_out]
    if said == TAGS:
        return _schema(table, wishes, name, _forced(table, name, beside))
    chosen = next((n for n in beside if _belong(table, n, name)), None)
    if chosen is None or len(wishes.inputs) > 1:
        return None
    return _schema(table, wishes, name, chosen)


def _target(table: Table, wishes: Wishes) -> str | None:
    """The one column that might be tags: the one named, else the source's, else by its name, else the last."""
    if wishes.forecast or len(wishes.targets) > 1:
        return None
    if wishes.targets:
        return wishes.targets[0]
    if table.target is not None:
        return table.target
    usable = [n for n in table.names if n not in (*wishes.drop, *wishes.inputs, wishes.group, wishes.time)]
    named = [n for wanted in _NAMES for n in usable if n.lower() == wanted]
    found = named[0] if named else usable[-1] if usable else None
    # Lists of numbers are tags only where they are named: unnamed they are signals.
    return found if found is not None and (named or _of_names(table[found])) else None


def _of_names(column: Column) -> bool:
    if isinstance(column, np.ndarray) or not is_list(column.type):
        return False
    return bool(pa.types.is_string(column.type.value_type))


def _forced(table: Table, target: str, beside: list[str]) -> str:
    listed = [n for n in beside if _holds_lists(table[n])]
    if not listed:
        raise SettingError(
            "no column of lists stands beside it", where=f"--kind {target}={TAGS}",
            allowed="lists of tokens, or of numbers, with a tag for each element",
        )  # fmt: skip
    return next((n for n in listed if _lengths_agree(table, n, target)), listed[0])


def _holds_lists(column: Column) -> bool:
    if isinstance(column, np.ndarray):
        return is_series(column) or column.ndim == 2
    return is_list(column.type) or (is_text(column) and _reads_as_lists(column))


def _reads_as_lists(column: Column) -> bool:
    some = [text for text in column.drop_null().slice(0, 20).to_pylist() if text.strip()]
    return bool(some) and all(text.lstrip().startswith("[") for text in some)


def _belong(table: Table, name: str, target: str) -> bool:
    """Whether the target's lists are labels of the elements of a column's."""
    if not _holds_lists(table[name]) or isinstance(table[target], np.ndarray):
        return False
    if not _holds_lists(table[target]) or not _lengths_agree(table, name, target):
        return False
    tags = [t for row in cells(table[target].slice(0, _LOOK_AT)) if isinstance(row, list) for t in row]
    if not tags or not all(isinstance(t, str | int) or t is None for t in tags):
        return False
    if len(set(tags)) > max(20, _FEW * len(tags)):
        return False
    if isinstance(table[name], np.ndarray):
        return True
    items = [t for row in cells(table[name].slice(0, _LOOK_AT)) if isinstance(row, list) for t in row]
    if not any(isinstance(t, str) for t in items):
        return True
    copies = sum(a == b for a, b in zip(items, tags, strict=False))
    return bool(copies < _COPIES * len(tags))


def _lengths_agree(table: Table, name: str, target: str) -> bool:
    if isinstance(table[target], np.ndarray) or not _holds_lists(table[target]):
        return False
    theirs, own = _lengths(table[name]), _lengths(table[target])
    both = (theirs >= 0) & (own >= 0)
    return bool(both.any() and own.max() > 0 and (theirs == own)[both].mean() >= _ALIKE)


def _lengths(column: Column) -> np.ndarray:
    """How many elements the first rows have: (N,), -1 where there is no list."""
    if isinstance(column, np.ndarray):
        return np.full(min(len(column), _LOOK_AT), column.shape[1])
    rows = cells(column.slice(0, _LOOK_AT))
    return np.array([len(row) if isinstance(row, list) else -1 for row in rows], dtype=np.int64)


def cells(column: Column) -> list[Any]:
    """Read each row as what it holds: a list, None, or whatever stands in the place of one.

    Examples
    --------
    >>> cells(pa.chunked_array([['["EU", "rejects"]', None, "no list"]]))
    [['EU', 'rejects'], None, 'no list']
    """
    if isinstance(column, np.ndarray):
        return list(column.tolist())
    if not is_text(column):
        return list(column.to_pylist())
    return [_parsed(text) for text in column.to_pylist()]


def _parsed(text: str | None) -> Any:
    if text is None or not text.lstrip().startswith("["):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _schema(table: Table, wishes: Wishes, target: str, name: str) -> Schema:
    kind = wishes.kinds.get(name) or _kind(table[name])
    if kind not in ("text", "series"):
        raise SettingError(
            "what is tagged is a text or a series", where=f"--kind {name}", allowed="text, series", came=kind
        )
    why = "as named" if target in wishes.kinds else f"one for each element of {name!r}"
    plans = []
    for each in table.names:
        if each == target:
            plans.append(ColumnPlan(each, TAGS, "target", why))
        elif each == name:
            plans.append(
                ColumnPlan(each, kind, "input", "lists of tokens" if kind == "text" else "lists of numbers")
            )
        elif each in (wishes.group, wishes.time):
            plans.append(ColumnPlan(each, "", "group" if each == wishes.group else "time", "as named"))
        else:
            named = (
                "as named"
                if each in wishes.drop
                else "tags are learned from one column; another with --input"
            )
            plans.append(ColumnPlan(each, "", "left out", named))
    return Schema(tuple(plans), TAGS, (target,))


def _kind(column: Column) -> str:
    if isinstance(column, np.ndarray):
        return "series"
    known = [row for row in cells(column.slice(0, _LOOK_AT)) if isinstance(row, list) and row]
    if not known:
        raise DataError("no row holds a list with an element in it", where="the column to be tagged")
    words = sum(any(isinstance(t, str) for t in row) for row in known)
    return "text" if 2 * words > len(known) else "series"
