"""Rows without a value for the target that take part in a training: where they come from, and how long to train."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from deepen.data.schema import Schema
from deepen.data.split import Split
from deepen.data.table import Table
from deepen.data.targets import without_target
from deepen.errors import DataError
from deepen.learning.pseudo import RATIO
from deepen.learning.recipe import Recipe
from deepen.learning.recipes import recipes_for
from deepen.training.divide import groups_of
from deepen.training.examples import Examples

__all__ = ["ROWS", "unlabelled", "with_unlabelled", "with_unlabelled_rows"]

ROWS = "rows"
"""What stands for the rows of the source itself that have no value for the target."""

_PART = "unlabelled"


def with_unlabelled_rows(table: Table, more: Table, target: str | None) -> Table:
    """Append rows that have no value for the target, as a part of their own.

    Parameters
    ----------
    target
        As the user names it; else that of the table, or the only column that the new rows lack.

    Raises
    ------
    DataError
        If the columns differ, or the target is not known.
    """
    lacking = [name for name in table.names if name not in more.names]
    name = target or table.target or (lacking[0] if len(lacking) == 1 else None)
    if name is None or name not in table.names:
        raise DataError(
            "which column is the target is not known", where=more.origin, mend="Name it with --target."
        )
    if isinstance(table[name], np.ndarray):
        raise DataError("is an array, which cannot be missing", where=f"{table.origin}, column {name!r}")
    nulls = pa.chunked_array([pa.nulls(len(more), table[name].type)])
    columns = {k: column for k, column in more.columns.items() if k != more.target}
    return table.join(replace(more, columns={**columns, name: nulls}, target=None), _PART)


def unlabelled(table: Table, schema: Schema, rows: Split, hashes: np.ndarray) -> np.ndarray:
    """Find the rows without a target that may be learned from: none that is a copy, or of a group, of what is held out.

    Parameters
    ----------
    hashes
        (N,) of all rows' inputs.

    Raises
    ------
    DataError
        If there is none.
    """
    free = without_target(table, schema.targets)
    if table.parts is not None:
        free &= np.isin(table.parts, ("train", _PART))
    held_out = np.concatenate([rows.valid, rows.test])
    free &= ~np.isin(hashes, hashes[held_out])
    groups = groups_of(table, schema)
    if groups is not None:
        free &= ~np.isin(groups, groups[held_out])
    if not free.any():
        raise DataError(
            "there is no row without a value for the target that may be learned from", where=table.origin,
            mend="Leave --unlabelled out.",
        )  # fmt: skip
    return np.flatnonzero(free)


def with_unlabelled(recipe: Recipe, examples: Examples, *, mirror: bool) -> Recipe:
    """Train as long as so many rows with a target would be trained, counted in passes over the labelled ones.

    Nothing is smoothed: a net that is taught to doubt is never sure enough to teach itself.
    """
    count, free = len(examples.rows.train), len(examples.unlabelled)
    if not free:
        return recipe
    able = recipes_for(examples.preparation.shapes, count + free, examples.schema.task, mirror=mirror)
    whole = next((each for each in able if each.net.reader == recipe.net.reader), able[0])
    longer = (count + free) / (RATIO * count)
    return replace(  # type: ignore[type-var,unused-ignore]
        recipe, smoothing=0.0, largest=whole.largest,
        most_epochs=max(recipe.most_epochs, longer * whole.most_epochs),
        epochs_wanted=max(recipe.epochs_wanted, longer * whole.epochs_wanted),
    )  # fmt: skip
