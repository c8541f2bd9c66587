"""One run that learns classes, labels or a number: its stages, in their order."""

from __future__ import annotations

from torch import nn

from deepen.data.schema import Schema
from deepen.data.table import Table
from deepen.model import Model
from deepen.nets.assemble import reads_as_given
from deepen.training.beside import beside
from deepen.training.context import Context
from deepen.training.from_nothing import from_nothing
from deepen.training.gather import gather
from deepen.training.judge import judge
from deepen.training.learn import make_plan
from deepen.training.together import learn_together

__all__ = ["run"]


def run(context: Context, table: Table, schema: Schema, own: nn.Module | None = None) -> Model:
    """Go from an understood table to a trained and scored model.

    Parameters
    ----------
    own
        The user's own module, if any.
    """
    examples = gather(context, table, schema, scaled=not reads_as_given(own))
    others = beside(context, examples)
    nothing = from_nothing(context, table, schema, examples)
    plan = make_plan(context, examples, own)
    net, settings, history = learn_together(context, examples, plan, own)
    return judge(context, table, examples, plan, net, settings, history, others, nothing)
