"""One run: its stages, in their order."""

from __future__ import annotations

from typing import Any

from torch import nn

from deepen.compute.device import steady_memory
from deepen.model import Model, check_own
from deepen.training.context import Context
from deepen.training.gather import gather
from deepen.training.judge import beside, judge
from deepen.training.learn import learn, make_plan

__all__ = ["run"]


def run(context: Context, source: Any, y: Any, test: Any, valid: Any, own: nn.Module | None) -> Model:
    """Go from a source to a trained and scored model.

    Parameters
    ----------
    source, y, test, valid
        The data, and further ones that are the test and validation part.
    own
        The user's own module, if any.
    """
    if own is not None:
        check_own(own)
    steady_memory()
    examples = gather(context, source, y, test, valid)
    others = beside(context, examples)
    plan = make_plan(context, examples, own)
    net, history = learn(context, examples, plan, own)
    return judge(context, examples, plan, net, history, others, own=own is not None)
