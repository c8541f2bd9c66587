"""Inputs: what is fitted of the columns that a net reads, and how rows become arrays and arrays become net inputs.

Legend: N rows, D numbers, K categories, B examples in a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from deepen.data import dates, kinds
from deepen.data.cache import Cache
from deepen.data.columns import take
from deepen.data.encoding import Encoded, Encoding
from deepen.data.kinds import Audio, Category, Date, Image, Kind, Labels, Number
from deepen.data.kinds.augmentation import Augmentation
from deepen.data.kinds.image import Sources
from deepen.data.kinds.number import parse
from deepen.data.kinds.series import Series
from deepen.data.kinds.signals import Signals
from deepen.data.kinds.stored import Stored
from deepen.data.kinds.text import Text, Texts
from deepen.data.media import Media
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.errors import DataError, nearest
from deepen.shapes import Codes, Shape, Vector

__all__ = ["Inputs", "fit_inputs"]

_MOST_CODES = 200  # one-hot columns that a category may take for a linear model (assumed)


@dataclass(frozen=True)
class Inputs:
    """Fitted kinds for the columns that a net reads.

    The numbers and dates of all columns form one input ``numbers`` (N, D), the categories one input ``codes`` (N, K).
    Pictures, recordings, texts and series are inputs of their own, called ``image scan`` for a column ``scan``.
    """

    inputs: Mapping[str, Kind]

    @property
    def shapes(self) -> dict[str, Shape]:
        """What the net gets, by name."""
        found: dict[str, Shape] = {}
        width = sum(k.width for k in self.inputs.values() if isinstance(k, Number | Date))
        if width:
            found["numbers"] = Vector(width)
        sizes = tuple(
            1 + (len(k.values) if isinstance(k, Category) else len(k.codes))
            for k in self.inputs.values()
            if isinstance(k, Category) or (isinstance(k, Number) and k.codes)
        )
        if sizes:
            found["codes"] = Codes(sizes)
        return found | {name: kind.shape for name, kind in self.stored.items()}

    @property
    def stored(self) -> dict[str, Stored]:
        """The kinds that are an input of their own, by the name of that input."""
        small = (Number, Category, Date, Labels)
        return {f"{k.name} {name}": k for name, k in self.inputs.items() if not isinstance(k, small)}

    @property
    def images(self) -> dict[str, Image]:
        """The columns of pictures, by the name of their input."""
        return {name: kind for name, kind in self.stored.items() if isinstance(kind, Image)}

    def with_kind(self, name: str, kind: Kind) -> Self:
        """Put another fitted kind in the place of an input's."""
        return replace(self, inputs={**self.inputs, name: kind})

    def check(self, table: Table) -> None:
        """See that a table has all the input columns.

        Raises
        ------
        DataError
            If one is missing, with the nearest name that there is.
        """
        for called, kind in self.inputs.items():
            for name in kind.columns(called):
                if name not in table.names:
                    raise DataError(
                        f"there is no column {name!r}, which the model reads ({kind.name})", where=table.origin,
                        mend=nearest(name, table.names),
                    )  # fmt: skip

    def encode_small(self, table: Table) -> dict[str, np.ndarray]:
        """Encode numbers, dates and categories: ``numbers`` (N, D) float32 and ``codes`` (N, K) int32.

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
            elif isinstance(kind, Date):
                numbers.append(
                    kind.encode(dates.parse(table[name], name, table.where, day_first=kind.day_first))
                )
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
            Threads that decode files.
        cache, content
            Where arrays are kept memory-mapped, under the hash of the ``content``.
        """
        arrays = self.encode_small(table)
        bad: dict[int, str] = {}
        for name, kind in self.stored.items():
            opened = kind.open(table, name.removeprefix(f"{kind.name} "))
            arrays[name], found = Encoding(kind, opened, workers, stop, progress).make(cache, name, content)
            bad = {**found, **bad}
        return Encoded(arrays, bad)

    def to_net(
        self,
        batch: Mapping[str, Tensor],
        how: Augmentation | None = None,
        generator: torch.Generator | None = None,
        rows: slice = slice(None),
    ) -> dict[str, Tensor]:
        """Bring encoded inputs to what the net reads.

        Parameters
        ----------
        how, generator, rows
            How examples are varied, from what it is drawn, and which rows of the whole batch these are; as they
            are by default.
        """
        stored = self.stored
        return {
            name: stored[name].to_net(values, how, generator, rows)
            if name in stored
            else values.long()
            if name == "codes"
            else values
            for name, values in batch.items()
        }

    def plain(self, arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
        """Lay encoded inputs side by side as the plain numbers that a linear model gets: (N, D) float32."""
        stored, parts = self.stored, []
        for name, array in arrays.items():
            some = array[rows]
            if name in stored:
                parts.append(stored[name].plain(some))
            elif name == "codes":
                sizes = self.shapes["codes"].sizes  # type: ignore[union-attr]
                parts += [
                    (some[:, k, None] == np.arange(min(size, _MOST_CODES))).astype(np.float32)
                    for k, size in enumerate(sizes)
                ]
            else:
                parts.append(np.asarray(some, dtype=np.float32))
        return np.concatenate(parts, axis=1)

    def lengths(self, arrays: Mapping[str, np.ndarray], rows: np.ndarray) -> np.ndarray | None:
        """How many steps each of some rows has, in the input of most steps: (M,); None where all rows are alike."""
        found = [kind.lengths(arrays[name], rows) for name, kind in self.stored.items()]
        known = [each for each in found if each is not None]
        return max(known, key=lambda each: int(each.sum())) if known else None

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {"inputs": {name: kinds.to_dict(kind) for name, kind in self.inputs.items()}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        return cls({name: kinds.from_dict(kind) for name, kind in data["inputs"].items()})


def fit_inputs(
    table: Table,
    schema: Schema,
    train: np.ndarray,
    *,
    side: int | None = None,
    given: Mapping[str, Kind] | None = None,
    scaled: bool = True,
) -> Inputs:
    """Fit every input on the training rows alone.

    Parameters
    ----------
    side
        The longer side of pictures in pixels, where the user has set it.
    given
        Kinds that were fitted before, by the names of their columns: they stay as they are, and stand first; but how
        many tokens of a text are read may still be to be chosen.
    scaled
        Whether numbers become normal scores; otherwise they stay as given.
    """
    inputs: dict[str, Kind] = {
        name: kind.as_long_as(Texts(table[name], table.where), train) if isinstance(kind, Text) else kind
        for name, kind in (given or {}).items()
    }
    for plan in schema.inputs:
        if (plan.part_of or plan.name) in (given or {}):
            continue
        column = table[plan.name]
        if plan.kind == "number":
            number = Number.fit(parse(column, plan.name, table.where)[train])
            inputs[plan.name] = number if scaled else number.as_given()
        elif plan.kind == "category":
            inputs[plan.name] = Category.fit(take(column, train))
        elif plan.kind == "date":
            order = dates.day_first(column)
            moments = dates.parse(column, plan.name, table.where, day_first=order)[train]
            inputs[plan.name] = Date.fit(moments, day_first=order)
        elif plan.kind == "image":
            inputs[plan.name] = Image.fit(Sources(column, table.folder), train, side=side)
        elif plan.kind == "audio":
            inputs[plan.name] = Audio.fit(Media(column, table.folder, "recording"), train)
        elif plan.kind == "text":
            inputs[plan.name] = Text.fit(Texts(column, table.where), train)
        elif plan.kind == "series":
            name = plan.part_of or plan.name
            if name not in inputs:
                block = tuple(p.name for p in schema.inputs if plan.part_of and p.part_of == name)
                columns = {each: table[each] for each in block or (name,)}
                inputs[name] = Series.fit(Signals(columns, table.where), train, block=block)
        else:
            raise DataError(
                "several labels cannot be an input yet", where=f"{table.origin}, column {plan.name!r}"
            )
    return Inputs(inputs)
