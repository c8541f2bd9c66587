"""Which net reads best: each is trained for a few per cent of the clock, and evidence decides."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.data.batches import ShuffledBatches
from deepen.evidence.calibration import temperature
from deepen.learning import optimisers
from deepen.learning.averages import Average
from deepen.learning.budget import Clock, Horizon
from deepen.learning.loop import fit
from deepen.learning.losses import Loss
from deepen.learning.plan import Plan
from deepen.learning.recipe import Recipe
from deepen.learning.supervised import figures_of
from deepen.training.context import Context
from deepen.training.examples import Examples
from deepen.training.supervising import Evaluation, net_of, step_of

__all__ = ["calibrated", "first_as_good", "ranked"]

_SHARE = 0.06  # of the clock, for each net that is tried beside others (assumed)


def ranked(
    context: Context, examples: Examples, recipes: Sequence[Recipe], own: nn.Module | None
) -> list[Recipe]:
    """Rank the recipes, the best first, by what a short training of each gives on the validation part.

    Where nothing can be tried, the first recipe alone is given; what has no finite loss is left out.
    """
    if own is not None or len(recipes) == 1:
        return [recipes[0]]
    if not math.isfinite(context.clock.seconds) or not len(examples.rows.valid):
        why = "a validation part" if math.isfinite(context.clock.seconds) else "a clock"
        context.tell(f"read by {recipes[0].net.reader}: without {why} nothing else is tried")
        return [recipes[0]]
    context.watch.stage("trying nets")
    seconds = _SHARE * context.clock.left
    evaluate = Evaluation(context, examples, Plan(recipe=recipes[0]))
    losses, shown = [], []
    for recipe in recipes:
        scores = evaluate.valid_scores(_trained(context, examples, recipe, seconds))
        tempered = calibrated(scores, examples.target[examples.rows.valid], evaluate.loss)
        losses.append(evaluate.loss.each(tempered, evaluate.target))
        figures = figures_of(scores, evaluate.target, evaluate.loss)
        shown.append(
            f"{recipe.net.reader} {figures['score']:.3f} [{figures['low']:.3f}, {figures['high']:.3f}]"
        )
        context.stop.check("trying nets")
    at = first_as_good(losses)
    chosen = recipes[at]
    context.tell(
        f"read by {chosen.net.reader}, of {len(recipes)} nets, after {seconds:.0f} s each the quickest that is as good "
        f"as the best: {'; '.join(shown)}"
    )
    means = [loss.mean().item() for loss in losses]
    others = [i for i in range(len(recipes)) if i != at and math.isfinite(means[i])]
    return [chosen, *(recipes[i] for i in sorted(others, key=lambda i: means[i]))]


def first_as_good(losses: Sequence[Tensor]) -> int:
    """Choose the first whose mean loss is within one standard error of the least.

    The error is that of the mean difference, example by example, so that what is hard for all counts for none.
    Small validation parts tell nets apart badly: then the first is taken (Breiman et al. 1984, section 3.4.3, take
    the simplest tree by such a rule). What has no finite loss is never taken before what has one.

    Parameters
    ----------
    losses
        (B,) for each candidate, of the same examples.

    Examples
    --------
    >>> same, better = torch.tensor([0.5, 0.7, 0.6]), torch.tensor([0.1, 0.3, 0.2])
    >>> first_as_good([same, same + torch.tensor([0.1, -0.2, 0.0])]), first_as_good([same, better])
    (0, 1)
    """
    means = [loss.mean().item() for loss in losses]
    least = min(range(len(losses)), key=lambda i: means[i] if math.isfinite(means[i]) else math.inf)
    for i in range(least):
        apart = (losses[i] - losses[least]).double()
        error = apart.std(correction=0).item() / max(1, len(apart) - 1) ** 0.5
        if apart.mean().item() <= error < math.inf:
            return i
    return least


def calibrated(scores: Tensor, truth: np.ndarray, loss: Loss) -> Tensor:
    """Scores (B, K) as the finished model gives them: nets trained with more noise are less sure, and no worse for it.

    Numbers have no temperature, and scores that are not finite stay what they are.
    """
    if loss.task == "number" or not torch.isfinite(scores).all():
        return scores
    return loss.scores(scores / temperature(scores.numpy(), truth))


def _trained(context: Context, examples: Examples, recipe: Recipe, seconds: float) -> nn.Module:
    """Train a net for so many seconds."""
    torch.manual_seed(seeds.derive(context.options.seed, "trial", recipe.net.reader))
    net = net_of(examples, recipe.net, None).to(context.device)
    batches = ShuffledBatches(
        examples.arrays, examples.encoded_target, examples.rows.train, size=recipe.batch, lengths=examples.lengths,
        seed=seeds.derive(context.options.seed, "batches"), device=context.device,
    )  # fmt: skip
    fit(
        net, batches, step_of(context, examples, recipe),
        Horizon(math.ceil(recipe.most_epochs * batches.steps), Clock(seconds)),
        optimiser=optimisers.make(recipe.optimiser, net, rate=recipe.rate, decay=recipe.decay),
        schedule=recipe.rate_by_progress(), average=Average(net, window=recipe.window), clip=recipe.clip,
        stop=context.stop,
    )  # fmt: skip
    return net
