"""Recognise each column's kind and role, and the task, from the table itself and the user's word.

Nothing is swallowed: a column that is left out is named with the reason, and ``keep`` brings it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data import blocks, suspects
from deepen.data.columns import Column, is_text, missing, strings
from deepen.data.kinds import KINDS, Audio, Category, Date, Image, Labels, Number, Series, Text
from deepen.data.kinds.number import parse
from deepen.data.schema import ColumnPlan, Schema
from deepen.data.table import Table
from deepen.data.tagged import TAGS, tagged
from deepen.errors import DataError, SettingError, nearest

__all__ = ["Wishes", "recognise"]

_TARGET_NAMES = ("target", "label", "labels", "class", "y", "outcome", "category", "species", "diagnosis")
_MOST_CLASSES = 20  # a column of more distinct whole numbers than this is a quantity, not classes (assumed)


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the user says of the columns, which always wins over what is recognised.

    Parameters
    ----------
    target
        The column, or columns, to learn.
    kinds
        The kind of a column by its name; of several by ``x1..x140`` or ``x*``, which as ``series`` are one.
    drop, keep
        Columns to leave out, and columns to use though they look useless: ``*`` for all.
    group
        Rows of one group (a patient, a speaker) never stand on two sides of the split.
    time
        The split is by time: the latest rows are the test part.
    without
        Classes whose rows are left out.
    inputs
        The columns to learn from; all others but the target are then left out.
    forecast
        The columns whose future is to be told.
    tested
        Whether rows are held out to test, so that each class needs two.
    unlabelled
        Whether nothing but the data's own form is to be learned: then a target is what the user or the source names,
        and what would be taken for one is left out, unless the user asks for it.
    apart
        Whether a target may have been given apart from the columns: then none is taken for it by its place alone.
    """

    target: str | Sequence[str] | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    drop: Sequence[str] = ()
    keep: Sequence[str] = ()
    group: str | None = None
    time: str | None = None
    without: Sequence[str] = ()
    inputs: Sequence[str] = ()
    forecast: Sequence[str] = ()
    tested: bool = True
    unlabelled: bool = False
    apart: bool = False

    def check(self, table: Table) -> None:
        """Refuse what contradicts the table or itself.

        Raises
        ------
        SettingError
            Naming the option, with the nearest name that there is.
        """
        named = {"--kind": list(self.kinds), "--drop": list(self.drop), "--keep": list(self.keep)}
        named |= {
            "--target": list(self.targets),
            "--input": list(self.inputs),
            "--forecast": list(self.forecast),
        }
        named |= {"--group": [self.group] if self.group else [], "--time": [self.time] if self.time else []}
        for option, names in named.items():
            for name in names:
                pattern = option in ("--kind", "--keep")
                if not (blocks.matching(name, table.names) if pattern else name in table.names):
                    raise SettingError(
                        f"there is no column {name!r}", where=option, mend=nearest(name, table.names)
                    )
        for name, kind in self.kinds.items():
            if kind not in (*KINDS, TAGS):
                raise SettingError(
                    f"{kind!r} is not a kind", where=f"--kind {name}", mend=nearest(kind, (*KINDS, TAGS))
                )
        if self.group and self.time and not self.forecast:
            raise SettingError(
                "rows are split by group or by time, not both: the latest rows may be of any group",
                where="--group, --time",
            )
        if self.forecast and self.targets:
            raise SettingError("a forecast has no other target", where="--forecast, --target")
        for name in self.targets:
            if name in self.inputs:
                raise SettingError(f"{name!r} cannot be both the target and an input", where="--input")
            if name in self.drop:
                raise SettingError(f"{name!r} cannot be both the target and left out", where="--drop")
            if name in (self.group, self.time):
                raise SettingError(
                    f"{name!r} cannot be both the target and what splits", where="--group, --time"
                )

    @property
    def targets(self) -> tuple[str, ...]:
        """The target columns named, if any."""
        if self.target is None:
            return ()
        return (self.target,) if isinstance(self.target, str) else tuple(dict.fromkeys(self.target))


