"""How to train, by what the data are: the default that a newcomer gets, each figure measured or cited.

The tables behind the measured figures are in the project's benchmarks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from deepen.config import Settings
from deepen.data.kinds.image_batch import Augmentation
from deepen.learning.schedules import Schedule, cosine, triangle
from deepen.nets.assemble import NetSettings
from deepen.shapes import Grid, Shape

__all__ = ["Recipe", "recipe_for"]


class Recipe(Settings):
    """How to train.

    Parameters
    ----------
    net
        Size and the rest of the net.
    batch
        Examples in a step.
    optimiser, rate, decay, clip
        Its name, peak rate, weight decay, and the largest norm of the gradient.
    schedule, warmup
        The rate's shape by progress, and the share of the training in which it rises.
    smoothing
        Label smoothing.
    augmentation
        How pictures are varied.
    window
        The length of the weights' average, as a share of the training.
    by
        The validation figure by which the best weights are kept: ``loss`` or ``error``.
    patience
        Looks without a better figure after which the training ends; None never ends it early.
    most_epochs
        More passes than this are never made, whatever the clock allows.
    epochs_wanted
        A larger net is chosen only if the clock allows it this many passes.
    largest
        The largest size that is chosen by itself.
    mirror
        Whether pictures are shown mirrored too when they are scored.
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
    augmentation: Augmentation = Augmentation()  # noqa: RUF009 - frozen
    window: float = 0.02
    by: str = "loss"
    patience: int | None = None
    most_epochs: float
    epochs_wanted: float
    largest: str
    mirror: bool = False

    def at_size(self, size: str) -> Recipe:
        """The same recipe for a net of another size."""
        return replace(self, net=replace(self.net, size=size))  # type: ignore[type-var]

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


def recipe_for(shapes: Mapping[str, Shape], rows: int, task: str) -> Recipe:
    """Choose the recipe for inputs of these shapes and so many training rows."""
    grids = [s for s in shapes.values() if isinstance(s, Grid)]
    if grids:
        return _for_images(grids[0], rows, task, alone=len(shapes) == 1)
    return _for_tables(rows, task)


def _for_images(grid: Grid, rows: int, task: str, *, alone: bool) -> Recipe:
    side = min(grid.h, grid.w)
    # Photographs look alike mirrored; writing, which comes in grey, does not.
    flip = grid.c == 3
    how = Augmentation(flip=flip, shift=max(1, side // 10), cutout=side // 4 if side >= 28 else 0)
    return Recipe(
        net=NetSettings(size="small"), batch=_power_of_two(rows / 40, 32, 256), optimiser="adamw", rate=3e-3,
        decay=0.05, smoothing=0.1 if "classes" in task else 0.0, augmentation=how, by="error",
        most_epochs=200, epochs_wanted=20, largest="large", mirror=flip,
    )  # fmt: skip


def _for_tables(rows: int, task: str) -> Recipe:
    return Recipe(
        net=NetSettings(size="small", embedding="piecewise", members=16, dropout=0.1),
        batch=_power_of_two(rows / 40, 32, 512), optimiser="adamw", rate=2e-3, decay=1e-2, schedule="cosine",
        warmup=0.05, by="loss", patience=12, most_epochs=200, epochs_wanted=20, largest="medium",
    )  # fmt: skip


def _power_of_two(wanted: float, low: int, high: int) -> int:
    size = low
    while size * 2 <= min(wanted, high):
        size *= 2
    return size
