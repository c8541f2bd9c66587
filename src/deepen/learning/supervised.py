"""Supervised learning: its step for the loop, and a net's scores on rows that are held out.

Legend: N rows, B examples in a batch, M members, K classes, labels or numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.compute.precision import Precision
from deepen.data.batches import Arrays, Batch, in_order
from deepen.data.kinds.augmentation import Augmentation
from deepen.data.kinds.image_batch import mix, views
from deepen.data.prepare import Preparation
from deepen.evidence.intervals import wilson
from deepen.learning.guard import out_of_memory, too_little_memory
from deepen.learning.losses import Loss

__all__ = ["SupervisedStep", "figures_of", "scores_of"]


class SupervisedStep:
    """Brings a batch to the net and gives the loss.

    Parameters
    ----------
    preparation
        Scales the inputs on their device.
    loss
        The task's.
    augmentation
        How examples are varied.
    generator
        From which the variation is drawn, on the device.
    """

    def __init__(
        self, preparation: Preparation, loss: Loss, augmentation: Augmentation, generator: torch.Generator
    ) -> None:
        self._preparation, self._loss, self._how, self._generator = preparation, loss, augmentation, generator
        self._images = set(preparation.images)

    def __call__(self, net: nn.Module, batch: Batch) -> Tensor:
        """Give the loss of one batch."""
        ready = self._preparation.to_net(batch.inputs, self._how, self._generator, batch.rows)
        target = batch.target
        if self._how.mixup and self._images:
            ready, target = self._mixed(ready, target)
        return self._loss(net(ready), target)

    def state_dict(self) -> dict[str, Tensor]:
        """Where the random variation stands."""
        return {"generator": self._generator.get_state()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from there."""
        self._generator.set_state(state["generator"])

    def _mixed(self, ready: dict[str, Tensor], target: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        if self._loss.is_classes:
            target = F.one_hot(target, self._preparation.outputs).float()
        (name,) = ready  # mixing is chosen only for pictures alone
        mixed, target = mix(ready[name], target, self._how.mixup, self._generator)
        return {name: mixed}, target


@torch.inference_mode()
def scores_of(
    net: nn.Module,
    arrays: Arrays,
    rows: np.ndarray,
    *,
    preparation: Preparation,
    loss: Loss,
    precision: Precision,
    device: torch.device,
    batch: int = 512,
    mirror: bool = False,
    nudge: bool = False,
    lengths: np.ndarray | None = None,
) -> Tensor:
    """Score rows with a net in evaluation mode: (N, K) floats on the CPU, see :meth:`Loss.scores`.

    Where memory runs out, batches of half the size go on from there.

    Parameters
    ----------
    mirror, nudge
        Whether pictures are also shown mirrored, and moved by a pixel each way; the answers are averaged.
    lengths
        (N,) how many steps each row has, where that is known already.

    Raises
    ------
    TrainingError
        If memory does not suffice for a batch of one.
    """

    def score(inputs: Mapping[str, Tensor]) -> Tensor:
        with precision.autocast(device):
            shown = views(inputs, set(preparation.images), mirror=mirror, nudge=nudge)
            answers = [net(preparation.to_net(view)) for view in shown]
        outputs = answers[0] if len(answers) == 1 else torch.cat([_as_members(a) for a in answers], dim=1)
        return loss.scores(outputs).cpu()

    if lengths is None:
        lengths = preparation.lengths(arrays, rows)
    # Rows of like lengths are scored together, and put back in their order at the end.
    order = np.arange(len(rows)) if lengths is None else np.argsort(lengths, kind="stable")
    rows = rows[order]
    found, done, size = [], 0, batch
    while done < len(rows):
        try:
            for inputs in in_order(arrays, rows[done:], size=size, device=device):
                found.append(score(inputs))
                done += len(found[-1])
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            size = min(size, len(rows) - done)
            if size == 1:
                raise too_little_memory(error, where="scoring") from error
            size = (size + 1) // 2
        if done < len(rows) and device.type == "cuda":
            torch.cuda.empty_cache()  # only now: the error kept what was computed alive
    scores = torch.cat(found) if found else torch.zeros(0, preparation.outputs)
    return torch.empty_like(scores).index_copy_(0, torch.from_numpy(order), scores)


def _as_members(outputs: Tensor) -> Tensor:
    """Make each view a member, so that views vote as members do: (B, M, K)."""
    return outputs if outputs.ndim == 3 else outputs[:, None]


def figures_of(scores: Tensor, target: Tensor, loss: Loss) -> Mapping[str, float]:
    """Give the figures by which the loop keeps the best weights, and the score to show with its interval.

    Returns
    -------
    dict
        ``loss`` and ``error``; ``score``, ``low`` and ``high``: accuracy by Wilson's interval, or R² of a
        standardised target by the normal approximation of the mean squared error.
    """
    target = target[: len(scores)].cpu()
    found = loss.figures(scores, target)
    if loss.task == "number":
        squared = (scores - target).square()
        spread = 1.96 * float(squared.std(correction=0)) / max(1, len(squared)) ** 0.5
        variance = max(float(target.var(correction=0)), 1e-12)
        low, high = (1 - (found["error"] + sign * spread) / variance for sign in (1, -1))
        return {**found, "score": 1 - found["error"] / variance, "low": low, "high": high}
    low, high = wilson(round((1 - found["error"]) * target.numel()), target.numel())
    return {**found, "score": 1 - found["error"], "low": low, "high": high}