def recognise(table: Table, wishes: Wishes) -> Schema:
    """Say what every column is, and what is to be learned.

    Raises
    ------
    SettingError
        If the user names a column or kind that does not exist.
    DataError
        If no target can be found, or it cannot be learned: one class, or nothing but missing values.
    """
    wishes.check(table)
    other = None if wishes.unlabelled else tagged(table, wishes) or _without_classes(table, wishes)
    if other is not None:
        return other
    if wishes.unlabelled and table.names == ("text",) and is_text(table["text"]):
        return Schema((ColumnPlan("text", "text", "input", "running text"),), "features", ())
    targets, why = _named(table, wishes) if wishes.unlabelled else _targets(table, wishes)
    others = (*targets, *wishes.drop, *(n for n in (wishes.group, wishes.time) if n))
    single, named = blocks.spread(wishes.kinds, table.names, others)
    wishes = replace(wishes, kinds=single)
    task, target_kind = ("features", "category") if wishes.unlabelled else _task(table, targets, wishes)
    plans = [
        ColumnPlan(name, target_kind, "target", why if len(targets) == 1 else "one label each")
        for name in targets
    ]
    plans += [_plan(table, name, wishes) for name in table.names if name not in targets]
    if wishes.unlabelled and not targets:
        plans = _unseen(table, wishes, plans)
    plans = blocks.gather(table, plans, named, single)
    plans, warnings = suspects.look(table, plans, task, targets, kept=_kept(table, wishes))
    if not any(p.role == "input" for p in plans):
        reasons = "; ".join(f"{p.name!r}: {p.why}" for p in plans if p.role == "left out")
        raise DataError(
            "no column is left to learn from",
            where=table.origin,
            came=reasons,
            mend="Bring one back with --keep.",
        )
    order = {name: at for at, name in enumerate(table.names)}
    return Schema(tuple(sorted(plans, key=lambda p: order[p.name])), task, targets, tuple(warnings))


def _kept(table: Table, wishes: Wishes) -> tuple[str, ...]:
    """Name the columns that are used though they look useless."""
    return tuple(name for pattern in wishes.keep for name in blocks.matching(pattern, table.names))


def _without_classes(table: Table, wishes: Wishes) -> Schema | None:
    """The schema of a forecast, of text alone, or of text to text; None for all else."""
    if wishes.forecast:
        task, targets = "forecast", tuple(wishes.forecast)
    elif table.names == ("text",) and is_text(table["text"]) and not wishes.targets:
        task, targets = "language", ("text",)
    elif len(wishes.inputs) == 1 and len(wishes.targets) == 1 and _is_written(table[wishes.targets[0]]):
        task, targets = "text to text", wishes.targets
    else:
        return None
    plans = []
    for name in table.names:
        if name in targets:
            plans.append(ColumnPlan(name, "text" if task != "forecast" else "number", "target", "as named"))
        elif task == "text to text" and name in wishes.inputs:
            plans.append(ColumnPlan(name, "text", "input", "as named"))
        elif task == "forecast" and name not in wishes.drop:
            role = next(
                (r for r, n in (("time", wishes.time), ("group", wishes.group)) if n == name), "input"
            )
            plans.append(
                ColumnPlan(name, wishes.kinds.get(name, ""), role, "as named" if role != "input" else "")
            )
        else:
            plans.append(ColumnPlan(name, "", "left out", "not named by --input"))
    return Schema(tuple(plans), task, targets)


def _is_written(column: Column) -> bool:
    """Whether a target is to be written word by word: texts, or lists of words, that are too many for classes."""
    if isinstance(column, np.ndarray):
        return False
    if Labels.claims(column) == "lists of names":
        return True
    known = column.drop_null()
    return (
        is_text(column)
        and Number.claims(column) is None
        and len(pc.unique(known)) > max(20, 0.2 * len(known))
    )


