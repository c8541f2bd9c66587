"""What supervised training needs of the examples: the net, the step, the look at the validation part."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.data.batches import ShuffledBatches
from deepen.learning.budget import Horizon
from deepen.learning.losses import Loss
from deepen.learning.plan import Plan
from deepen.learning.pseudo import RATIO, PseudoLabels, strongly
from deepen.learning.recipe import Recipe
from deepen.learning.stepping import Step
from deepen.learning.supervised import SupervisedStep, figures_of, scores_of
from deepen.nets.assemble import Assembled, NetSettings, OwnNet
from deepen.nets.bodies import put_bodies
from deepen.training.context import Context
from deepen.training.examples import Examples

__all__ = ["Evaluation", "net_of", "step_of"]

_FOR_THE_REST = 1.0  # seconds for the intervals' bootstrap and for writing the model (measured: 0.3 to 0.8)


def net_of(examples: Examples, settings: NetSettings, own: nn.Module | None) -> nn.Module:
    """Build the net, with what was trained before in its readers, or take the user's."""
    if own is not None:
        return OwnNet(own)
    net = Assembled(examples.preparation.shapes, examples.preparation.outputs, settings)
    put_bodies(net, examples.bodies)
    return net


def step_of(context: Context, examples: Examples, recipe: Recipe) -> Step:
    """Make the step of a recipe, which learns from rows without a target too where there are any to learn from."""
    generator = seeds.generator(context.options.seed, "augmentation", device=context.device)
    o, weights = context.options, None
    if o.balance or o.class_weights is not None:
        weights = examples.class_weights(o.class_weights).to(context.device)
    loss = Loss(examples.schema.task, smoothing=recipe.smoothing, weights=weights)
    supervised = SupervisedStep(examples.preparation, loss, recipe.augmentation, generator)
    if not len(examples.unlabelled):
        return supervised
    batches = ShuffledBatches(
        examples.arrays, examples.encoded_target, examples.unlabelled, size=RATIO * recipe.batch,
        seed=seeds.derive(o.seed, "unlabelled"), device=context.device, world=context.world,
        lengths=examples.preparation.lengths(examples.arrays, examples.unlabelled),
    )  # fmt: skip
    return PseudoLabels(
        supervised, batches, examples.preparation, weak=recipe.augmentation,
        strong=strongly(recipe.augmentation, examples.preparation.shapes),
        generator=seeds.generator(o.seed, "unlabelled views", device=context.device),
    )  # fmt: skip


class Evaluation:
    """The look at the validation part, one view of each row, so that looking stays cheap; nothing without one.

    Parameters
    ----------
    reserved
        Seconds that what comes after the training takes already, for the nets trained before.
    """

    def __init__(self, context: Context, examples: Examples, plan: Plan, *, reserved: float = 0.0) -> None:
        self._context, self._examples, self._plan, self._reserved = context, examples, plan, reserved
        self.loss = Loss(examples.schema.task)
        self.target = torch.from_numpy(examples.encoded_target[examples.rows.valid])
        self._lengths = examples.preparation.lengths(examples.arrays, examples.rows.valid)
        self.horizon: Horizon | None = None
        """Whose reserve follows what scoring takes: another program may slow the machine while training goes on."""

    def __call__(self, net: nn.Module) -> Mapping[str, float]:
        """Give the figures of a look, see :func:`~deepen.learning.supervised.figures_of`."""
        if not len(self.target):
            return {}
        began = time.perf_counter()
        scores = self.valid_scores(net)
        if self.horizon is not None and self.horizon.reserve:
            each = (time.perf_counter() - began) / max(1, len(scores))
            self.horizon.reserve = max(self.horizon.reserve, self.rest(each))
        return figures_of(scores, self.target, self.loss)

    def valid_scores(self, net: nn.Module) -> Tensor:
        """Give the scores of the validation part, whose lengths are worked out once."""
        return self.scores(net, self._examples.rows.valid, self._lengths)

    def rest(self, each: float) -> float:
        """The seconds that scoring will take at the end, where one row takes ``each`` in one view.

        The validation part is scored once more for the temperature, then the test part, both in every view.
        """
        rows, recipe = self._examples.rows, self._plan.recipe
        views = (2 if recipe.mirror else 1) * (3 if recipe.nudge else 1)
        return 1.1 * each * views * (len(rows.valid) + len(rows.test)) + (self._reserved or _FOR_THE_REST)

    @property
    def reserve(self) -> float:
        """The seconds that what comes after the training will take, as is now known."""
        return self.horizon.reserve if self.horizon is not None else 0.0

    def scores(self, net: nn.Module, rows: np.ndarray, lengths: np.ndarray | None = None) -> Tensor:
        """Give the scores of rows, see :meth:`~deepen.learning.losses.Loss.scores`."""
        return scores_of(
            net, self._examples.arrays, rows, preparation=self._examples.preparation, loss=self.loss,
            precision=self._plan.precision, device=self._context.device, lengths=lengths,
        )  # fmt: skip
