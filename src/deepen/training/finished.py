"""What a training ends with: the trained net as a model, its probabilities calibrated on the validation part."""

from __future__ import annotations

import numpy as np
from torch import nn

from deepen.compute.precision import Precision
from deepen.evidence.calibration import temperature
from deepen.evidence.contest import figure
from deepen.learning.plan import Plan
from deepen.model import Model
from deepen.nets.assemble import NetSettings
from deepen.records import History
from deepen.training.context import Context
from deepen.training.counting import count
from deepen.training.examples import Examples

__all__ = ["finished", "valid_figure"]


def finished(
    context: Context,
    examples: Examples,
    plan: Plan,
    net: nn.Module,
    settings: tuple[NetSettings, ...],
    history: History,
) -> Model:
    """Put the model together, and calibrate it where there is a validation part."""
    recipe, rows = plan.recipe, examples.rows
    model = Model(
        net=net, preparation=examples.preparation, schema=examples.schema, history=history,
        net_settings=settings, mirror=recipe.mirror, nudge=recipe.nudge,
        notes=tuple(context.notes), counts=count(examples), precision=Precision(plan.half, plan.channels_last),
    )  # fmt: skip
    if examples.schema.task != "number" and len(rows.valid):
        logits = model.scores_of_arrays(examples.arrays, rows.valid)
        model.temperature = temperature(logits, examples.target[rows.valid])
    return model


def valid_figure(model: Model, examples: Examples) -> float:
    """The figure of a model's answers on the validation part, see :func:`deepen.evidence.contest.figure`; NaN without.

    It is the one by which shallow learners are compared, so that it can stand beside theirs.
    """
    rows, task = examples.rows.valid, examples.schema.task
    if not len(rows):
        return float("nan")
    answers = model.answers(model.scores_of_arrays(examples.arrays, rows))
    return figure(
        task, np.asarray(examples.target[rows]), answers - 0.5 if task == "several labels" else answers
    )
