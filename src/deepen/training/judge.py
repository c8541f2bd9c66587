"""The stage of a run that judges: calibration, scores, and the net beside the best shallow learner."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from deepen.compute.device import summary
from deepen.data.table import Table
from deepen.error_analysis import examine, grouping
from deepen.evidence.contest import Contestant
from deepen.evidence.from_nothing import THIS_NET
from deepen.learning.plan import Plan
from deepen.model import Model
from deepen.nets.assemble import NetSettings
from deepen.nets.ensemble import Ensemble
from deepen.nets.sizes import flops, parameters
from deepen.records import History
from deepen.trained import versions
from deepen.training.beside import Others, measured
from deepen.training.context import Context
from deepen.training.examples import Examples
from deepen.training.finished import finished, valid_figure
from deepen.training.from_nothing import compared
from deepen.training.transfer import begun as begun_with

__all__ = ["flops_of_example", "judge"]


def judge(
    context: Context,
    table: Table,
    examples: Examples,
    plan: Plan,
    net: nn.Module,
    settings: tuple[NetSettings, ...],
    history: History,
    others: Others,
    nothing: Others,
) -> Model:
    """Calibrate on the validation part, score on the test part, where they are, and put the model together.

    Parameters
    ----------
    others, nothing
        The shallow learners, and the net from nothing.
    """
    context.watch.stage("scoring")
    recipe, rows = plan.recipe, examples.rows
    model = finished(context, examples, plan, net, settings, history)
    if len(rows.test):
        answers = model.answers(model.scores_of_arrays(examples.arrays, rows.test))
        model.scores = {"test": measured(context, examples, answers), **nothing.scores, **others.scores}
        model.beside = others.compared(examples, answers, context.options.seed)
        if nothing.chosen:
            took = round(context.clock.elapsed - nothing.until, 2)
            own = Contestant(THIS_NET, len(rows.train), took, valid_figure(model, examples))
            model.from_nothing = compared(nothing, examples, answers, own, context.options.seed)
        model.evaluation = examine(
            model.score, table, rows.test, examples.target[rows.test], answers, examples.preparation,
            by=grouping(examples.schema, table, context.options.by), tell=context.tell, seed=context.options.seed,
        )  # fmt: skip
        model.notes = tuple(context.notes)  # what could not be grouped is among them
    begun = {} if context.pretrained is None else {"from": begun_with(context.pretrained, context.options)}
    model.about = {
        "source": examples.origin,
        **begun,
        "net": f"{_name(net)}, {parameters(net):,} parameters, "
        f"{flops_of_example(examples, net):,} FLOPs for each example",
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
    """What a person calls the net: the one reader of an assembled net, or all of them; of an ensemble each net."""
    if isinstance(net, Ensemble):
        return ", ".join(_name(each) for each in net.nets) + " together"
    readers = getattr(net, "readers", None) or [getattr(net, "module", net)]
    return " + ".join(type(reader).__name__ for reader in readers)


def flops_of_example(examples: Examples, net: nn.Module) -> int:
    """Count the floating point operations of one example's way forward through a net."""
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