def _unseen(table: Table, wishes: Wishes, plans: list[ColumnPlan]) -> list[ColumnPlan]:
    """Leave out what would be taken for the target, had one to be learned: features shall not give it away.

    But for a column that the user asks for; and the last of a matrix, or of what need not hold a target at all, and a
    last one of texts, which are no classes.
    """
    asked = {*wishes.inputs, *wishes.kinds, *_kept(table, wishes)}
    placeless = wishes.apart or table.names == tuple(f"x{k + 1}" for k in range(len(table.names)))
    try:
        (name,), how = _targets(table, wishes)
    except DataError:  # there is none
        return plans
    by_place = name.lower() not in _TARGET_NAMES
    if name in asked or (by_place and (placeless or Text.claims(table[name]))):
        return plans
    why = f"not looked at, since train takes it for the target, {how.split(';')[0]}; --keep {name} to use it"
    return [
        replace(p, role="left out", why=why) if p.name == name and p.role == "input" else p for p in plans
    ]


def _named(table: Table, wishes: Wishes) -> tuple[tuple[str, ...], str]:
    """The targets that the user or the source names, if any."""
    source = () if table.target is None else (table.target,)
    return wishes.targets or source, "as named" if wishes.targets else "as the source gives it"


def _targets(table: Table, wishes: Wishes) -> tuple[tuple[str, ...], str]:
    if wishes.targets:
        return wishes.targets, "as named"
    if table.target is not None:
        return (table.target,), "as the source gives it"
    usable = [n for n in table.names if n not in (*wishes.drop, wishes.group, wishes.time)]
    media = [n for n in usable if any(kind.claims(table[n]) for kind in (Image, Audio, Series))]
    if len(usable) < 2 or len(usable) == len(media):
        raise DataError(
            "there is nothing to learn: no column is left for a target", where=table.origin,
            mend="Put pictures or recordings into one folder for each class, say where their names tell it"
            " (--label-from), or give a table with a target column.",
        )  # fmt: skip
    by_name = [n for wanted in _TARGET_NAMES for n in usable if n.lower() == wanted]
    if by_name:
        return (by_name[0],), "by its name; another with --target"
    last = next(n for n in reversed(usable) if n not in media)
    return (last,), "the last column; another with --target"


def _task(table: Table, targets: tuple[str, ...], wishes: Wishes) -> tuple[str, str]:
    for name in targets:
        if isinstance(table[name], np.ndarray):
            where = f"{table.origin}, column {name!r}"
            raise DataError("an array of several dimensions cannot be the target", where=where)
    if len(targets) > 1:
        for name in targets:
            _check_yes_or_no(table[name], name)
        return "several labels", "labels"
    (name,) = targets
    column = table[name]
    if missing(column).all():
        raise DataError("every value of the target is missing", where=f"{table.origin}, column {name!r}")
    kind = wishes.kinds.get(name) or _target_kind(column, name, table.where)
    if kind == "number":
        values = parse(column, name, table.where)
        if len(np.unique(values[~np.isnan(values)])) == 1:
            raise DataError(
                "the target has one value only: there is nothing to learn",
                where=f"{table.origin}, column {name!r}",
            )
        return "number", "number"
    if kind == "labels":
        return "several labels", "labels"
    if kind != "category":
        raise SettingError(
            f"a target cannot be of the kind {kind!r}",
            where=f"--kind {name}",
            allowed="number, category, labels",
        )
    if Category.claims(column) is None and Number.claims(column) is None:
        raise DataError(
            "it cannot be the target", where=f"{table.origin}, column {name!r}", came=str(column.type),
            allowed="numbers, names, yes and no, lists of names",
        )  # fmt: skip
    return _classes(table, name, column, wishes), "category"


def _check_yes_or_no(column: pa.ChunkedArray, name: str) -> None:
    came = ""
    if Number.claims(column) is None and Category.claims(column) is None:
        came = str(column.type)
    else:
        values = pc.unique(strings(column).drop_null()).to_pylist()
        if len(values) > 2:
            came = f"{len(values)} different values, such as {', '.join(map(repr, values[:3]))}"
    if came:
        raise SettingError("several targets must each be a yes or no", where=f"--target {name}", came=came)


