"""What an output costs, and what it says, for each task.

Legend: B examples in a batch, M members, K classes, labels or numbers.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from deepen.errors import TrainingError

__all__ = ["Loss"]


class Loss:
    """The loss of one task.

    Parameters
    ----------
    task
        ``two classes`` and ``many classes``: cross-entropy over K classes; ``several labels``: binary
        cross-entropy of each label; ``number``: squared error of the standardised target.
    smoothing
        The share of a class's weight that is spread over all classes (Szegedy et al. 2016).
    weights
        (K,) how much each class or label counts; by default all the same.
    """

    def __init__(self, task: str, *, smoothing: float = 0.0, weights: Tensor | None = None) -> None:
        self.task, self.smoothing, self.weights = task, smoothing, weights

    @property
    def is_classes(self) -> bool:
        """Whether the outputs are those of classes that exclude one another."""
        return self.task in ("two classes", "many classes")

    def __call__(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Give the mean loss of outputs (B, K), or (B, M, K): then of each member by itself.

        The target is (B,) classes, (B, K) shares of classes or labels, or (B, 1) numbers.
        """
        if outputs.ndim == 3:
            members = outputs.shape[1]
            target = target.repeat_interleave(members, dim=0)
            outputs = outputs.flatten(0, 1)
        outputs = outputs.float()
        self._check(outputs, target)
        if self.is_classes:
            return F.cross_entropy(outputs, target, weight=self.weights, label_smoothing=self.smoothing)
        if self.task == "several labels":
            return F.binary_cross_entropy_with_logits(outputs, target, pos_weight=self.weights)
        return F.mse_loss(outputs, target)

    def _check(self, outputs: Tensor, target: Tensor) -> None:
        alike = target.shape == outputs.shape or (self.is_classes and target.ndim == 1)
        fits = outputs.shape[:1] == target.shape[:1] and alike
        if outputs.ndim != 2 or not fits:
            raise TrainingError(
                "the net's output does not fit the target", where="net",
                allowed=f"(B, {target.shape[1] if target.ndim > 1 else 'classes'})",
                came=str(tuple(outputs.shape)),
            )  # fmt: skip

    def scores(self, outputs: Tensor) -> Tensor:
        """Bring outputs (B, K) or (B, M, K) to one score for each class: (B, K).

        Members vote by the mean of their probabilities. For classes a score is a log probability, for labels
        a log odds, for a number the number itself; a temperature may divide the first two.
        """
        outputs = outputs.float()
        if outputs.ndim == 2:
            return outputs.log_softmax(-1) if self.is_classes else outputs
        if self.is_classes:
            return outputs.log_softmax(-1).logsumexp(1) - torch.log(torch.tensor(float(outputs.shape[1])))
        if self.task == "several labels":
            return torch.logit(outputs.sigmoid().mean(1), eps=1e-6)
        return outputs.mean(1)

    def each(self, scores: Tensor, target: Tensor) -> Tensor:
        """Give every example's loss (B,) of :meth:`scores`; of several labels or numbers, their mean."""
        if self.is_classes:
            return F.nll_loss(scores, target, reduction="none")
        if self.task == "several labels":
            return F.binary_cross_entropy_with_logits(scores, target, reduction="none").mean(1)
        return F.mse_loss(scores, target, reduction="none").mean(1)

    def figures(self, scores: Tensor, target: Tensor) -> dict[str, float]:
        """Give the loss, and the share of wrong answers (or the squared error), of :meth:`scores`."""
        loss = self.each(scores, target).mean().item()
        if self.is_classes:
            return {"loss": loss, "error": (scores.argmax(1) != target).float().mean().item()}
        if self.task == "several labels":
            return {"loss": loss, "error": ((scores > 0) != (target > 0.5)).float().mean().item()}
        return {"loss": loss, "error": loss}

    def prior(self, target: Tensor) -> Tensor:
        """Give the outputs (K,) that say what the training part's shares say."""
        if self.is_classes:
            counts = torch.bincount(target).float()
            return (counts / counts.sum()).clamp_min(1e-6).log()
        if self.task == "several labels":
            return torch.logit(target.mean(0), eps=1e-4)
        return target.mean(0)
