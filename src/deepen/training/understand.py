"""The first stage of a run: read the source, and recognise what its columns are and what is to be learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deepen.data import groups, sources
from deepen.data.names import GROUP, LABEL, with_parts_of_names
from deepen.data.recognise import Wishes, recognise
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.error_analysis import grouping
from deepen.errors import SettingError
from deepen.training.context import Context
from deepen.training.unlabelled import ROWS, with_unlabelled_rows

__all__ = ["understand"]

_WITHOUT_GROUPS = ("language", "text to text", "forecast")


def understand(
    context: Context,
    source: Any,
    y: Any,
    test: Any,
    valid: Any,
    unlabelled: Any = None,
    *,
    targetless: bool = False,
    whole: bool = False,
) -> tuple[Table, Schema]:
    """Read a source, and further ones that are the test and validation part, and say what they hold.

    Parameters
    ----------
    unlabelled
        Data without the target, or :data:`deepen.training.unlabelled.ROWS`.
    targetless
        Whether nothing but the data's own form is to be learned.
    whole
        Whether columns that teach nothing are kept too, for a net that counts on them.

    Raises
    ------
    DataError
        If the data cannot be read, or there is nothing in them to learn.
    Stopped
        If the user stopped it.
    """
    with context.world.first_goes_first():
        table = _read(context, source, y, test, valid, unlabelled)
        apart = not isinstance(source, str | Path)
        return table, _understand(context, table, targetless=targetless, apart=apart, whole=whole)


def _read(context: Context, source: Any, y: Any, test: Any, valid: Any, unlabelled: Any) -> Table:
    context.watch.stage("reading")
    o = context.options
    common = {**o.reading(), "workspace": context.cache.archives(), "stop": context.stop}
    target = o.target if isinstance(o.target, str) else None

    def read(source: Any, y: Any, target: str | None = None) -> Table:
        found = sources.read(source, y, target=target, **common)
        return with_parts_of_names(found, label_from=o.label_from, group_from=o.group_from)

    try:
        table = read(source, y, target)
        for part, more in (("test", test), ("valid", valid)):
            if more is not None:
                table = table.join(read(*(more if isinstance(more, tuple) else (more, None))), part)
        if unlabelled is not None and not (isinstance(unlabelled, str) and unlabelled == ROWS):
            more = sources.read(unlabelled, **common)  # without a target of its own, nor parts of its names
            table = with_unlabelled_rows(table, more, target)
    finally:
        context.stop.check("reading")
    context.cache.touch(table.folder)
    context.tell(*table.notes)
    return table


def _understand(context: Context, table: Table, *, targetless: bool, apart: bool, whole: bool) -> Schema:
    context.watch.stage("recognising")
    o = context.options
    # What stands in names are words, even where they are digits.
    words = {LABEL: "category"} if o.label_from else {}
    known = _read_before(context, table)
    wishes = Wishes(
        target=o.target, kinds={**words, **known, **(o.kinds or {})},
        keep=("*",) if whole else (*o.keep, *known), drop=o.drop,
        group=GROUP if o.group_from else o.group, time=o.time,
        without=o.without, inputs=o.input,
        forecast=(o.forecast,) if isinstance(o.forecast, str) else o.forecast or (), tested=o.test_share != 0,
        unlabelled=targetless, apart=apart,
    )  # fmt: skip
    schema = recognise(table, wishes)
    if o.by is not None:
        if schema.task in _WITHOUT_GROUPS:
            raise SettingError(
                "belongs to classes, labels and numbers", where="--by", came=f"a task of {schema.task}"
            )
        groups.check(table, grouping(schema, table, o.by))
    context.watch.understood(schema, len(table))
    for warning in schema.warnings:
        context.watch.note(warning)
    return schema


def _read_before(context: Context, table: Table) -> dict[str, str]:
    """The kinds of columns that a pretrained net reads: few rows may look otherwise than many did."""
    o, pretrained = context.options, context.pretrained
    if pretrained is None:
        return {}
    target = {o.target} if isinstance(o.target, str) else {*(o.target or ()), table.target}
    taken = {*target, *o.drop, o.group, o.time}
    return {
        name: kind.name
        for name, kind in pretrained.kinds.items()
        if name in table.names and name not in taken and kind.columns(name) == (name,)
    }