def _target_kind(column: pa.ChunkedArray, name: str, where: Callable[[int], str]) -> str:
    if not Number.claims(column):  # first, since the commas of decimals join no labels
        return "labels" if Labels.claims(column) else "category"
    values = parse(column, name, where)
    known = np.unique(values[~np.isnan(values)])
    whole = bool((known == np.round(known)).all())
    few = len(known) <= _MOST_CLASSES and (len(known) <= 2 or len(known) < 0.2 * len(values))
    return "category" if whole and few else "number"


def _classes(table: Table, name: str, column: pa.ChunkedArray, wishes: Wishes) -> str:
    counts = {c["values"].as_py(): c["counts"].as_py() for c in pc.value_counts(strings(column).drop_null())}
    where = f"{table.origin}, column {name!r}"
    for label in wishes.without:
        if label not in counts:
            raise SettingError(f"there is no class {label!r}", where="--without", mend=nearest(label, counts))
        counts.pop(label)
    if len(counts) < 2:
        only = next(iter(counts), None)
        raise DataError(
            "the target has one class only: there is nothing to learn", where=where, came=repr(only),
            mend="Add examples of another class, name another column with --target, or say which part of the files'"
            " names is the class with --label-from.",
        )  # fmt: skip
    alone = sorted(label for label, n in counts.items() if n == 1) if wishes.tested else []
    if len(alone) > max(5, 0.3 * len(counts)):
        raise DataError(
            "it has almost as many classes as rows", where=where,
            came=f"{len(counts)} classes in {len(column)} rows",
            mend=f"Name another target, or use --kind {name}=number if it is a quantity.",
        )  # fmt: skip
    if alone:
        listed = " ".join(f"--without {label!r}" for label in alone[:3])
        raise DataError(
            f"the class {alone[0]!r} has one example, which cannot be both learned and tested"
            + (f" (and {len(alone) - 1} more such classes)" if len(alone) > 1 else ""),
            where=where, mend=f"Add examples of it, or leave it out: {listed}.",
        )  # fmt: skip
    return "two classes" if len(counts) == 2 else "many classes"


def _plan(table: Table, name: str, wishes: Wishes) -> ColumnPlan:
    """What becomes of a column that is not the target."""
    column = table[name]
    for role, wanted in (("group", wishes.group), ("time", wishes.time)):
        if name == wanted:
            return ColumnPlan(name, "", role, "as named")
    if name in wishes.drop:
        return ColumnPlan(name, "", "left out", "as named")
    if wishes.inputs and name not in wishes.inputs:
        return ColumnPlan(name, "", "left out", "not named by --input")
    if name in wishes.kinds:
        if wishes.kinds[name] == TAGS:
            raise SettingError(
                "only the target can be tags", where=f"--kind {name}", mend="Name it with --target."
            )
        if isinstance(column, np.ndarray) and wishes.kinds[name] not in ("image", "series"):
            raise SettingError(
                "an array of several dimensions can only be pictures or series", where=f"--kind {name}"
            )
        return ColumnPlan(name, wishes.kinds[name], "input", "as named")
    if missing(column).all():
        return ColumnPlan(name, "", "left out", "every value is missing")
    for kind in (Series, Image, Audio, Date, Number, Text):
        why = kind.claims(column)
        if why:
            return ColumnPlan(name, kind.name, "input", why)
    return _names(column, name)


def _names(column: Column, name: str) -> ColumnPlan:
    """A column of names, or something that no kind reads."""
    why = Category.claims(column)
    if why is None:
        what = (
            str(column.type) if isinstance(column, pa.ChunkedArray) else f"an array of shape {column.shape}"
        )
        return ColumnPlan(name, "", "left out", f"no kind reads {what}")
    distinct = len(pc.unique(column.drop_null()))
    return ColumnPlan(name, "category", "input", f"{distinct} {why}" if why == "names" else why)
