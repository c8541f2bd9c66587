"""Every row by named numbers: its columns, and what can be told of its picture, text, sound or series at a glance.

By these a leak or a shift is told by name: "the pictures of one class are brighter".

Legend: N rows, T steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from deepen.checking.checked import Checked
from deepen.data import dates
from deepen.data.columns import codes_of, strings
from deepen.data.kinds.number import parse
from deepen.data.media import Media
from deepen.data.sources.files import MEDIA
from deepen.errors import DataError

__all__ = ["Facet", "facets"]

_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class Facet:
    """One named number or code of every row.

    Parameters
    ----------
    name
        Of a column; or what it is, for what was worked out.
    values
        (N,) float64, NaN for missing.
    codes
        Whether they are codes of categories, without order.
    given
        Whether it is an input column of the table.
    """

    name: str
    values: np.ndarray
    codes: bool = False
    given: bool = True


def facets(checked: Checked) -> list[Facet]:
    """Work them all out: quick ones alone, which take no decoding."""
    return [*_columns(checked), *_left_out(checked), *_glances(checked)]


def _columns(checked: Checked) -> Iterator[Facet]:
    table = checked.table
    for plan in checked.schema.inputs:
        column = table[plan.name]
        if plan.kind == "number":
            yield Facet(plan.name, parse(column, plan.name, table.where))
        elif plan.kind == "category":
            codes, _ = codes_of(column)
            yield Facet(plan.name, np.where(codes < 0, np.nan, codes), codes=True)
        elif plan.kind == "date":
            moments = dates.parse(column, plan.name, table.where)
            values = moments.astype("M8[s]").astype(np.float64)
            yield Facet(plan.name, np.where(np.isnat(moments), np.nan, values))


def _left_out(checked: Checked) -> Iterator[Facet]:
    """Identifiers are not learned from, but where they tell the target, the rows' order does too."""
    for plan in checked.schema.columns:
        if plan.role == "left out" and plan.kind == "number" and "identifier" in plan.why:
            try:
                yield Facet(plan.name, parse(checked.table[plan.name], plan.name), given=False)
            except DataError:
                continue
    if not _folders_are_classes(checked):
        yield Facet("the order of the rows", np.arange(len(checked.table), dtype=np.float64), given=False)


def _folders_are_classes(checked: Checked) -> bool:
    """Whether the source made the target, as folders do: then the rows are sorted by it, and nothing is wrong."""
    return checked.table.folder is not None and checked.table.target in checked.schema.targets


def _glances(checked: Checked) -> Iterator[Facet]:
    for name, kind in checked.examples.preparation.stored.items():
        column = name.removeprefix(f"{kind.name} ")
        array = checked.examples.arrays[name]
        if kind.name == "image":
            means, spreads = _moments(array)
            yield Facet(f"brightness of {column!r}", means, given=False)
            yield Facet(f"contrast of {column!r}", spreads, given=False)
        elif kind.name == "text":
            lengths = (
                pc.utf8_length(strings(checked.table[column])) if column in checked.table.names else None
            )
            if lengths is not None:
                values = np.asarray(pc.fill_null(lengths, 0).to_numpy(), dtype=np.float64)
                yield Facet(f"length of {column!r}", values, given=False)
        else:
            steps = kind.lengths(array, np.arange(len(array)))
            if steps is not None:
                yield Facet(f"length of {column!r}", steps.astype(np.float64), given=False)
            means, spreads = _moments(array)
            yield Facet(f"mean of {column!r}", means, given=False)
            yield Facet(f"deviation of {column!r}", spreads, given=False)
        if kind.name in MEDIA:
            sizes = _bytes(checked, column)
            if sizes is not None:
                yield Facet(f"file size of {column!r}", sizes, given=False)


def _moments(array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each encoded row: (N,) each."""
    means, spreads = np.empty(len(array)), np.empty(len(array))
    for at in range(0, len(array), _BLOCK):
        some = np.asarray(array[at : at + _BLOCK], dtype=np.float32).reshape(len(array[at : at + _BLOCK]), -1)
        means[at : at + _BLOCK], spreads[at : at + _BLOCK] = some.mean(axis=1), some.std(axis=1)
    return means, spreads


def _bytes(checked: Checked, column: str) -> np.ndarray | None:
    if isinstance(checked.table[column], np.ndarray):
        return None
    files = Media(checked.table[column], checked.table.folder, "file").paths()
    if files is None:
        return None
    import os

    sizes = np.full(len(files), np.nan)
    for at, file in enumerate(files):
        try:
            sizes[at] = os.stat(file).st_size  # noqa: PTH116  # half the time of a path object's
        except (OSError, ValueError):
            continue
    return sizes
