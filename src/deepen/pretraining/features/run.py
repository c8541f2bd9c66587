"""One run that learns without labels: its stages, in their order.

Legend: N rows, D columns of the matrix that the machine reads, F features.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from deepen.compute import seeds
from deepen.compute.device import summary
from deepen.data.columns import missing, strings
from deepen.data.inputs import fit_inputs
from deepen.data.schema import Schema
from deepen.data.split import Split
from deepen.data.table import Table
from deepen.errors import DataError, SettingError
from deepen.evidence.intervals import bootstrap
from deepen.learning.asked import begin
from deepen.learning.checkpoints import Checkpoints
from deepen.nets.sizes import parameters
from deepen.pretraining.features.methods import Machine, make
from deepen.pretraining.features.model import Features, matrix_of
from deepen.records import History, Measure, Score
from deepen.trained import versions
from deepen.training.context import Context
from deepen.training.divide import divide
from deepen.training.gather import encode_inputs

__all__ = ["run"]

_SIDE = 32  # of pictures, the longer one: machines that read all pixels at once have 1,024 weights for each unit then
_FOR_THE_REST = 0.85  # of the time left is for learning, the rest for the score (assumed)
_SCORED = 10_000  # rows of the test part that are scored at the most


def run(
    context: Context,
    table: Table,
    schema: Schema,
    *,
    method: str,
    layers: tuple[int, ...],
    settings: dict[str, Any],
) -> Features:
    """Go from an understood table to a trained and scored machine.

    Parameters
    ----------
    method, layers, settings
        As in :func:`deepen.pretrain`.

    Raises
    ------
    DataError
        If the data cannot be encoded, or fewer than two rows are left to learn from.
    SettingError
        If the method has no such setting, or cannot read such data.
    Stopped
        If the user stopped it before anything was learned.
    """
    estimator = make(method, layers, **settings)
    rows, hashes = divide(context, table, schema, np.ones(len(table), bool), strata=None)
    inputs = fit_inputs(table, schema, rows.train, side=context.options.image_size)
    if context.options.image_size is None and any(
        max(k.height, k.width) > _SIDE for k in inputs.images.values()
    ):
        inputs = fit_inputs(table, schema, rows.train, side=_SIDE)
    arrays, rows, inputs, _ = encode_inputs(context, table, inputs, rows, hashes)
    estimator.reads(inputs.shapes)
    train = matrix_of(inputs, arrays, rows.train)
    if len(train) < 2:
        raise DataError(
            "too few rows to learn from", where=table.origin, allowed="two or more beside those of the test part",
            came=str(len(train)), mend="Give more rows, or a smaller test part (--test-share).",
        )  # fmt: skip
    context.tell(f"{train.shape[0]:,} rows of {train.shape[1]:,} numbers to learn from")
    _begin(context, table, schema, method=method, layers=layers, settings=settings)
    _learn(context, estimator, train, _labels(table, schema, rows, estimator))
    histories = estimator.histories_
    context.tell(*_unlearned(histories))
    ended = next((h.ended for h in histories.values() if h.ended != "complete"), "complete")
    model = Features(
        net=estimator.net_, inputs=inputs, schema=schema, method=method, estimator=estimator,
        history=History(
            tuple(m for h in histories.values() for m in h.moments), tuple(e for h in histories.values() for e in
            h.events), ended,
        ),
    )  # fmt: skip
    test = rows.test if len(rows.test) <= _SCORED else rows.test[:_SCORED]
    if len(test):
        context.watch.stage("scoring")
        errors = estimator.compared(train, matrix_of(inputs, arrays, test))
        model.scores = _scores(errors, context.options.seed)
        context.tell(*_no_better(errors, context.options.seed))
    model.notes = tuple(context.notes)
    model.about = {
        "source": table.origin,
        "machine": repr(estimator),
        "parameters": f"{parameters(estimator.net_):,}",
        "device": summary(context.device),
        "seconds": round(context.clock.elapsed, 1),
        "seed": context.options.seed,
        **versions(),
    }
    return model


def _begin(context: Context, table: Table, schema: Schema, **asked: Any) -> None:
    """Go on with a run that was interrupted in the folder, and say so, if it was asked the same."""
    if context.folder is None:
        return
    parts = (context.folder / "checkpoints").glob("*")  # one for each layer
    standing = sum(Checkpoints(part).standing for part in parts)
    inputs = ", ".join(plan.name for plan in schema.inputs)
    asked |= {"seed": context.options.seed, "source": table.origin, "rows": len(table), "inputs": inputs}
    going_on = begin(context.folder, standing, asked)
    if going_on:
        context.tell(going_on)


def _labels(table: Table, schema: Schema, rows: Split, estimator: Machine) -> np.ndarray | None:
    """The training rows' classes, for a machine with label units."""
    if not getattr(estimator, "labels", False):
        return None
    if len(schema.targets) != 1:
        raise SettingError(
            "label units need one column of classes", where="--labels", came=", ".join(schema.targets) or "none",
            mend="Name it with --target, or put files into one folder for each class.",
        )  # fmt: skip
    column = table[schema.targets[0]]
    blank = missing(column)[rows.train]
    if blank.any():
        raise SettingError(
            f"{int(blank.sum()):,} rows have no label", where=f"column {schema.targets[0]!r}",
            mend="Pretrain without --labels: the labels are not needed.",
        )  # fmt: skip
    return np.array(strings(column).take(rows.train).to_pylist(), dtype=object).astype(str)


