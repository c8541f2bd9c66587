"""``deepen.pretrain``: the form of raw data, learned without labels."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepen.compute.device import pick, steady_memory
from deepen.compute.folders import check_writable
from deepen.compute.processes import joined
from deepen.compute.signals import StopFlag
from deepen.config import one_of, wholes
from deepen.data.cache import Cache
from deepen.data.schema import ColumnPlan, Schema
from deepen.data.table import Table
from deepen.data.tokens import UNITS
from deepen.errors import DataError, SettingError, nearest
from deepen.learning.asked import begin
from deepen.learning.budget import Clock
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.watch import Silent, Watch
from deepen.pretraining.features.methods import METHODS, make
from deepen.pretraining.features.model import Features
from deepen.pretraining.features.run import run
from deepen.training.context import Context
from deepen.training.options import Options
from deepen.training.understand import understand

if TYPE_CHECKING:
    from deepen.language.model import Writer

__all__ = ["LANGUAGE", "pretrain"]

LANGUAGE = "language"
"""The method for texts: a language model."""

_UNITS = tuple(unit for unit in UNITS if unit != "words")  # which cannot be written as they stood
_ENOUGH = 100_000
"""Characters from which on a language model that is to be gone on with reads pieces, sooner than one that is to write.

From a model of 240,000 characters of TREC's questions 300 labels gave 65.7 % by pieces (1,100 steps) and 61.9 % by
characters (1,404 steps) on other rows of the training part (measured, means of two seeds); the border is assumed.
"""

_USUAL = "rbm"
_OF_LANGUAGE = ("size", "unit")  # its settings: the net's size, and what its tokens are


def pretrain(
    source: Any,
    y: Any = None,
    *,
    method: str | None = None,
    layers: Sequence[int] = (),
    settings: Mapping[str, Any] | None = None,
    test: Any = None,
    checkpoints: str | Path | None = None,
    cache: Cache | None = None,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
    started: float | None = None,
    **options: Any,
) -> Features | Writer:
    """Learn the form of raw data without labels, inside the time named: features for what comes after.

    Of texts a language model is learned, of all else a machine of one or more layers.

    Parameters
    ----------
    source, test, cache, watch, stop, started
        As in :func:`train`; no target is needed. One that is named is not looked at, nor what ``train`` would take for
        it by its name, or in a file as the last column; ``keep`` and ``input`` overrule that.
    y
        Classes, for a machine with label units (``settings={"labels": True}``).
    method
        ``language``, where there are texts, or one of :data:`deepen.pretraining.features.methods.METHODS`, which read
        all else; by default the former where there is a column of texts, and then of that column alone, else ``rbm``.
    layers
        The units of a machine's hidden layers, from the bottom up.
    settings
        What else the method's estimator takes, see :mod:`deepen.pretraining`; of a language model ``size`` (as in
        :func:`train`) and ``unit`` (``characters``, ``bytes`` or ``pieces``).
    checkpoints
        A folder to keep the state in as it goes; a later call with the same arguments goes on from there.
    **options
        Of :class:`deepen.training.options.Options`: ``minutes``, ``epochs`` (of each layer), ``seed``, ``drop``...

    Returns
    -------
    Features or Writer
        A machine encodes, reconstructs and dreams; its score is what it makes of rows that it has not seen. A language
        model, a :class:`~deepen.language.model.Writer`, encodes and writes; its score is the bits for each character
        of texts that it has not read.

    Raises
    ------
    DataError
        If the data cannot be read.
    SettingError
        If an option is wrong, or contradicts another.
    Stopped
        If it was stopped before there was anything to keep.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> features = pretrain(load_digits().images, layers=[32], epochs=2)
    >>> features.encode(load_digits().images[:5]).shape
    (5, 32)
    """
    clock_from = time.monotonic() if started is None else started
    chosen = Options.from_dict(options)
    if chosen.steps is not None or chosen.minutes == math.inf:
        raise SettingError("the budget is in minutes or epochs", where="--minutes, --epochs, --steps")
    given = dict(settings or {})
    wholes("--layers", layers, 1, 1e7, least=0)
    if method is None and given and not layers and given.keys() <= set(_OF_LANGUAGE):
        method = LANGUAGE
    _check(method, tuple(layers), given)
    folder = Path(checkpoints) if checkpoints is not None else None
    if folder is not None:
        check_writable(folder / "checkpoints")
    seconds = 60 * chosen.minutes if chosen.minutes is not None else math.inf
    with joined(pick(chosen.device)) as world:
        context = Context(
            options=chosen, folder=folder, clock=Clock(seconds, started=clock_from), watch=watch or Silent(),
            stop=stop or StopFlag(), world=world, cache=cache or Cache(),
        )  # fmt: skip
        steady_memory()
        table, schema = understand(context, source, y, test, None, targetless=True)
        if method == LANGUAGE or (method is None and any(plan.kind == "text" for plan in schema.inputs)):
            if method is None and (layers or given):
                raise SettingError(
                    "belongs to a machine, and machines read no texts",
                    where="--layers" if layers else f"--set {next(iter(given))}",
                    mend="Leave it out to learn a language model, or leave the texts out with --drop.",
                )
            return _language(context, table, schema, **given)
        if chosen.valid_share is None:  # a machine learns from all that is not tested
            context.options = Options.from_dict({**chosen.to_dict(), "valid_share": 0})
        return run(context, table, schema, method=method or _USUAL, layers=tuple(layers), settings=given)


def _check(method: str | None, layers: tuple[int, ...], settings: Mapping[str, Any]) -> None:
    """Refuse what is wrong before anything is read."""
    if method is not None:
        one_of("--method", method, (*METHODS, LANGUAGE))
    if method != LANGUAGE:
        make(method or _USUAL, layers, **settings)
        return
    if layers:
        raise SettingError(
            "belongs to a machine: a language model is as large as the clock allows", where="--layers",
            came=", ".join(map(str, layers)), mend="Say how large with --set size=small.",
        )  # fmt: skip
    for name in settings:
        if name not in _OF_LANGUAGE:
            raise SettingError(
                f"{name!r} is not a setting of a language model", where="--set", allowed=", ".join(_OF_LANGUAGE),
                mend=nearest(name, _OF_LANGUAGE),
            )  # fmt: skip
    if "unit" in settings:
        one_of("--set unit", settings["unit"], _UNITS)


def _language(
    context: Context,
    table: Table,
    schema: Schema,
    *,
    unit: str | None = None,
    size: str | float | None = None,
) -> Writer:
    """Learn the language of a column of texts."""
    o = context.options
    column = _column_of(context, table, schema)
    for name in ("group", "group_from", "time"):
        if getattr(o, name) is not None:
            raise SettingError(
                "does not go with a language model, whose last texts are the test part",
                where=f"--{name.replace('_', '-')}",
            )
    for name in ("test_share", "valid_share"):
        if getattr(o, name) == 0:
            raise SettingError(
                "a language model needs a test and a validation part",
                where=f"--{name.replace('_', '-')}",
                came="0",
            )
    if size is not None:
        context.options = Options.from_dict({**o.to_dict(), "size": size})
    if context.folder is not None:
        told = _begin(
            context.folder, method=LANGUAGE, unit=unit, size=size, seed=o.seed, source=table.origin, rows=len(table),
            inputs=column,
        )  # fmt: skip
        context.tell(*told)
    texts = Schema((ColumnPlan(column, "text", "target", "as named"),), LANGUAGE, (column,))
    found: Writer = importlib.import_module("deepen.language.run").run(
        context, table, texts, unit=unit, enough=_ENOUGH
    )
    net, counted = (found.scores[name].headline for name in ("net alone", "n-gram"))
    if net.low > counted.high:
        context.tell(
            f"the net alone, which --from goes on with, has {net.value:.3g} bits per character, and counted n-grams"
            f" {counted.value:.3g}: more texts, more --minutes or --epochs teach it more"
        )
        found.notes = tuple(context.notes)
    return found


def _column_of(context: Context, table: Table, schema: Schema) -> str:
    """The column of texts, which is read alone."""
    texts = [plan.name for plan in schema.inputs if plan.kind == "text"]
    if not texts:
        raise DataError(
            "there is no column of texts to learn a language from", where=table.origin,
            came=", ".join(f"{plan.name!r} ({plan.kind})" for plan in schema.inputs),
            mend="Name one with --kind NAME=text, or leave --method out.",
        )  # fmt: skip
    if len(texts) > 1:
        raise DataError(
            "there are several columns of texts, and a language model reads one", where=table.origin,
            came=", ".join(map(repr, texts)), mend=f"Name one: --input {texts[0]}.",
        )  # fmt: skip
    (column,) = texts
    others = [name for name, plan in schema.lines if plan.role == "input" and plan.name != column]
    context.tell(
        f"a language model of the texts in {column!r}"
        + (
            f"; not read by it: {', '.join(others)}; machines would, without the texts: --drop {column}"
            if others
            else ""
        )
    )
    return column


def _begin(folder: Path, **asked: Any) -> list[str]:
    """Go on with a run that was interrupted in the folder, and say so, if it was asked the same."""
    place = folder / "checkpoints"  # of a machine there is one for each layer in it
    standing = sum(Checkpoints(part).standing for part in (place, *place.glob("*")))
    going_on = begin(folder, standing, asked)
    if going_on:
        return [going_on]
    (folder / "plan.json").unlink(missing_ok=True)  # of a run that was stopped before it had learned anything
    return []
