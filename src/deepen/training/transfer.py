"""Beginning with what was trained before: which of the columns its net reads, which levels are held, and the rates.

Legend: N levels.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from deepen.data.kinds import Audio, Category, Date, Kind, Number, Series
from deepen.data.schema import ColumnPlan, Schema
from deepen.data.table import Table
from deepen.errors import DataError
from deepen.learning.pretrained import Pretrained
from deepen.learning.recipe import Recipe
from deepen.learning.recipes import for_encoder, for_language, for_stack
from deepen.nets.assemble import Assembled
from deepen.nets.bodies import JOINT, TABLE, Bodies, frozen, stacked
from deepen.nets.language_reader import LanguageReader
from deepen.nets.near import Near
from deepen.nets.stack import Stack
from deepen.shapes import Shape
from deepen.training.options import ALL, Options

__all__ = ["LEVEL_RATE", "Match", "begun", "held", "lengthened", "match", "rates", "recipe_for"]

LEVEL_RATE = 1.0
"""Each level learns at this times the rate of the one above it; 1 / 2.6 in Howard and Ruder 2018, section 3.2.

All alike is the safe default (measured on three pairs of data sets with 100 and 300 labels, two seeds, on rows of the
training part, by ``benchmarks/transfer.py --choose``): from MNIST to USPS 0.4 had 98.7 % and all alike 98.0 %, where a
net from nothing had 93.3 %; but from Fashion-MNIST to MNIST 88.8 % and 93.5 % against 94.0 %, and from SST-2 to 300
questions of TREC 34 % and 55 % against 38 %.
"""

_SMALL = (Number, Category, Date)
_TUNED = {
    "hub": for_encoder,
    LanguageReader.reader: for_language,
    Stack.reader: for_stack,
    Near.reader: for_stack,
    JOINT: for_stack,
}


@dataclass(frozen=True, eq=False)
class Match:
    """What of something pretrained the new data can be read by.

    Parameters
    ----------
    kinds
        The fitted kinds, by the names of the new data's columns, in the order in which the net reads them.
    bodies
        The weights, by the names of the new net's inputs.
    surplus
        Columns that are left out, as the pretrained net does not read them: numbers, categories and dates, or any where
        it reads all at once.
    """

    kinds: Mapping[str, Kind]
    bodies: Bodies
    surplus: tuple[str, ...] = ()


def match(pretrained: Pretrained, schema: Schema, origin: str) -> Match:
    """Find the columns that the pretrained net can read: those of its names and kinds, or the only one of a kind.

    Numbers, categories and dates are read all at once, so that none of them may be missing; and no column at all where
    the net reads all of them at once.

    Parameters
    ----------
    origin
        What the new data are called.

    Raises
    ------
    DataError
        If it can read none, or lacks one where it reads all at once.
    """
    new: dict[str, list[ColumnPlan]] = {}
    for plan in schema.inputs:
        new.setdefault(plan.part_of or plan.name, []).append(plan)
    if JOINT in pretrained.bodies:
        return _joint(pretrained, new, schema, origin)
    kinds: dict[str, Kind] = {}
    bodies: dict[str, Mapping[str, Tensor]] = {}
    for old, kind in pretrained.kinds.items():
        name = None if isinstance(kind, _SMALL) else _alike(old, kind, pretrained, new)
        if name is not None:
            kinds[name] = _of_columns(kind, new[name])
            bodies[f"{kind.name} {name}"] = pretrained.bodies[f"{kind.name} {old}"]
    small = {name: kind for name, kind in pretrained.kinds.items() if isinstance(kind, _SMALL)}
    lacking = [name for name, kind in small.items() if name not in new or new[name][0].kind != kind.name]
    surplus: tuple[str, ...] = ()
    if small and not lacking:
        kinds, bodies[TABLE] = {**kinds, **small}, pretrained.bodies[TABLE]
        names = {kind.name for kind in _SMALL}
        surplus = tuple(name for name, plans in new.items() if plans[0].kind in names and name not in small)
    if not bodies:
        raise DataError(
            f"none of these columns is what {pretrained.origin} reads", where=origin, allowed=pretrained.reads,
            came=", ".join(f"{name!r} ({plans[0].kind})" for name, plans in new.items()) or "no input",
            mend="Name the columns alike, say what they are with --kind, or train without --from.",
        )  # fmt: skip
    return Match(kinds, bodies, surplus)


def _alike(old: str, kind: Kind, pretrained: Pretrained, new: Mapping[str, list[ColumnPlan]]) -> str | None:
    """The new column for an old one that is an input of its own: of its name, or the only one of its kind."""
    mine = [name for name, plans in new.items() if plans[0].kind == kind.name]
    if old in mine:
        return old
    alone = len(mine) == 1 and sum(each.name == kind.name for each in pretrained.kinds.values()) == 1
    return mine[0] if alone else None


def _joint(pretrained: Pretrained, new: Mapping[str, list[ColumnPlan]], schema: Schema, origin: str) -> Match:
    """Find every column of a net that reads all of them at once."""
    kinds: dict[str, Kind] = {}
    lacking: list[str] = []
    for old, kind in pretrained.kinds.items():
        if isinstance(kind, _SMALL):
            name = old if old in new and new[old][0].kind == kind.name else None
        else:
            name = _alike(old, kind, pretrained, new)
        if name is None:
            lacking.append(old)
        else:
            kinds[name] = _of_columns(kind, new[name])
    if lacking:
        learned = sorted({*lacking} & {*schema.targets})
        raise DataError(
            f"{pretrained.origin} reads all its columns at once, and these are not among the inputs: "
            + ", ".join(f"{old!r} ({pretrained.kinds[old].name})" for old in lacking),
            where=origin, allowed=pretrained.reads,
            came=", ".join(f"{name!r} ({plans[0].kind})" for name, plans in new.items()) or "no input",
            mend=f"Pretrain without what is to be learned: deepen pretrain --drop {' --drop '.join(learned)}."
            if learned else "Name the columns alike, or pretrain on the columns that these data have.",
        )  # fmt: skip
    surplus = tuple(plan.name for name, plans in new.items() if name not in kinds for plan in plans)
    return Match(kinds, pretrained.bodies, surplus)


def _of_columns(kind: Kind, plans: list[ColumnPlan]) -> Kind:
    """The kind for columns that may be called otherwise, where it reads several as one series."""
    if not isinstance(kind, Series) or not plans[0].part_of:
        return kind
    return replace(kind, block=tuple(plan.name for plan in plans))


def lengthened(found: Match, pretrained: Pretrained, table: Table, rows: np.ndarray) -> Match:
    """Let recordings be read to the length of the new ones, where the net that read shorter ones can read them.

    Parameters
    ----------
    rows
        Of the training part, whose lengths decide.
    """
    if JOINT in found.bodies:
        return found  # it has weights for every moment
    longer: dict[str, Kind] = {}
    for name, kind in found.kinds.items():
        if isinstance(kind, Audio):
            fitted = Audio.fit(kind.open(table, name), rows)
            grown = replace(kind, longest=round(fitted.longest * kind.rate / fitted.rate))
            if grown.longest > kind.longest and _alike_built(pretrained, kind, grown):
                longer[name] = grown
    return replace(found, kinds={**found.kinds, **longer})


def _alike_built(pretrained: Pretrained, kind: Audio, grown: Audio) -> bool:
    """Whether a net for longer recordings has the same weights."""
    with torch.device("meta"):
        nets = [Assembled({"audio": each.shape}, 1, pretrained.settings) for each in (kind, grown)]
    shapes = [{name: tensor.shape for name, tensor in net.state_dict().items()} for net in nets]
    return shapes[0] == shapes[1]


def recipe_for(recipes: tuple[Recipe, ...], pretrained: Pretrained, rows: int, task: str) -> Recipe:
    """Choose the recipe of the net that is given, and put that net in it."""
    wanted = pretrained.settings.reader
    if wanted in _TUNED:
        return _TUNED[wanted](pretrained.settings, rows, task)
    fitting = [recipe for recipe in recipes if recipe.net.reader == wanted]
    return Recipe.from_dict({**(fitting or recipes)[0].to_dict(), "net": pretrained.settings.to_dict()})


@contextlib.contextmanager
def held(net: nn.Module, bodies: Bodies, shapes: Mapping[str, Shape], options: Options) -> Iterator[None]:
    """Hold the levels that the user wants to stay as they are while the block runs."""
    if not options.freeze or not isinstance(net, Assembled):
        yield
        return
    stacks = [levels for body, levels in stacked(net, shapes).items() if body in bodies]
    names = {
        name
        for levels in stacks
        for level in (levels if options.freeze == ALL else levels[: int(options.freeze)])
        for name in level
    }
    with frozen(net, names):
        yield


def rates(net: nn.Module, bodies: Bodies, shapes: Mapping[str, Shape], options: Options) -> dict[int, float]:
    """Give the factor of the rate of each pretrained weight, by its ``id``: the deeper below the head, the less.

    Discriminative fine-tuning (Howard and Ruder 2018, "Universal language model fine-tuning for text classification",
    section 3.2): the level right below the head learns at the factor, the next at its square, and so on.
    """
    factor = LEVEL_RATE if options.level_rate is None else options.level_rate
    if not bodies or not isinstance(net, Assembled) or factor == 1:
        return {}
    weights = dict(net.named_parameters())
    found: dict[int, float] = {}
    for body, levels in stacked(net, shapes).items():
        if body in bodies:
            for depth, level in enumerate(reversed(levels), 1):
                found |= {id(weights[name]): factor**depth for name in level if name in weights}
    return found


def begun(pretrained: Pretrained, options: Options) -> str:
    """Say what a net began with, and what became of it."""
    if options.freeze == ALL or pretrained.settings.reader == Near.reader:
        how = "the head alone is trained"
    else:
        factor = LEVEL_RATE if options.level_rate is None else options.level_rate
        count = int(options.freeze or 0)
        kept = (
            f"its {count} lowest levels stay as they are, "
            if count > 1
            else "its lowest level stays as it is, "
        )
        rates = f"all {'others' if count else 'levels'} learn at the full rate" if factor == 1 else (
            f"each level learns at {factor:g} times the rate of the one above it"
        )  # fmt: skip
        how = (kept if count else "") + rates
    return f"{pretrained.origin}: {how}"