def _learn(context: Context, estimator: Machine, train: np.ndarray, y: np.ndarray | None) -> None:
    o = context.options
    budget: dict[str, Any] = (
        {"epochs": o.epochs}
        if o.epochs is not None
        else {"minutes": float(f"{max(1.0, _FOR_THE_REST * context.clock.left) / 60:.3g}")}
    )
    budget = {name: value for name, value in budget.items() if name in estimator.get_params()}
    estimator.set_params(
        **budget, random_state=seeds.derive(o.seed, "pretraining") % 2**31, device=str(context.device)
    )
    estimator.fit(train, y, checkpoints=context.folder, watch=context.watch, stop=context.stop)


def _unlearned(histories: Mapping[str, History]) -> list[str]:
    """Say which parts are as they began, since somebody stopped it in one before.

    Examples
    --------
    >>> _unlearned({"layer 1": History(ended="stopped by Ctrl-C"), "layer 2": History(ended="stopped by Ctrl-C")})
    ['it was stopped in layer 1: layer 2 learned nothing, and its weights are random']
    """
    stopped = [name for name, history in histories.items() if history.ended.startswith("stopped")]
    if len(stopped) < 2:
        return []
    first, *others = stopped
    them = "its weights are" if len(others) == 1 else "their weights are"
    return [f"it was stopped in {first}: {', '.join(others)} learned nothing, and {them} random"]


def _scores(errors: Mapping[str, np.ndarray], seed: int) -> dict[str, Score]:
    """What the machine makes of rows that it has not seen, and what is simpler beside it."""
    return {
        name or "test": Score({"squared_error": _measure("squared_error", each, seed)})
        for name, each in errors.items()
    }


def _no_better(errors: Mapping[str, np.ndarray], seed: int) -> list[str]:
    """Say where unseen rows cannot tell the machine from one that gives the mean for every row."""
    own, middle = errors[""], errors["the mean"]
    if _measure("difference", own - middle, seed).high < 0:
        return []
    return [
        f"it restores unseen rows no better than their mean does ({own.mean():.4g} and {middle.mean():.4g}): it has not"
        " learned their form yet; give it more --minutes or --epochs, or a higher rate (--set rate=...)"
    ]


def _measure(name: str, each: np.ndarray, seed: int) -> Measure:
    """The mean of a figure of each row, with its interval."""

    def mean(weights: np.ndarray, x: np.ndarray) -> np.ndarray:
        return np.asarray(x @ weights / weights.sum(axis=0))

    low, high = bootstrap(mean, each.astype(np.float64), seed=seed)
    return Measure(name, float(each.mean()), float(low), float(high), "bootstrap", len(each))
