"""The examples that a net is looked at with: read, encoded, and what is known of each.

Legend: N rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import Tensor, nn

from deepen.data.columns import is_text, missing, strings
from deepen.data.exhibits import name_of
from deepen.data.kinds.number import parse
from deepen.data.names import read_form, with_parts_of_names
from deepen.data.table import Table
from deepen.data.targets import target_values, without_target
from deepen.errors import DataError, SettingError, nearest
from deepen.model import Model
from deepen.shapes import Shape

__all__ = ["Asked", "Material", "gather"]

_FEW = 30  # distinct whole numbers up to which a nuisance column is taken for classes (assumed)


@dataclass(frozen=True, eq=False)
class Asked:
    """What a probe is asked to find.

    Parameters
    ----------
    name, task, labels
        The column, the task, and the names of its classes or labels.
    values
        (N,) class codes, (N, K) zeros and ones, or (N,) numbers.
    rows
        The rows where it is known.
    """

    name: str
    task: str
    labels: tuple[str, ...]
    values: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class Material:
    """Encoded rows, and what is known of them.

    Parameters
    ----------
    table
        The rows as they came.
    arrays
        The encoded inputs by name.
    names
        What each row is called.
    asked
        What probes are asked: the target first, if the rows have one.
    train
        (N,) of bool: rows that the source itself calls its training part; None where it names no parts.
    notes
        What was left out, a sentence each.
    """

    model: Model
    table: Table
    arrays: Mapping[str, np.ndarray]
    names: tuple[str, ...]
    asked: tuple[Asked, ...]
    train: np.ndarray | None
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def net(self) -> nn.Module:
        """The model's."""
        return self.model.net

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """Of what it reads."""
        return self.model.preparation.shapes

    def inputs(self, rows: np.ndarray) -> dict[str, Tensor]:
        """What the net reads of some rows."""
        device = self.model.device
        some = {k: torch.from_numpy(np.ascontiguousarray(a[rows])).to(device) for k, a in self.arrays.items()}
        return self.model.preparation.to_net(some)

    def batches(self, size: int) -> Iterator[np.ndarray]:
        """Row numbers, batch by batch; the rows stand in random order."""
        for first in range(0, len(self), size):
            yield np.arange(first, min(first + size, len(self)))


def gather(
    model: Model,
    source: Any,
    y: Any = None,
    *,
    rows: int,
    nuisance: tuple[str, ...] = (),
    label_from: str | None = None,
    seed: int = 0,
    **reading: Any,
) -> Material:
    """Read a source, draw rows from it, and encode them for a model.

    Parameters
    ----------
    rows
        How many at the most.
    nuisance
        Columns to probe for beside the target; ``speaker=name:1:_`` is told by the files' names.
    label_from
        Where the files' names tell the target.

    Raises
    ------
    DataError
        If the source cannot be read, lacks a column that the model reads, or holds no row that can be read.
    SettingError
        If there is no such nuisance.
    """
    table = with_parts_of_names(model.read(source, y, **reading), label_from=label_from, group_from=None)
    model.preparation.check(table)
    told = {}
    for said in nuisance:
        name, table = _with_nuisance(table, said)
        told[name] = said
    if len(table) == 0:
        raise DataError("there is no row to look at", where=table.origin)
    order = _drawn(table, rows, seed)
    notes = [f"{len(order):,} of {len(table):,} rows, drawn at random"] if len(order) < len(table) else []
    table = table.take(order)
    encoded = model.preparation.encode(table, workers=torch.get_num_threads())
    arrays = dict(encoded.arrays)
    if encoded.bad:
        good = np.setdiff1d(np.arange(len(table)), list(encoded.bad))
        first = next(iter(encoded.bad))
        notes.append(
            f"{len(encoded.bad):,} rows cannot be read and were left out, such as {table.where(first)}"
        )
        if len(good) == 0:
            raise DataError(encoded.bad[first], where=table.where(first), mend="No row can be read.")
        table, arrays = table.take(good), {k: a[good] for k, a in arrays.items()}
    asked = [*_target(model, table, notes), *(_nuisance(table, name) for name in told)]
    names = tuple(name_of(table, row, model.preparation.inputs) for row in range(len(table)))
    train = None if table.parts is None else np.array([part == "train" for part in table.parts])
    if train is not None and (train.all() or not train.any()):
        train = None
    return Material(model, table, arrays, names, tuple(asked), train, tuple(notes))


