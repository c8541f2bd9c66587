"""One cell of a study: a learner trained on some of the training rows, scored on the test part.

A trial is a function of plain data: encoded examples, a plan and a job in, a dictionary out.

Legend: N rows, M test rows, K classes or labels.
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import numpy as np

from deepen.compute import seeds
from deepen.compute.precision import Precision
from deepen.compute.signals import StopFlag
from deepen.evidence import baseline, shallow
from deepen.learning.budget import Clock
from deepen.learning.plan import Plan
from deepen.learning.recipe import Recipe
from deepen.learning.recipes import recipes_for
from deepen.learning.watch import Silent
from deepen.model import Model
from deepen.nets.sizes import parameters
from deepen.scaling.cells import NET
from deepen.scaling.plan import Job
from deepen.training.context import Context
from deepen.training.examples import Examples
from deepen.training.judge import flops_of_example
from deepen.training.learn import learn
from deepen.training.options import Options

__all__ = ["Until", "chance_of", "epochs_of", "error_of", "subset", "trial"]


class Until(StopFlag):
    """A flag that is set when its seconds are over, or another one is.

    Examples
    --------
    >>> Until(60)(), Until(0)()
    (False, True)
    """

    def __init__(self, seconds: float, outer: StopFlag | None = None) -> None:
        super().__init__()
        self._end, self._outer = time.monotonic() + seconds, outer

    def __call__(self) -> bool:
        """Say so."""
        if self._outer is not None and self._outer():
            self.set(self._outer.why)
        if time.monotonic() >= self._end:
            self.set("the clock")
        return super().__call__()


def subset(examples: Examples, rows: int, seed: int) -> np.ndarray:
    """The first so many training rows of an order that follows from the seed: (n,), ascending.

    The amounts of one seed are nested. Of classes every amount has its share, so that few rows miss none by chance.
    Where there are groups, such as the patients that several rows are of, whole ones are drawn: rows of a group are
    alike, and half of the rows of every patient would say nothing of what half of the patients are worth. Then as many
    groups are drawn as hold so many rows on average.
    """
    train = examples.rows.train
    rng = seeds.numpy_generator(seed, "study")
    if examples.groups is not None:
        group = np.unique(examples.groups[train], return_inverse=True)[1]  # (N,)
        count = int(group.max()) + 1
        drawn = rng.permutation(count)[: max(1, round(count * rows / len(train)))]
        return np.sort(train[np.isin(group, drawn)])
    place = rng.permutation(len(train)).astype(np.float64)
    if examples.is_classes:
        codes = examples.target[train]
        for code in np.unique(codes):
            mine = np.flatnonzero(codes == code)
            # The i-th of a class's m rows stands at a place drawn from the i-th m-th of the order.
            at = (np.arange(len(mine)) + rng.random(len(mine))) / len(mine)
            place[rng.permutation(mine)] = at
    return np.sort(train[np.argsort(place, kind="stable")[:rows]])


def epochs_of(examples: Examples, plan: Plan, rows: int, length: float) -> tuple[float, int]:
    """How many epochs so many rows are trained for, and in which batches: as a training of so many rows would."""
    asked = recipes_for(examples.preparation.shapes, rows, examples.schema.task)
    recipe = next((r for r in asked if r.net.reader == plan.recipe.net.reader), asked[0])
    return length * min(recipe.epochs_wanted, recipe.most_epochs), min(recipe.batch, plan.recipe.batch)


def trial(
    context: Context, examples: Examples, plan: Plan, job: Job, *, most_rows: int, seconds: float
) -> dict[str, Any]:
    """Train and score one cell.

    Parameters
    ----------
    most_rows
        The study's largest amount of data, for which a shallow learner is chosen.
    seconds
        After so many a net's training is given up; the answer then has no error.

    Returns
    -------
    dict
        The job, with ``error``, ``spread``, ``weights``, ``compute``, ``seconds``; or with ``given_up``.
    """
    began = time.monotonic()
    mine = subset(examples, job.rows, job.seed)
    if job.learner == NET:
        found = _net(context, examples, plan, job, mine, seconds)
    else:
        found = _shallow(examples, job, mine, most_rows)
    return {**job.to_dict(), "seconds": time.monotonic() - began, **found}


def _net(
    context: Context, examples: Examples, plan: Plan, job: Job, mine: np.ndarray, seconds: float
) -> dict[str, Any]:
    epochs, batch = epochs_of(examples, plan, job.rows, job.length)
    recipe = Recipe.from_dict({**plan.recipe.at_size(job.size).to_dict(), "batch": batch})
    said = {"minutes": None, "steps": None, "epochs": epochs, "seed": job.seed, "size": job.size}
    # Without a clock, so that a cell does not depend on what else the machine does.
    alone = dataclasses.replace(
        context, options=Options.from_dict({**context.options.to_dict(), **said}), folder=None, clock=Clock(),
        watch=Silent(), stop=Until(seconds, context.stop), notes=[],
    )  # fmt: skip
    some = dataclasses.replace(examples, rows=dataclasses.replace(examples.rows, train=mine), content="")
    so = Plan(recipe=recipe, half=plan.half, channels_last=plan.channels_last)
    learned = learn(alone, some, so, None)
    net, history = learned.net, learned.history
    if history.ended.startswith("stopped"):
        return {"given_up": history.ended}
    model = Model(
        net=net, preparation=examples.preparation, schema=examples.schema, net_settings=(recipe.net,),
        mirror=recipe.mirror, nudge=recipe.nudge, precision=Precision(plan.half, plan.channels_last),
    )  # fmt: skip
    answers = model.answers(model.scores_of_arrays(examples.arrays, examples.rows.test))
    task = examples.schema.task
    said_of_test = (
        answers if task == "number" else answers > 0.5 if task == "several labels" else answers.argmax(1)
    )
    error, spread = error_of(task, examples.target[examples.rows.test], said_of_test)
    each = flops_of_example(examples, net)
    step = history.moments[-1].step if history.moments else 0
    return {
        "error": error, "spread": spread, "weights": parameters(net),
        # The way back is about twice the way forward (see deepen.nets.sizes).
        "compute": 3.0 * each * step * min(batch, job.rows),
    }  # fmt: skip


def _shallow(examples: Examples, job: Job, mine: np.ndarray, most_rows: int) -> dict[str, Any]:
    task, test = examples.schema.task, examples.rows.test
    x = np.concatenate([*baseline.blocks(examples.plain, mine)])
    found = shallow.fit(job.learner, x, examples.target[mine], task, most_rows=most_rows, seed=job.seed)
    error, spread = error_of(
        task, examples.target[test], baseline.in_blocks(found.predict, examples.plain, test)
    )
    return {"error": error, "spread": spread, "weights": 0, "compute": 0.0}


def error_of(task: str, truth: np.ndarray, said: np.ndarray) -> tuple[float, float]:
    """The error of answers, and its standard error where that is not the binomial one (else 0).

    Parameters
    ----------
    truth, said
        Class codes (M,), zeros and ones (M, K), or numbers (M,).

    Returns
    -------
    tuple
        The share of wrong answers; of wrong labels; or the share of the variance that is not explained, 1 - R².

    Examples
    --------
    >>> error_of("many classes", np.array([0, 1, 2, 1]), np.array([0, 1, 2, 0]))
    (0.25, 0.0)
    """
    m = len(truth)
    if task == "number":
        squared = (said.astype(np.float64) - truth) ** 2
        variance = max(float(truth.var()), 1e-12)
        return float(squared.mean()) / variance, float(squared.std()) / variance / m**0.5
    if task == "several labels":
        wrong = ((said > 0.5) != (truth > 0.5)).mean(axis=1)
        return float(wrong.mean()), max(float(wrong.std()) / m**0.5, 0.5 / m)
    return float((said != truth).mean()), 0.0


def chance_of(examples: Examples) -> float:
    """The error of whoever knows of the training part no more than its mean or majority; see :func:`error_of`."""
    task, train, test = examples.schema.task, examples.rows.train, examples.rows.test
    if task == "number":
        return 1.0
    common = examples.hot(train).mean(axis=0)
    if task == "several labels":
        said = np.repeat((common > 0.5)[None], len(test), axis=0)
        return max(1e-3, error_of(task, examples.target[test], said)[0])
    said = np.full(len(test), common.argmax())
    return max(1e-3, error_of(task, examples.target[test], said)[0])
