"""How to train, by what the data are: the default that a newcomer gets, each figure measured or cited.

The tables behind the measured figures are in the project's benchmarks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from deepen.config import Settings
from deepen.data.kinds.augmentation import Augmentation
from deepen.learning.schedules import Schedule, cosine, triangle
from deepen.nets.assemble import NetSettings
from deepen.shapes import Grid, Shape

__all__ = ["Recipe", "epochs_wanted", "recipe_for"]


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


def recipe_for(shapes: Mapping[str, Shape], rows: int, task: str, *, mirror: bool = False) -> Recipe:
    """Choose the recipe for inputs of these shapes and so many training rows.

    Parameters
    ----------
    mirror
        Whether mirrored pictures keep their meaning, see :mod:`deepen.data.kinds.mirror`.
    """
    grids = [s for s in shapes.values() if isinstance(s, Grid)]
    if grids:
        return _for_images(grids[0], rows, task, alone=len(shapes) == 1, mirror=mirror)
    return _for_tables(rows, task)


def _for_images(grid: Grid, rows: int, task: str, *, alone: bool, mirror: bool) -> Recipe:
    """Muon and strong shifts; measured on six sets of 8 to 128 pixels a side.

    A net that reads other columns too is trained by AdamW, as those columns' readers want (assumed). On few rows
    the last weights are kept, as for tables: on the digits' 144 validation rows weights from the middle of the
    training had no error, and 96.1 % on the test part where the last ones had 99 % (measured).
    """
    side = min(grid.h, grid.w)
    shift = max(1, side // 8 if grid.c == 3 else side // 14)
    wanted = epochs_wanted(rows)
    return Recipe(
        net=NetSettings(size="small", dropout=0.1), batch=_power_of_two(rows / 64, 32, 256),
        optimiser="muon" if alone else "adamw", rate=0.01 if alone else 2e-3, decay=0.1 if alone else 0.01,
        smoothing=0.1 if "classes" in task else 0.0, augmentation=Augmentation(flip=mirror, shift=shift),
        by="error" if rows >= 20_000 else None,
        most_epochs=4 * wanted, epochs_wanted=wanted,
        largest="small" if rows < 2000 else "medium" if rows < 20_000 else "large",
        # Two views more gain 1 to 2 points on photographs and 0.1 on 28 pixels; on less they gain nothing (measured).
        mirror=mirror, nudge=side > 16,
    )  # fmt: skip


def epochs_wanted(rows: int) -> float:
    """Passes over the training part that a net for pictures wants: 16 over 50,000, more over fewer (assumed)."""
    return float(min(80.0, max(12.0, 16 * (50_000 / rows) ** 0.35)))


def _for_tables(rows: int, task: str) -> Recipe:
    """Choose by the number of rows; measured on ten tables.

    Few rows: sixteen nets in one, and a fixed number of steps, at whose end the last weights are kept: the
    validation part is too small to choose by. Many rows: one net with finer bins, and the best weights.
    """
    number = task == "number"
    few, some = rows < 2000, rows <= 10_000
    net = NetSettings(
        size="medium" if number and not some else "small",
        embedding=None if few and not number else "piecewise",
        embedding_d=8 if some else 16,
        bins=16 if some else 48,
        members=16 if few else 8 if some else 1,
        dropout=0.1 if number and not some else 0.2,
    )
    batch = 32 if few else 128 if some else 256
    steps = 400 if few and not number else 1000
    epochs = steps / max(1, rows // batch) if some else 60.0 if number else 12.0
    return Recipe(
        net=net, batch=batch, rate=2e-3, decay=1e-2, schedule="cosine", warmup=0.05,
        by=None if few else "loss", most_epochs=epochs, epochs_wanted=epochs, largest=str(net.size),
    )  # fmt: skip


def _power_of_two(wanted: float, low: int, high: int) -> int:
    """The power of two nearest to what is wanted, by ratio."""
    size = low
    while size < high and size * 2**0.5 < wanted:
        size *= 2
    return size
