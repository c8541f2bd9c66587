"""The stages of a run that judge: the baselines before the training, calibration and scores after it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from deepen.compute.device import summary
from deepen.compute.precision import Precision
from deepen.data.table import Table
from deepen.error_analysis import examine, grouping
from deepen.evidence import baseline
from deepen.evidence.calibration import temperature
from deepen.evidence.measures import score as measure
from deepen.learning.plan import Plan
from deepen.model import Model
from deepen.nets.sizes import flops, parameters
from deepen.records import History, Score
from deepen.trained import versions
from deepen.training.context import Context
from deepen.training.counting import count
from deepen.training.examples import Examples

__all__ = ["beside", "judge"]


def beside(context: Context, examples: Examples) -> dict[str, Score]:
    """Score the majority's answer and a linear model's, within seconds."""
    context.watch.stage("a linear model first")
    kept = context.recall(
        f"beside {context.options.seed}", examples.content,
        lambda: {name: score.to_dict() for name, score in _beside(context, examples).items()},
    )  # fmt: skip
    scores = {name: Score.from_dict(score) for name, score in kept.items()}
    context.watch.note(
        f"a linear model has {scores['linear'].headline}, the majority {scores['majority'].headline}"
    )
    return scores


def _beside(context: Context, examples: Examples) -> dict[str, Score]:
    some, test = baseline.some_of(examples.rows.train), examples.rows.test
    linear = baseline.ridge(np.concatenate([*baseline.blocks(examples.plain, some)]), examples.hot(some))
    answers = {
        "majority": baseline.majority(examples.hot(examples.rows.train), len(test)),
        "linear": baseline.in_blocks(linear, examples.plain, test),
    }
    return {name: _measured(context, examples, _as_probabilities(examples, a)) for name, a in answers.items()}


def _as_probabilities(examples: Examples, answers: np.ndarray) -> np.ndarray:
    """Cut answers that are no probabilities (N, K) to 0..1 and bring them to a sum of one; numbers to (N,)."""
    if examples.schema.task == "number":
        return answers[:, 0]
    inside = answers.clip(1e-6, 1 - 1e-6)
    return inside / inside.sum(axis=1, keepdims=True) if examples.is_classes else inside


def _measured(context: Context, examples: Examples, answers: np.ndarray) -> Score:
    truth = examples.target[examples.rows.test]
    labels = examples.preparation.labels
    return measure(examples.schema.task, truth, answers, labels, "test", seed=context.options.seed)


def judge(
    context: Context,
    table: Table,
    examples: Examples,
    plan: Plan,
    net: nn.Module,
    history: History,
    others: dict[str, Score],
    *,
    own: bool,
) -> Model:
    """Calibrate on the validation part, score on the test part, and put the model together."""
    context.watch.stage("scoring")
    recipe, rows = plan.recipe, examples.rows
    model = Model(
        net=net, preparation=examples.preparation, schema=examples.schema, history=history,
        net_settings=None if own else recipe.net, mirror=recipe.mirror, nudge=recipe.nudge,
        notes=tuple(context.notes), counts=count(examples), precision=Precision(plan.half, plan.channels_last),
    )  # fmt: skip
    if examples.schema.task != "number":
        logits = model.scores_of_arrays(examples.arrays, rows.valid)
        model.temperature = temperature(logits, examples.target[rows.valid])
    answers = model.answers(model.scores_of_arrays(examples.arrays, rows.test))
    model.scores = {"test": _measured(context, examples, answers), **others}
    model.evaluation = examine(
        model.score, table, rows.test, examples.target[rows.test], answers, examples.preparation,
        by=grouping(examples.schema, table, context.options.by), tell=context.tell, seed=context.options.seed,
    )  # fmt: skip
    model.notes = tuple(context.notes)  # what could not be grouped is among them
    model.about = {
        "source": examples.origin,
        "net": f"{_name(net)}, {parameters(net):,} parameters, {_flops(examples, net):,} FLOPs for each example",
        "training": f"{history.moments[-1].step if history.moments else 0:,} steps of {recipe.batch}",
        "augmentation": str(recipe.augmentation),
        "precision": str(plan.precision),
        "device": summary(context.device),
        "seconds": round(context.clock.elapsed, 1),
        "seed": context.options.seed,
        **versions(),
    }
    return model


def _name(net: nn.Module) -> str:
    """What a person calls the net: the one reader of an assembled net, or all of them."""
    readers = getattr(net, "readers", None) or [getattr(net, "module", net)]
    return " + ".join(type(reader).__name__ for reader in readers)


def _flops(examples: Examples, net: nn.Module) -> int:
    one = {name: torch.from_numpy(np.array(array[:1])) for name, array in examples.arrays.items()}
    ready = examples.preparation.to_net(one)
    return flops(_ByPosition(net, list(ready)), *ready.values())


class _ByPosition(nn.Module):
    """A net that takes its inputs by name, for a caller that gives them by position."""

    def __init__(self, net: nn.Module, names: list[str]) -> None:
        super().__init__()
        self.net, self.names = net, names

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.net(dict(zip(self.names, inputs, strict=True)))  # type: ignore[no-any-return]
