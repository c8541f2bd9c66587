"""Beside a net that begins with what was learned before: one from nothing, as the data and the clock would have it.

It is what a training without ``--from`` would make of the same parts of the same table in a share of the clock: with
its own preparation, its own size, and by whatever reads best. It is learned before the net, as shallow learners are,
and scored on the test part; :mod:`deepen.training.judge` then compares the net with it, row by row.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from deepen.compute import journal
from deepen.compute.json_files import read_json
from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.errors import DataError, SettingError, TrainingError
from deepen.evidence.contest import Contestant
from deepen.evidence.from_nothing import FROM_NOTHING, FromNothing
from deepen.evidence.paired import pair
from deepen.learning.budget import Clock
from deepen.learning.watch import Progress, Watch
from deepen.training.beside import Others, measured, said
from deepen.training.context import Context
from deepen.training.examples import Examples
from deepen.training.finished import finished, valid_figure
from deepen.training.gather import gather
from deepen.training.learn import make_plan
from deepen.training.together import learn_together

__all__ = ["SHARE", "compared", "from_nothing"]

SHARE = 0.2
"""Of the clock, unless it is said (assumed)."""

_LEAST = 10.0  # seconds: what is learned in less says little of what data can teach (assumed)
_KEPT, _RUN = "from-nothing.json", "from-nothing"


def from_nothing(context: Context, table: Table, schema: Schema, examples: Examples) -> Others:
    """Train a net from nothing and score it; nothing where none was asked for, or there is nothing to score it on.

    All processes train it together; a resumed run reads again what the first of them wrote, or goes on with it.
    """
    share = SHARE if context.options.from_nothing_share is None else context.options.from_nothing_share
    if context.pretrained is None or not share or not len(examples.rows.test):
        return Others()
    kept = context.folder / _KEPT if context.folder is not None else None
    before = context.world.tell(read_json(kept) if kept is not None and kept.is_file() else None)
    if before is not None:
        found = Others.from_dict(before)
    else:
        seconds = context.world.tell(share * context.clock.left)
        if seconds < _LEAST:
            context.tell(
                f"no net from nothing was trained beside it: its share of the clock is less than {_LEAST:.0f} s; give "
                "more minutes, or a larger --from-nothing-share"
            )
            return Others()
        context.watch.stage("a net from nothing beside it")
        try:
            found = _trained(context, table, schema, examples, seconds)
            if not found.chosen:
                return found
            found = replace(found, until=context.clock.elapsed)
        except (DataError, SettingError, TrainingError) as error:
            # It stands beside the net: that it fails is no reason to lose the net.
            context.tell(f"no net from nothing stands beside it, as its training failed: {error}")
            return Others()
        if kept is not None and context.world.first:
            journal.write_json_whole(kept, found.to_dict())
    context.tell(f"a net from nothing has {found.scores[FROM_NOTHING].headline} after {found.seconds:.0f} s")
    return found


def compared(
    others: Others, examples: Examples, answers: np.ndarray, own: Contestant, seed: int
) -> FromNothing:
    """Compare a net's answers (M, K) or (M,) to the test part with those of the net from nothing.

    Parameters
    ----------
    own
        How the net did, by the name of :data:`~deepen.evidence.from_nothing.THIS_NET`.
    """
    task, rows = examples.schema.task, examples.rows
    paired = pair(task, examples.target[rows.test], said(task, answers), others.answers, seed=seed)
    return FromNothing(FROM_NOTHING, (*others.learners, own), paired, others.seconds, len(rows.train))


def _trained(context: Context, table: Table, schema: Schema, examples: Examples, seconds: float) -> Others:
    apart = _run_of_its_own(context, seconds)
    own = gather(apart, table, schema, like=examples)
    plan = make_plan(apart, own, None)
    net, settings, history = learn_together(apart, own, plan, None)
    context.stop.check("training a net from nothing")
    passes = history.moments[-1].epoch if history.moments else 0.0
    if passes < 1 and math.isfinite(seconds):
        context.tell(
            f"no net from nothing stands beside it: its share of the clock allowed {passes:.0%} of one pass over the "
            "training part; give more minutes, or a larger --from-nothing-share"
        )
        return Others()
    model = finished(apart, own, plan, net, settings, history)
    answers = model.answers(model.scores_of_arrays(own.arrays, own.rows.test))
    score = measured(apart, own, answers)
    took = round(apart.clock.elapsed, 2)
    learner = Contestant(FROM_NOTHING, len(own.rows.train), took, valid_figure(model, own))
    return Others({FROM_NOTHING: score}, FROM_NOTHING, (learner,), took, said(schema.task, answers))


def _run_of_its_own(context: Context, seconds: float) -> Context:
    """The companions of a training without ``--from``, within so many seconds."""
    folder = context.folder / _RUN if context.folder is not None else None
    if folder is not None and context.world.first:
        folder.mkdir(exist_ok=True)
    return replace(
        context, folder=folder, clock=Clock(seconds), watch=_Beside(context.watch), pretrained=None, notes=[],
        options=replace(context.options, freeze=None, level_rate=None),  # type: ignore[type-var,unused-ignore]
    )  # fmt: skip


class _Beside:
    """Tells what goes on as something beside the net."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        """Say whose stage it is."""
        self._watch.stage(f"{FROM_NOTHING}: {name}", done, total)

    def note(self, text: str) -> None:
        """Say of whom it is told."""
        self._watch.note(f"{FROM_NOTHING}: {text}")

    def understood(self, schema: Schema, rows: int) -> None:
        """Look away: the columns are those of the net."""

    def progress(self, now: Progress) -> None:
        """Pass it on."""
        self._watch.progress(now)
