"""More nets beside the first, where the clock has room for them: they read otherwise, and their answers are averaged.

Legend: B examples, M nets, K classes, labels or numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from deepen.learning.plan import Plan
from deepen.nets.assemble import NetSettings
from deepen.nets.ensemble import Ensemble
from deepen.records import History
from deepen.training.context import Context
from deepen.training.examples import Examples
from deepen.training.learn import Learned, learn, plan_beside, plan_name
from deepen.training.supervising import Evaluation
from deepen.training.trying import calibrated

__all__ = ["learn_together", "loss_together"]

# Of the clock that must be left after the first net, or no other is begun (assumed).
_LEAST = 0.1


def learn_together(
    context: Context, examples: Examples, plan: Plan, own: nn.Module | None
) -> tuple[nn.Module, tuple[NetSettings, ...], History]:
    """Train the net, and others beside it as long as the clock has room.

    Each other net is kept if the mean of the answers has a smaller loss on the validation part with it than without
    (Caruana et al. 2004, "Ensemble selection from libraries of models").

    Returns
    -------
    tuple
        The net, or an :class:`~deepen.nets.ensemble.Ensemble`; the settings of its nets, none for the user's own; and
        how the first one's training went.
    """
    first = learn(context, examples, plan, own)
    kept, history = [first], first.history
    best = _loss(examples, [first]) if plan.others else 0.0
    for place, recipe in enumerate(plan.others, start=2):
        reserved = kept[-1].evaluation.reserve
        if history.ended.startswith("stopped") or not _room(context, reserved, place):
            break
        context.watch.stage(f"another net beside it, read by {recipe.net.reader}")
        other = learn(
            context, examples, plan_beside(context, examples, recipe, place), None, place=place, reserved=reserved
        )  # fmt: skip
        loss = _loss(examples, [*kept, other])
        said = f"the validation loss goes from {best:.3f} to {loss:.3f} with it"
        if loss < best:
            kept, best = [*kept, other], loss
            context.tell(f"a second answer, read by {recipe.net.reader}, is averaged with the first: {said}")
        else:
            context.tell(f"another net, read by {recipe.net.reader}, is left out: {said}")
        history = replace(history, events=(*history.events, *other.history.events), ended=other.history.ended)
    settings = () if own is not None else tuple(learned.plan.recipe.net for learned in kept)
    net = first.net if len(kept) == 1 else Ensemble(learned.net for learned in kept).eval()
    return net, settings, history


def _room(context: Context, reserved: float, place: int) -> bool:
    """Whether the clock has room for another net; one that was begun before an interruption is always gone on with."""
    room = context.clock.left - reserved > _LEAST * context.clock.seconds
    return context.was_planned(plan_name(place)) or bool(context.world.tell(room))


def _loss(examples: Examples, nets: Sequence[Learned]) -> float:
    return loss_together([learned.valid_scores for learned in nets], examples, nets[0].evaluation)


def loss_together(scores: Sequence[Tensor], examples: Examples, evaluation: Evaluation) -> float:
    """Give the mean loss on the validation part of the mean of several nets' answers, calibrated.

    Parameters
    ----------
    scores
        (B, K) of each net.
    """
    mean = evaluation.loss.scores(torch.stack([*scores], dim=1))
    tempered = calibrated(mean, examples.target[examples.rows.valid], evaluation.loss)
    return evaluation.loss.each(tempered, evaluation.target).mean().item()
