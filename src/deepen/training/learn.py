"""The middle stages of a run: choose what fits the clock, build a net, train it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.compute.precision import Precision
from deepen.data.batches import ShuffledBatches
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.losses import Loss
from deepen.learning.plan import Plan, choose, step_to_time, timed
from deepen.learning.recipe import Recipe
from deepen.learning.recipes import recipes_for
from deepen.nets.assemble import NetSettings, start_from_prior
from deepen.records import History
from deepen.training.context import Context
from deepen.training.examples import Examples
from deepen.training.options import Options
from deepen.training.supervising import Evaluation, net_of, step_of
from deepen.training.transfer import held, rates, recipe_for
from deepen.training.trying import ranked
from deepen.training.unlabelled import with_unlabelled

__all__ = ["Learned", "learn", "make_plan", "plan_beside", "plan_name"]

_ROWS_TO_TIME = 512


@dataclass(frozen=True, eq=False)
class Learned:
    """A trained net, how its training went, and what scored it on the validation part."""

    net: nn.Module
    plan: Plan
    history: History
    evaluation: Evaluation

    @cached_property
    def valid_scores(self) -> Tensor:
        """What the trained net answers on the validation part: (B, K)."""
        return self.evaluation.valid_scores(self.net)


def make_plan(context: Context, examples: Examples, own: nn.Module | None) -> Plan:
    """Choose, or on a resumed run read again, what fits the clock; the first process does it for all."""
    plan = context.planned("plan.json", Plan, lambda: _first_plan(context, examples, own))
    size = "your own net" if own is not None else f"net of size {plan.recipe.net.size}"
    context.tell(f"{size}, batches of {plan.recipe.batch}, {plan.precision}")
    return plan


def plan_name(place: int) -> str:
    """The file of the plan of the ``place``-th net, 2 for the first one beside the first."""
    return f"plan-{place}.json"


def plan_beside(context: Context, examples: Examples, recipe: Recipe, place: int) -> Plan:
    """Choose what fits the clock for a net beside the first one, the ``place``-th, as :func:`make_plan` does."""
    return context.planned(plan_name(place), Plan, lambda: _plan(context, examples, recipe, None))


def _first_plan(context: Context, examples: Examples, own: nn.Module | None) -> Plan:
    o = context.options
    found = recipes_for(
        examples.preparation.shapes, len(examples.rows.train), examples.schema.task,
        mirror=context.recall("mirror", examples.content, examples.mirror) if o.mirror is None else o.mirror,
    )  # fmt: skip
    recipes, before = found, context.pretrained
    if before is not None:
        recipes = (recipe_for(found, before, len(examples.rows.train), examples.schema.task),)
    recipes = tuple(with_unlabelled(recipe, examples, mirror=recipe.mirror) for recipe in recipes)
    told = [recipe for recipe in recipes if recipe.net.reader == o.reader]
    first, *others = ranked(context, examples, [_as_said(recipe, o) for recipe in told or recipes], own)
    return replace(_plan(context, examples, first, own), others=tuple(others))


def _plan(context: Context, examples: Examples, recipe: Recipe, own: nn.Module | None) -> Plan:
    o = context.options
    return choose(
        recipe, examples.preparation.shapes, examples.preparation.outputs, len(examples.rows.train),
        seconds=0.9 * context.clock.left, device=context.device, trial=_trial(context, examples, recipe, own),
        fixed_size=o.net_size is not None or own is not None or bool(examples.bodies), own=own,
    )  # fmt: skip


def _as_said(recipe: Recipe, options: Options) -> Recipe:
    """The recipe with what the user has said of it."""
    if options.net_size is not None:
        recipe = recipe.at_size(options.net_size)
    if options.reader is not None:
        recipe = Recipe.from_dict(
            {**recipe.to_dict(), "net": {**recipe.net.to_dict(), "reader": options.reader}}
        )
    said = {n: v for n, v in (("batch", options.batch), ("rate", options.rate)) if v is not None}
    return Recipe.from_dict({**recipe.to_dict(), **said})


def _trial(
    context: Context, examples: Examples, recipe: Recipe, own: nn.Module | None
) -> Callable[[NetSettings, Precision, int], float]:
    """Make the trial: steps of a net that is thrown away, or put back as it was."""
    batches = ShuffledBatches(
        examples.arrays, examples.encoded_target, examples.rows.train[: 64 * recipe.batch], size=recipe.batch,
        seed=0, device=context.device,
    )  # fmt: skip

    def trial(settings: NetSettings, way: Precision, batch: int) -> float:
        batches.resize(max(1, batch // context.world.size))
        before = None if own is None else {k: v.clone() for k, v in own.state_dict().items()}
        net = way.apply(net_of(examples, settings, own).to(context.device)).train()
        step = step_of(context, examples, recipe)
        try:
            with held(net, examples.bodies, examples.preparation.shapes, context.options):
                one = step_to_time(net, batches, step, way, context.device, optimiser=recipe.optimiser)
                return timed(one, context.device)
        finally:
            if own is not None and before is not None:
                own.load_state_dict(before)

    return trial


def learn(
    context: Context,
    examples: Examples,
    plan: Plan,
    own: nn.Module | None,
    *,
    place: int = 1,
    reserved: float = 0.0,
) -> Learned:
    """Build a net and train it.

    Parameters
    ----------
    place
        1 for the first net, 2 for the next that is to vote beside it...
    reserved
        Seconds that must be left on the clock for scoring the nets before it.
    """
    recipe, o = plan.recipe, context.options
    apart = [] if place == 1 else [str(place)]
    torch.manual_seed(seeds.derive(o.seed, "weights", *apart))
    net = net_of(examples, recipe.net, own)
    if own is None:
        train = torch.from_numpy(examples.encoded_target[examples.rows.train])
        start_from_prior(net, Loss(examples.schema.task).prior(train))
    plan.precision.apply(net.to(context.device))
    batches = ShuffledBatches(
        examples.arrays, examples.encoded_target, examples.rows.train, size=recipe.batch, lengths=examples.lengths,
        seed=seeds.derive(o.seed, "batches", *apart), device=context.device, world=context.world,
    )  # fmt: skip
    evaluate = Evaluation(context, examples, plan, reserved=reserved)
    evaluate.horizon = _horizon(context, examples, plan, net, evaluate, batches.steps)
    shapes = examples.preparation.shapes
    with held(net, examples.bodies, shapes, o):
        optimiser = optimisers.make(recipe.optimiser, net, rate=recipe.rate, decay=recipe.decay)
        optimisers.scale_rates(optimiser, rates(net, examples.bodies, shapes, o))
        history = fit(
            net, batches, step_of(context, examples, recipe), evaluate.horizon, optimiser=optimiser,
            schedule=recipe.rate_by_progress(), average=Average(net, window=recipe.window), clip=recipe.clip,
            precision=plan.precision, stop=context.stop, world=context.world, watch=context.watch,
            looks=Looks(evaluate, by=recipe.by if len(examples.rows.valid) else None),
            checkpoints=None if context.folder is None
            else Checkpoints(context.folder / "-".join(["checkpoints", *apart])),
        )  # fmt: skip
    done = history.moments[-1].epoch if history.moments else 0.0
    if done < 1 and place == 1 and math.isfinite(context.clock.seconds):
        context.tell(f"the clock allowed {done:.0%} of one pass over the training part: give it more minutes")
    return Learned(net, plan, history, evaluate)


def _horizon(
    context: Context,
    examples: Examples,
    plan: Plan,
    net: nn.Module,
    evaluate: Evaluation,
    steps_in_epoch: int,
) -> Horizon:
    """Where the training must end so that everything after it still fits the clock."""
    budget, recipe = context.options.budget, plan.recipe
    if budget.steps is not None:
        return Horizon(budget.steps, context.clock)
    if budget.epochs is not None:
        return Horizon(max(1, math.ceil(budget.epochs * steps_in_epoch)), context.clock)
    if math.isinf(context.clock.seconds):
        return Horizon(max(1, math.ceil(recipe.epochs_wanted * steps_in_epoch)), context.clock)
    some = examples.rows.train[:_ROWS_TO_TIME]
    net.eval()
    each = timed(lambda: evaluate.scores(net, some), context.device, steps=1) / len(some)
    net.train()
    reserve = evaluate.rest(each)
    most = recipe.most_epochs * steps_in_epoch
    return Horizon(max(1, math.ceil(most)), context.clock, reserve=reserve, began=context.clock.elapsed)
