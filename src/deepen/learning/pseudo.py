"""Learning from examples without a label: a step around the supervised one.

What the net is sure of, looking at an example varied a little, is taken for the example's class, and the net learns to
answer so when the example is varied much: pseudo-labels (Lee 2013, "Pseudo-label: the simple and efficient
semi-supervised learning method for deep neural networks") of one view for another (Sohn et al. 2020, "FixMatch").

Legend: B examples in a batch, M members, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.data.batches import Batch
from deepen.data.kinds.augmentation import Augmentation
from deepen.data.prepare import Preparation
from deepen.learning.stepping import Batches
from deepen.learning.supervised import SupervisedStep
from deepen.shapes import Grid, Shape

__all__ = ["RATIO", "PseudoLabels", "strongly"]

RATIO = 4
"""Examples without a label for each one with a label in a step; 7 in FixMatch, which had more time (assumed)."""

_SURE = 0.95
"""The probability from which on an answer is taken for the label, as in FixMatch."""


class PseudoLabels:
    """Adds to the loss of a labelled batch that of unlabelled examples whose class the net is sure of.

    Deviation from FixMatch: the three views are run one after the other, so that each has batch statistics of its own.

    Parameters
    ----------
    supervised
        The step for labelled batches.
    batches
        The examples without a label; whatever their target says is not looked at.
    preparation
        Scales and varies the inputs on their device.
    weak, strong
        How examples are varied when they are answered, and when that answer is learned.
    generator
        From which the variation is drawn, on the device.
    """

    def __init__(
        self,
        supervised: SupervisedStep,
        batches: Batches,
        preparation: Preparation,
        *,
        weak: Augmentation,
        strong: Augmentation,
        generator: torch.Generator,
    ) -> None:
        self._supervised, self._batches, self._preparation = supervised, batches, preparation
        self._weak, self._strong, self._generator = weak, strong, generator

    def __call__(self, net: nn.Module, batch: Batch) -> Tensor:
        """Give the loss of one labelled batch, and of the next unlabelled one."""
        loss = self._supervised(net, batch)
        unlabelled = self._batches.next()
        with torch.no_grad():
            probability = _probabilities(net(self._view(unlabelled, self._weak)))  # (B, K)
            sure, label = probability.max(dim=1)
        outputs = net(self._view(unlabelled, self._strong))  # (B, K) or (B, M, K)
        members = outputs.shape[1] if outputs.ndim == 3 else 1
        each = F.cross_entropy(
            outputs.float().flatten(0, -2), label.repeat_interleave(members), reduction="none"
        )
        kept = (sure >= _SURE).float()
        return loss + (each * kept.repeat_interleave(members)).mean()

    def _view(self, batch: Batch, how: Augmentation) -> dict[str, Tensor]:
        return self._preparation.to_net(batch.inputs, how, self._generator, batch.rows)

    def state_dict(self) -> dict[str, Any]:
        """Where the random variation and the unlabelled batches stand."""
        return {
            "supervised": self._supervised.state_dict(), "batches": self._batches.state_dict(),
            "generator": self._generator.get_state(),
        }  # fmt: skip

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._supervised.load_state_dict(state["supervised"])
        self._batches.load_state_dict(state["batches"])
        self._generator.set_state(state["generator"])


def _probabilities(outputs: Tensor) -> Tensor:
    """The mean of the members' probabilities, of outputs (B, K) or (B, M, K): (B, K)."""
    found = outputs.float().softmax(-1)
    return found.mean(1) if found.ndim == 3 else found


def strongly(weak: Augmentation, shapes: Mapping[str, Shape]) -> Augmentation:
    """Vary more: pictures are turned, grown and cut, recordings masked, series get more noise (all assumed).

    Where nothing is known to be varied, as with texts and tables, the noise of dropout alone makes two views of one.

    Examples
    --------
    >>> print(strongly(Augmentation(shift=2), {"image photo": Grid(1, 28, 28)}))
    shift 2, cutout 9, turn 15, zoom 0.15
    """
    sides = [min(shape.h, shape.w) for shape in shapes.values() if isinstance(shape, Grid)]
    if sides:
        return replace(weak, turn=15.0, zoom=0.15, cutout=min(sides) // 3)  # type: ignore[type-var,unused-ignore]
    if any(name.startswith("audio") for name in shapes):
        return replace(weak, mask_bands=0.2, mask_frames=0.2)  # type: ignore[type-var,unused-ignore]
    return replace(weak, noise=2 * weak.noise)  # type: ignore[type-var,unused-ignore]
