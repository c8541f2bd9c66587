"""How to train: all the settings of a training beside the data and the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from deepen.config import Settings
from deepen.data.kinds.augmentation import Augmentation
from deepen.learning.schedules import Schedule, cosine, triangle
from deepen.nets.assemble import NetSettings

__all__ = ["Recipe"]


class Recipe(Settings):
    """How to train.

    Parameters
    ----------
    net
        Size and the rest of the net.
    batch
        Examples in a step.
    optimiser, rate, decay, clip
        ``muon``, ``adamw`` or ``sgd``, its peak rate, weight decay, and the largest norm of the gradient.
    schedule, warmup
        The rate's shape by progress, and the share of the training in which it rises.
    smoothing
        Label smoothing.
    augmentation
        How examples are varied.
    window
        The length of the weights' average, as a share of the training.
    by
        The validation figure by which the best weights are kept, ``loss`` or ``error``; None keeps the last.
    most_epochs
        More passes than this are never made, whatever the clock allows.
    epochs_wanted
        A larger net is chosen only if the clock allows it this many passes.
    largest
        The largest size that is chosen by itself.
    mirror, nudge
        Whether pictures, when they are scored, are shown mirrored too, and moved by a pixel each way.
    """

    net: NetSettings
    batch: int
    optimiser: str = "adamw"
    rate: float
    decay: float
    clip: float | None = None
    schedule: str = "triangle"
    warmup: float = 0.2
    smoothing: float = 0.0
    augmentation: Augmentation = Augmentation()
    window: float = 0.02
    by: str | None = "loss"
    most_epochs: float
    epochs_wanted: float
    largest: str
    mirror: bool = False
    nudge: bool = False

    def at_size(self, size: str | float) -> Recipe:
        """The same recipe for a net of another size."""
        return replace(self, net=replace(self.net, size=size))  # type: ignore[type-var,unused-ignore]

    def rate_by_progress(self) -> Schedule:
        """The schedule."""
        return triangle(self.warmup) if self.schedule == "triangle" else cosine(self.warmup)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {**vars(self), "net": self.net.to_dict(), "augmentation": self.augmentation.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        net, augmentation = NetSettings.from_dict(data["net"]), Augmentation.from_dict(data["augmentation"])
        return cls(**{**data, "net": net, "augmentation": augmentation})
