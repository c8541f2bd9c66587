"""The first stages of a run: from a source to encoded examples, split honestly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from deepen.compute import seeds
from deepen.data import prepare, sources
from deepen.data.columns import codes_of, missing, strings
from deepen.data.fingerprints import rows_of
from deepen.data.kinds import Image
from deepen.data.kinds.image import Sources
from deepen.data.kinds.number import parse
from deepen.data.prepare import Preparation, target_values, without_target
from deepen.data.recognise import Wishes, recognise
from deepen.data.schema import Schema
from deepen.data.split import Split, split
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.learning.plan import side_for
from deepen.training.context import Context
from deepen.training.examples import Examples

__all__ = ["gather"]

_SMALL, _LARGE = 2000, 20_000  # rows from which on other shares are held out (assumed)


def gather(context: Context, source: Any, y: Any, test: Any, valid: Any) -> Examples:
    """Read, recognise, split and encode.

    Raises
    ------
    DataError
        If the data cannot be read or learned from.
    Stopped
        If the user stopped it.
    """
    with context.world.first_goes_first():
        table = _read(context, source, y, test, valid)
        schema = _understand(context, table)
        rows, hashes = _divide(context, table, schema)
        preparation = prepare.fit(table, schema, rows.train, side=_side(context, table, schema, rows))
        arrays, rows, preparation = _encode(context, table, preparation, rows, hashes)
    used = np.concatenate([rows.train, rows.valid, rows.test])
    return Examples(table.origin, arrays, target_values(table, preparation, used), rows, preparation, schema)


def _read(context: Context, source: Any, y: Any, test: Any, valid: Any) -> Table:
    context.watch.stage("reading")
    o = context.options
    common = {**o.reading(), "workspace": context.cache.archives(), "stop": context.stop}
    target = o.target if isinstance(o.target, str) else None
    try:
        table = sources.read(source, y, target=target, **common)
        for part, more in (("test", test), ("valid", valid)):
            if more is not None:
                pair = more if isinstance(more, tuple) else (more, None)
                table = table.join(sources.read(*pair, **common), part)
    finally:
        context.stop.check("reading")
    context.cache.touch(table.folder)
    context.tell(*table.notes)
    return table


def _understand(context: Context, table: Table) -> Schema:
    context.watch.stage("recognising")
    o = context.options
    wishes = Wishes(
        target=o.target, kinds=o.kinds or {}, drop=o.drop, keep=o.keep, group=o.group, time=o.time,
        without=o.without,
    )  # fmt: skip
    schema = recognise(table, wishes)
    context.watch.understood(schema, len(table))
    for warning in schema.warnings:
        context.watch.note(warning)
    return schema


def _divide(context: Context, table: Table, schema: Schema) -> tuple[Split, np.ndarray]:
    """Split the rows; give the hashes of their inputs too."""
    doing = "comparing rows"
    context.watch.stage(doing)
    inputs = {c.name: (table[c.name], c.kind) for c in schema.inputs}
    hashes = rows_of(
        inputs, table.folder, context.cache, workers=context.workers, stop=context.stop,
        progress=lambda done, of: context.watch.stage(doing, done, of),
    )  # fmt: skip
    context.stop.check(doing)
    blank = without_target(table, schema.targets)
    if blank.any():
        context.tell(f"{int(blank.sum()):,} rows without a value for the target were left out")
    o, count = context.options, len(table)
    divided = split(
        ~(blank | _unwanted(table, schema, o.without)), hashes=hashes, seed=seeds.derive(o.seed, "split"),
        strata=_strata(table, schema), groups=_groups(table, schema), times=_times(table, schema), parts=table.parts,
        test_share=o.test_share or (0.2 if count < _LARGE else 0.1),
        valid_share=o.valid_share or (0.1 if count < _SMALL else 0.15),
    )  # fmt: skip
    _check_classes(table, schema, divided)
    train, valid, test = (f"{len(part):,}" for part in (divided.train, divided.valid, divided.test))
    context.tell(
        f"split {divided.how}: {train} rows to train, {valid} to validate, {test} to test", *divided.notes
    )
    return divided, hashes


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


def _groups(table: Table, schema: Schema) -> np.ndarray | None:
    name = schema.column("group")
    if name is None:
        return None
    blank = missing(table[name])
    if blank.any():
        where = f"{table.where(int(np.argmax(blank)))}, column {name!r}"
        raise DataError("the group is missing", where=where, mend="Fill it in.")
    return codes_of(table[name])[0]


def _times(table: Table, schema: Schema) -> np.ndarray | None:
    name = schema.column("time")
    if name is None:
        return None
    column = table[name]
    try:
        return parse(column, name, table.where)
    except DataError:
        pass
    try:
        return parse(column.cast(pa.timestamp("s")), name, table.where)
    except pa.ArrowInvalid:
        raise DataError(
            "neither numbers nor dates", where=f"{table.origin}, column {name!r}", came=repr(column[0].as_py()),
            allowed="numbers, or dates such as 2024-05-31 12:00",
        ) from None  # fmt: skip


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
    pictures = [c.name for c in schema.inputs if c.kind == "image"]
    if not pictures:
        return None
    own = [Image.fit(Sources(table[name], table.folder), rows.train, side=None) for name in pictures]
    longest = max(max(kind.height, kind.width) for kind in own)
    seconds = 0.8 * context.clock.left if math.isfinite(context.clock.left) else math.inf
    return side_for(longest, own[0].channels, len(rows.train), 10, seconds=seconds, device=context.device)


def _encode(
    context: Context, table: Table, preparation: Preparation, rows: Split, hashes: np.ndarray
) -> tuple[Mapping[str, np.ndarray], Split, Preparation]:
    doing = "encoding pictures"
    encoded = preparation.encode(
        table, workers=context.workers, cache=context.cache, content=hashes.tobytes(), stop=context.stop,
        progress=lambda done, of: context.watch.stage(doing, done, of),
    )  # fmt: skip
    context.stop.check(doing)
    if encoded.bad:
        rows = _leave_out(context, table, preparation, dict(encoded.bad), rows)
    for name, kind in preparation.images.items():
        column = name.removeprefix("image ")
        preparation = preparation.with_kind(column, kind.with_statistics(encoded.arrays[name], rows.train))
        colour = "colour" if kind.channels == 3 else "grey"
        context.tell(f"pictures in {column!r}: {kind.height} x {kind.width}, {colour}")
    return encoded.arrays, rows, preparation


def _leave_out(
    context: Context, table: Table, preparation: Preparation, bad: dict[int, str], rows: Split
) -> Split:
    """Leave out pictures that cannot be read, unless they are too many; each is named."""
    column = next(iter(preparation.images)).removeprefix("image ")
    names = Sources(table[column], table.folder)
    listed = [f"{names.name(row)}: {why}" for row, why in bad.items()]
    share, allowed = len(bad) / len(table), context.options.allow_bad
    if share > allowed and len(bad) > 1:
        raise DataError(
            f"{len(bad):,} of {len(table):,} pictures cannot be read ({share:.1%})", where=table.origin,
            allowed=f"{allowed:.1%}", came="; ".join(listed[:5]) + ("; ..." if len(listed) > 5 else ""),
            mend="Mend or remove them, or allow more with --allow-bad.",
        )  # fmt: skip
    context.tell(*(f"left out, as it cannot be read: {text}" for text in listed))
    return rows.without(set(bad))
