"""The second stage of a run: from an understood table to encoded examples, split honestly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from deepen.data import prepare
from deepen.data.cache import key_of
from deepen.data.columns import codes_of, strings
from deepen.data.inputs import Inputs
from deepen.data.kinds import Image, Kind
from deepen.data.kinds.image import Sources
from deepen.data.kinds.number import parse
from deepen.data.kinds.stored import Telling
from deepen.data.schema import Schema
from deepen.data.split import Split
from deepen.data.table import Table
from deepen.data.targets import target_values, without_target
from deepen.errors import DataError
from deepen.learning.plan import side_for
from deepen.training.context import Context
from deepen.training.divide import divide, groups_of
from deepen.training.examples import Examples
from deepen.training.transfer import Match, lengthened, match
from deepen.training.unlabelled import unlabelled

__all__ = ["encode", "encode_inputs", "gather", "parted"]

P = TypeVar("P", bound=Inputs)


def gather(
    context: Context, table: Table, schema: Schema, *, scaled: bool = True, like: Examples | None = None
) -> Examples:
    """Split and encode.

    Parameters
    ----------
    like
        Examples of the same table, whose parts are taken over.
    scaled
        Whether numbers and pixels are scaled for the net; otherwise it gets numbers as given, and pixels from 0 to 1.

    Raises
    ------
    DataError
        If the data cannot be encoded or learned from.
    Stopped
        If the user stopped it.
    """
    with context.world.first_goes_first():
        rows, hashes = parted(context, table, schema) if like is None else (like.rows, like.hashes)
        side = _side(context, table, schema, rows)
        return encode(context, table, schema, rows, hashes, side=side, scaled=scaled)


def encode(
    context: Context,
    table: Table,
    schema: Schema,
    rows: Split,
    hashes: np.ndarray,
    *,
    side: int | None,
    scaled: bool = True,
) -> Examples:
    """Fit the kinds on the training part, and encode every row.

    Parameters
    ----------
    rows, hashes
        Of :func:`parted`.
    side
        The pictures' longer side in pixels; by default their own, up to a limit.
    scaled
        As for :func:`gather`.

    Raises
    ------
    DataError
        If the data cannot be encoded.
    Stopped
        If the user stopped it.
    """
    begun = _begun(context, table, schema)
    if context.pretrained is not None:
        begun = lengthened(begun, context.pretrained, table, rows.train)
    if begun.surplus:
        context.tell(f"left out, as the pretrained net does not read it: {', '.join(begun.surplus)}")
    read = replace(schema, columns=tuple(c for c in schema.columns if c.name not in begun.surplus))
    free = unlabelled(table, schema, rows, hashes) if context.unlabelled else np.zeros(0, dtype=np.int64)
    preparation = prepare.fit(
        table, read, rows.train, side=side, given=begun.kinds, unlabelled=free, scaled=scaled
    )
    found = encode_inputs(
        context, table, preparation, rows, hashes, given=begun.kinds, unlabelled=free, scaled=scaled
    )
    arrays, rows, preparation, free = found
    if len(free):
        context.tell(f"{len(free):,} rows without a value for the target teach by what the net is sure of")
    used = np.concatenate([rows.train, rows.valid, rows.test])
    target = target_values(table, preparation.target, schema.targets, used)
    parts = (part.tobytes() for part in (rows.train, rows.valid, rows.test))
    known = table.folder is not None and bool(preparation.stored)
    content = key_of(hashes.tobytes(), target.tobytes(), *parts, preparation.to_dict()) if known else ""
    return Examples(
        table.origin, arrays, target, rows, preparation, schema, content, begun.bodies,
        free, groups=groups_of(table, schema), hashes=hashes,
    )  # fmt: skip


def parted(context: Context, table: Table, schema: Schema) -> tuple[Split, np.ndarray]:
    """Split the rows that have a target; give the hashes of all rows' inputs too: (N,) uint64.

    Raises
    ------
    DataError
        If a part would be empty, or has classes that cannot be learned.
    Stopped
        If the user stopped it.
    """
    blank = without_target(table, schema.targets)
    if blank.any() and not context.unlabelled:
        context.tell(f"{int(blank.sum()):,} rows without a value for the target were left out")
    usable = ~(blank | _unwanted(table, schema, context.options.without))
    rows, hashes = divide(context, table, schema, usable, strata=_strata(table, schema))
    _check_classes(table, schema, rows)
    return rows, hashes


def _begun(context: Context, table: Table, schema: Schema) -> Match:
    """What a pretrained net reads of the table; nothing without one."""
    return Match({}, {}) if context.pretrained is None else match(context.pretrained, schema, table.origin)


def _unwanted(table: Table, schema: Schema, without: Any) -> np.ndarray:
    """Which rows belong to classes that the user leaves out."""
    if not without:
        return np.zeros(len(table), dtype=bool)
    values = np.array(strings(table[schema.targets[0]]).to_pylist(), dtype=object)
    return np.isin(values.astype(str), list(without))


def _strata(table: Table, schema: Schema) -> np.ndarray | None:
    """The classes, or the target in ten steps."""
    name = schema.targets[0]
    if schema.task == "number":
        values = parse(table[name], name, table.where)
        edges = np.unique(np.nanquantile(values, np.linspace(0, 1, 11)[1:-1]))
        return np.searchsorted(edges, values)
    if schema.task == "several labels" and len(schema.targets) == 1:
        return None
    return codes_of(table[name])[0]


def _check_classes(table: Table, schema: Schema, rows: Split) -> None:
    """Refuse classes that are tested but never learned."""
    if schema.task not in ("two classes", "many classes"):
        return
    column = strings(table[schema.targets[0]])
    seen = set(column.take(rows.train).to_pylist())
    for name, part in (("test", rows.test), ("valid", rows.valid)):
        # "yes." is read as "yes", see deepen.data.prepare
        new = sorted(v for v in set(column.take(part).to_pylist()) - seen if v.rstrip(".") not in seen)
        if new:
            raise DataError(
                f"classes that stand in the {name} part only, and so cannot be learned",
                where=f"{table.origin}, column {schema.targets[0]!r}", came=", ".join(map(repr, new[:5])),
                mend="Give examples of them to train on, or leave them out with --without.",
            )  # fmt: skip


def _side(context: Context, table: Table, schema: Schema, rows: Split) -> int | None:
    """The pictures' longer side: the user's, or what data and clock allow."""
    if context.options.image_size is not None:
        return context.options.image_size
    given = _begun(context, table, schema).kinds
    pictures = [c.name for c in schema.inputs if c.kind == "image" and c.name not in given]
    if not pictures:
        return None
    own = [Image.fit(Sources(table[name], table.folder), rows.train, side=None) for name in pictures]
    longest = max(max(kind.height, kind.width) for kind in own)
    seconds = 0.8 * context.clock.left if math.isfinite(context.clock.left) else math.inf
    return side_for(longest, own[0].channels, len(rows.train), 10, seconds=seconds, device=context.device)


def encode_inputs(
    context: Context,
    table: Table,
    preparation: P,
    rows: Split,
    hashes: np.ndarray,
    *,
    given: Mapping[str, Kind] | None = None,
    unlabelled: np.ndarray | None = None,
    scaled: bool = True,
) -> tuple[Mapping[str, np.ndarray], Split, P, np.ndarray]:
    """Encode every row's inputs, and add what is fitted on the encoded training part.

    Parameters
    ----------
    given
        Kinds that were fitted before, and stay as they are.
    unlabelled
        Training rows without a target.
    scaled
        As for :func:`gather`.

    Returns
    -------
    arrays, rows, preparation, unlabelled
        The inputs by name; the parts, and the rows without a target, both without what cannot be read; and the inputs
        with their statistics.

    Raises
    ------
    DataError
        If too many rows cannot be read.
    Stopped
        If the user stopped it.
    """
    given = given or {}
    unlabelled = np.zeros(0, dtype=np.int64) if unlabelled is None else unlabelled
    doing = "encoding"
    encoded = preparation.encode(
        table, workers=context.workers, cache=context.cache, content=hashes.tobytes(), stop=context.stop,
        progress=lambda done, of: context.watch.stage(doing, done, of),
    )  # fmt: skip
    context.stop.check(doing)
    if encoded.bad:
        rows = _leave_out(context, table, preparation, dict(encoded.bad), rows)
        unlabelled = unlabelled[~np.isin(unlabelled, list(encoded.bad))]
    train = np.sort(np.concatenate([rows.train, unlabelled]))
    for name, kind in preparation.stored.items():
        column = name.removeprefix(f"{kind.name} ")
        fitted = kind if column in given else kind.with_statistics(encoded.arrays[name], train)
        if isinstance(fitted, Image) and not scaled:
            fitted = fitted.as_given()
        preparation = preparation.with_kind(column, fitted)  # type: ignore[arg-type]
        context.tell(f"{kind.things} in {column!r}: {fitted}")
        if isinstance(kind, Telling):
            context.tell(*kind.notes(kind.open(table, column), encoded.arrays[name], train))
    return encoded.arrays, rows, preparation, unlabelled


def _leave_out(
    context: Context, table: Table, preparation: Inputs, bad: dict[int, str], rows: Split
) -> Split:
    """Leave out files that cannot be read, unless they are too many; each is named."""
    name, kind = next(iter(preparation.stored.items()))
    opened = kind.open(table, name.removeprefix(f"{kind.name} "))
    listed = [f"{opened.name(row)}: {why}" for row, why in bad.items()]
    share, allowed = len(bad) / len(table), context.options.allow_bad
    if share > allowed and len(bad) > 1:
        raise DataError(
            f"{len(bad):,} of {len(table):,} {kind.things} cannot be read ({share:.1%})", where=table.origin,
            allowed=f"{allowed:.1%}", came="; ".join(listed[:5]) + ("; ..." if len(listed) > 5 else ""),
            mend="Mend or remove them, or allow more with --allow-bad.",
        )  # fmt: skip
    context.tell(*(f"left out, as it cannot be read: {text}" for text in listed))
    return rows.without(set(bad))