def _drawn(table: Table, count: int, seed: int) -> np.ndarray:
    """Draw rows in random order: half of them of the training part, where the source has parts."""
    order = np.random.default_rng(seed).permutation(len(table))
    if table.parts is not None and len(table) > count:
        learned = np.array([part == "train" for part in table.parts])[order]
        half = max(count // 2, count - int((~learned).sum()))
        others = count - min(half, int(learned.sum()))
        order = order[np.where(learned, np.cumsum(learned) <= half, np.cumsum(~learned) <= others)]
    return np.asarray(order[:count])


def _with_nuisance(table: Table, said: str) -> tuple[str, Table]:
    """Find a nuisance column, or make it of the files' names."""
    name, sign, form = said.partition("=")
    if said in table.names or not sign:
        if said not in table.names:
            raise SettingError(
                f"there is no column {said!r}", where="--nuisance", mend=nearest(said, table.names)
            )
        return said, table
    if name in table.names:
        raise SettingError(f"there is a column {name!r} already", where="--nuisance", came=repr(said))
    read_form(form, "--nuisance")
    made = with_parts_of_names(
        Table({k: c for k, c in table.columns.items() if k != "group"}, table.origin, table.folder, rows=table.rows),
        label_from=None, group_from=form,
    )  # fmt: skip
    columns = {**table.columns, name: made["group"]}
    return name, Table(
        columns, table.origin, table.folder, table.parts, table.target, table.notes, table.rows, table.origins
    )


def _target(model: Model, table: Table, notes: list[str]) -> list[Asked]:
    """The target, where the rows have it."""
    targets = model.schema.targets
    if len(targets) == 1 and targets[0] not in table.names and table.target is not None:
        table = table.renamed({table.target: targets[0]})
    gone = [name for name in targets if name not in table.names]
    if gone:
        notes.append(f"there is no column {gone[0]!r}: nothing is probed for the task")
        return []
    rows = np.flatnonzero(~without_target(table, targets))
    if len(rows) == 0:
        notes.append("no row has a value for the target: nothing is probed for the task")
        return []
    values = target_values(table, model.preparation.target, targets, rows)
    return [Asked(", ".join(targets), model.schema.task, model.preparation.labels, values, rows)]


def _nuisance(table: Table, name: str) -> Asked:
    """A nuisance column as classes, or as a number where it has many values."""
    column = table[name]
    if isinstance(column, np.ndarray):
        raise SettingError("holds arrays, not a value for each row", where=f"--nuisance {name}")
    rows = np.flatnonzero(~missing(column))
    texts = strings(column)
    labels = tuple(sorted(pc.unique(texts.drop_null()).to_pylist(), key=_by_number))
    if len(labels) < 2:
        raise SettingError("has the same value in every row", where=f"--nuisance {name}", came=repr(labels))
    if not is_text(column) and len(labels) > _FEW and not pa.types.is_boolean(column.type):
        return Asked(name, "number", (), np.nan_to_num(parse(column, name, table.where)), rows)
    if len(labels) > max(2, len(rows) // 5):
        raise SettingError(
            "has too many values to be told apart", where=f"--nuisance {name}",
            came=f"{len(labels):,} in {len(rows):,} rows",
        )  # fmt: skip
    codes = pc.fill_null(pc.index_in(texts, value_set=pa.array(labels, texts.type)), 0)
    task = "two classes" if len(labels) == 2 else "many classes"
    return Asked(name, task, labels, np.asarray(codes.to_numpy(), dtype=np.int64), rows)


def _by_number(text: str) -> tuple[float, str]:
    try:
        return float(text), text
    except ValueError:
        return float("inf"), text
