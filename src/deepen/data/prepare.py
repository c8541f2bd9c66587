"""Preparation: what is fitted on the training part, and how rows become arrays and arrays become net inputs.

Legend: N rows, D numbers, K categories, B examples in a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from torch import Tensor

from deepen.data import kinds
from deepen.data.cache import Cache, key_of
from deepen.data.columns import strings, take
from deepen.data.kinds import Category, Image, Kind, Labels, Number
from deepen.data.kinds.image import Sources
from deepen.data.kinds.image_batch import scale
from deepen.data.kinds.number import parse
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.errors import DataError, nearest
from deepen.shapes import Codes, Grid, Shape, Vector

__all__ = ["Encoded", "Preparation", "fit", "target_values", "without_target"]

_ENCODING = 1  # raised whenever the same settings give other arrays, so that old cache entries are not used


@dataclass(frozen=True, eq=False)
class Encoded:
    """Encoded rows: the net's inputs by name, and the rows that could not be read with the reason."""

    arrays: Mapping[str, np.ndarray]
    bad: Mapping[int, str]


@dataclass(frozen=True)
class Preparation:
    """Fitted kinds for the inputs and the target.

    The numbers of all columns form one input ``numbers`` (N, D), the categories one input ``codes`` (N, K);
    each column of pictures is an input of its own, under the column's name.
    """

    inputs: Mapping[str, Kind]
    target: Kind
    targets: tuple[str, ...]
    task: str

    @property
    def shapes(self) -> dict[str, Shape]:
        """What the net gets, by name."""
        found: dict[str, Shape] = {}
        width = sum(k.width for k in self.inputs.values() if isinstance(k, Number))
        if width:
            found["numbers"] = Vector(width)
        sizes = tuple(
            1 + (len(k.values) if isinstance(k, Category) else len(k.codes))
            for k in self.inputs.values()
            if isinstance(k, Category) or (isinstance(k, Number) and k.codes)
        )
        if sizes:
            found["codes"] = Codes(sizes)
        for name, kind in self.images.items():
            found[name] = Grid(kind.channels, kind.height, kind.width)
        return found

    @property
    def images(self) -> dict[str, Image]:
        """The columns of pictures, by the name of their input."""
        return {f"image {name}": k for name, k in self.inputs.items() if isinstance(k, Image)}

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes or labels in the order of the net's outputs; empty for a number."""
        return self.target.values if isinstance(self.target, Category | Labels) else ()

    @property
    def outputs(self) -> int:
        """How many numbers the net gives for an example."""
        return len(self.labels) if self.labels else 1

    def with_kind(self, name: str, kind: Kind) -> Preparation:
        """Put another fitted kind in the place of an input's."""
        return replace(self, inputs={**self.inputs, name: kind})

    def check(self, table: Table) -> None:
        """See that a table has all the input columns.

        Raises
        ------
        DataError
            If one is missing, with the nearest name that there is.
        """
        for name, kind in self.inputs.items():
            if name not in table.names:
                raise DataError(
                    f"there is no column {name!r}, which the model reads ({kind.name})", where=table.origin,
                    mend=nearest(name, table.names),
                )  # fmt: skip

    def encode_small(self, table: Table) -> dict[str, np.ndarray]:
        """Encode all but the pictures: ``numbers`` (N, D) float32 and ``codes`` (N, K) int32.

        Raises
        ------
        DataError
            If a value is not of its column's kind, with its row.
        """
        numbers, codes = [], []
        for name, kind in self.inputs.items():
            if isinstance(kind, Number):
                values = parse(table[name], name, table.where)
                numbers.append(kind.encode(values))
                if kind.codes:
                    codes.append(kind.encode_codes(values))
            elif isinstance(kind, Category):
                codes.append(kind.encode(table[name]))
        found = {}
        if numbers:
            found["numbers"] = np.concatenate(numbers, axis=1)
        if codes:
            found["codes"] = np.stack(codes, axis=1)
        return found

    def encode(
        self,
        table: Table,
        *,
        workers: int,
        cache: Cache | None = None,
        content: bytes = b"",
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> Encoded:
        """Encode every row, into the cache if there is one.

        Parameters
        ----------
        workers
            Threads that decode pictures.
        cache, content
            Where pixels are kept as memory-mapped arrays, under the hash of the ``content``.
        """
        arrays = self.encode_small(table)
        bad: dict[int, str] = {}
        for name, kind in self.images.items():
            sources = Sources(table[name.removeprefix("image ")], table.folder)
            shape = (len(table), kind.height, kind.width, kind.channels)
            write = _Pixels(kind, sources, shape, workers, stop, progress)
            if cache is None:
                arrays[name], found = write.in_memory()
            elif (
                sources.array is not None
                and sources.array.shape == shape
                and sources.array.dtype == np.uint8
                and not isinstance(sources.array, np.memmap)
            ):
                arrays[name], found = sources.array, {}  # it is encoded already, and in memory
            else:
                size = {"encoding": _ENCODING, "shape": shape, "range": [kind.low, kind.high]}
                arrays[name], found = write.in_cache(cache, key_of(size, name, content))
            bad = {**found, **bad}
        return Encoded(arrays, bad)

    def to_net(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Bring encoded inputs to what the net reads: pictures scaled, categories as long integers."""
        images = self.images
        return {
            name: scale(values, images[name])
            if name in images
            else values.long()
            if name == "codes"
            else values
            for name, values in batch.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {
            "inputs": {name: kinds.to_dict(kind) for name, kind in self.inputs.items()},
            "target": kinds.to_dict(self.target),
            "targets": list(self.targets),
            "task": self.task,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        inputs = {name: kinds.from_dict(kind) for name, kind in data["inputs"].items()}
        return cls(inputs, kinds.from_dict(data["target"]), tuple(data["targets"]), data["task"])


@dataclass(frozen=True)
class _Pixels:
    """The encoding of one column of pictures."""

    kind: Image
    sources: Sources
    shape: tuple[int, ...]
    workers: int
    stop: Callable[[], bool]
    progress: Callable[[int, int], None]

    def _into(self, out: np.ndarray) -> dict[int, str]:
        return self.kind.encode_into(
            self.sources, out, workers=self.workers, stop=self.stop, progress=self.progress
        )

    def in_memory(self) -> tuple[np.ndarray, dict[int, str]]:
        out = np.zeros(self.shape, dtype=np.uint8)
        return out, self._into(out)

    def in_cache(self, cache: Cache, key: str) -> tuple[np.ndarray, dict[int, str]]:
        from deepen.compute.folders import read_json, write_json

        def write(stage: Path) -> None:
            out = np.lib.format.open_memmap(stage / "pixels.npy", mode="w+", dtype=np.uint8, shape=self.shape)
            bad = self._into(out)
            out.flush()
            if self.stop():
                raise _Interrupted
            write_json(stage / "bad.json", {str(row): why for row, why in bad.items()})

        try:
            folder = cache.make(key, write, need=int(np.prod(self.shape)))
        except _Interrupted:
            return np.zeros((0, *self.shape[1:]), dtype=np.uint8), {}
        pixels = np.load(folder / "pixels.npy", mmap_mode="r", allow_pickle=False)
        return pixels, {int(row): why for row, why in read_json(folder / "bad.json").items()}


class _Interrupted(Exception):
    """The user stopped the encoding, so the half-filled cache entry must not be kept."""


def fit(table: Table, schema: Schema, train: np.ndarray, *, side: int | None = None) -> Preparation:
    """Fit every input and the target on the training rows alone.

    Parameters
    ----------
    side
        The longer side of pictures in pixels, where the user has set it.
    """
    inputs: dict[str, Kind] = {}
    for plan in schema.inputs:
        column = table[plan.name]
        if plan.kind == "number":
            inputs[plan.name] = Number.fit(parse(column, plan.name, table.where)[train])
        elif plan.kind == "category":
            inputs[plan.name] = Category.fit(take(column, train))
        elif plan.kind == "image":
            inputs[plan.name] = Image.fit(Sources(column, table.folder), train, side=side)
        else:
            raise DataError(
                "several labels cannot be an input yet", where=f"{table.origin}, column {plan.name!r}"
            )
    return Preparation(inputs, _fit_target(table, schema, train), schema.targets, schema.task)


def _fit_target(table: Table, schema: Schema, train: np.ndarray) -> Kind:
    if len(schema.targets) > 1:
        return Labels(schema.targets)
    (name,) = schema.targets
    if schema.task == "number":
        return Number.fit(parse(table[name], name, table.where)[train])
    rows = take(table[name], train)
    return Labels.fit_target(rows) if schema.task == "several labels" else Category.fit_target(rows)


def target_values(table: Table, preparation: Preparation, rows: np.ndarray | None = None) -> np.ndarray:
    """Encode the target of the given rows, the others staying zero.

    Returns
    -------
    numpy.ndarray
        (N,) class codes, (N, K) zeros and ones, or (N,) numbers in the target's own units.

    Raises
    ------
    DataError
        If a class is unknown, or a value is missing.
    """
    rows = np.arange(len(table)) if rows is None else rows
    kind = preparation.target
    if len(preparation.targets) > 1:
        hot = [_yes(table, name, rows) for name in preparation.targets]
        found = np.stack(hot, axis=1)
    else:
        (name,) = preparation.targets
        column = take(table[name], rows)

        def where(at: int) -> str:
            return table.where(int(rows[at]))

        if isinstance(kind, Number):
            found = parse(column, name, where)
        elif isinstance(kind, Labels):
            found = kind.encode_target(column, name, where)
        else:
            assert isinstance(kind, Category)
            found = kind.encode_target(_as_known(strings(column), kind), name, where)
    whole = np.zeros((len(table), *found.shape[1:]), dtype=found.dtype)
    whole[rows] = found
    return whole


def _as_known(texts: pa.ChunkedArray, kind: Category) -> pa.ChunkedArray:
    """Read ``yes.`` as ``yes`` where only that one is known: the test part of the Adult set is written so."""
    dotted = pc.and_(
        pc.invert(pc.is_in(texts, value_set=pa.array(kind.values))),
        pc.is_in(pc.utf8_rtrim(texts, "."), value_set=pa.array(kind.values)),
    )
    return pc.if_else(dotted, pc.utf8_rtrim(texts, "."), texts)


_YES = {"1", "true", "yes", "y", "t", "x", "+"}
_NO = {"0", "false", "no", "n", "f", "-", ""}


def _yes(table: Table, name: str, rows: np.ndarray) -> np.ndarray:
    words = [(v or "").lower() for v in strings(take(table[name], rows)).to_pylist()]
    for at, word in enumerate(words):
        if word not in _YES | _NO:
            raise DataError(
                "neither yes nor no", where=f"{table.where(int(rows[at]))}, column {name!r}", came=repr(word),
                allowed="1 and 0, true and false, yes and no",
            )  # fmt: skip
    return np.array([word in _YES for word in words], dtype=np.float32)


def without_target(table: Table, targets: tuple[str, ...]) -> np.ndarray:
    """Which rows have no value for the target: (N,) bool. Several labels may be none, so none is missing."""
    from deepen.data.columns import missing

    if len(targets) > 1:
        return np.zeros(len(table), dtype=bool)
    return missing(table[targets[0]])
