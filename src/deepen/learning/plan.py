"""What fits the clock: the size of pictures and net, the batch, and how to compute; found by measuring here.

Legend: N rows of the training part.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Self

import torch
from torch import nn

from deepen.compute.precision import Precision, candidates, fastest, unmeasured
from deepen.config import Settings
from deepen.errors import SettingError
from deepen.learning import optimisers
from deepen.learning.recipe import Recipe
from deepen.learning.recipes import epochs_wanted
from deepen.learning.stepping import Batches, Step
from deepen.nets.assemble import Assembled, NetSettings
from deepen.nets.cnn import CNN
from deepen.nets.sizes import SIZES, flops
from deepen.shapes import Grid, Shape

__all__ = ["Plan", "choose", "side_for", "step_to_time", "timed"]

_TRIAL_STEPS = 3
_SHARE_TO_MEASURE = 0.1  # of the time left, after which no further way or size is tried (assumed)


class Plan(Settings):
    """A recipe, and what was measured and chosen for it on this machine.

    Parameters
    ----------
    recipe
        How to train.
    half, channels_last, compiled
        How to compute.
    step_seconds
        One step's, as measured; 0 where nothing had to be.
    epochs
        How many the clock will allow, as far as the measurement tells; or as the user said.
    others
        The recipes of nets that may vote beside it, where the clock has room for them.
    """

    recipe: Recipe
    half: bool = False
    channels_last: bool = False
    compiled: bool = False
    step_seconds: float = 0.0
    epochs: float = 0.0
    others: tuple[Recipe, ...] = ()

    @property
    def precision(self) -> Precision:
        """How to compute."""
        return Precision(self.half, self.channels_last, self.compiled)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {
            **vars(self),
            "recipe": self.recipe.to_dict(),
            "others": [recipe.to_dict() for recipe in self.others],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        others = tuple(Recipe.from_dict(recipe) for recipe in data.get("others", ()))
        return cls(**{**data, "recipe": Recipe.from_dict(data["recipe"]), "others": others})


def side_for(
    longest: int, channels: int, rows: int, outputs: int, *, seconds: float, device: torch.device
) -> int:
    """Choose the side to which pictures are resized.

    64 is what photographs get: at 128 the same net was no better on flowers, in three times the time (measured).
    More only where the clock then still allows a medium net the passes it wants, less where it does not even
    allow a small net half of them.

    Parameters
    ----------
    longest
        The pictures' own longer side.
    seconds
        What the clock leaves for training; infinity without one.
    """
    if longest <= 32 or math.isinf(seconds):
        return min(longest, 64)
    speed = _convolution_speed(device)
    wanted = epochs_wanted(rows)

    def epochs(side: int, size: str) -> float:
        net = CNN(Grid(channels, side, side), outputs, size=size)
        each = 3 * flops(net, torch.zeros(1, channels, side, side))
        # Norms, activations and augmentation leave about half of the convolutions' own speed (measured).
        return 0.5 * speed * seconds / (each * rows)

    for side in (128, 96):
        if side <= longest and epochs(side, "medium") >= wanted:
            return side
    for side in (64, 48):
        if side <= longest and epochs(side, "small") >= 0.5 * wanted:
            return side
    return 32


def _convolution_speed(device: torch.device) -> float:
    """Floating point operations a second of a convolution's way forward and back, in the quickest way here."""
    conv = nn.Conv2d(32, 32, 3, padding=1, bias=False).to(device)
    x = torch.randn(64, 32, 32, 32, device=device)

    def seconds_of(way: Precision) -> float:
        form = torch.channels_last if way.channels_last else torch.contiguous_format
        conv.to(memory_format=form)  # type: ignore[call-overload]
        given = x.to(memory_format=form)

        def step() -> None:
            with way.autocast(device):
                y = conv(given)
            y.float().square().mean().backward()

        return timed(step, device)

    way, table = fastest(candidates(device, conv, seconds=0.0), seconds_of)
    return 3 * 2 * 64 * 32 * 32 * 32 * 32 * 9 / table[str(way)]


def timed(step: Callable[[], object], device: torch.device, steps: int = _TRIAL_STEPS) -> float:
    """Measure the seconds of one step: the median of a few, after one that warms up."""
    step()
    found = []
    for _ in range(steps):
        _wait(device)
        began = time.perf_counter()
        step()
        _wait(device)
        found.append(time.perf_counter() - began)
    return sorted(found)[len(found) // 2]


def step_to_time(
    net: nn.Module,
    batches: Batches,
    step: Step,
    precision: Precision,
    device: torch.device,
    *,
    optimiser: str = "adamw",
) -> Callable[[], object]:
    """Make one whole training step at a rate of zero, of a net that is thrown away or put back, for :func:`timed`."""
    updates = optimisers.make(optimiser, net, rate=0.0, decay=0.0)
    run = torch.compile(net) if precision.compiled else net

    def one() -> None:
        with precision.autocast(device):
            loss = step(run, batches.next())  # type: ignore[arg-type]
        updates.zero_grad(set_to_none=True)
        loss.backward()
        updates.step()

    return one


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def choose(
    recipe: Recipe,
    shapes: Mapping[str, Shape],
    outputs: int,
    rows: int,
    *,
    seconds: float,
    device: torch.device,
    trial: Callable[[NetSettings, Precision, int], float],
    fixed_size: bool,
    own: nn.Module | None = None,
) -> Plan:
    """Choose size and way of computing, by trial steps.

    Parameters
    ----------
    recipe
        What to start from.
    rows
        N.
    seconds
        What the clock leaves for training; infinity for a budget in epochs or steps, for which nothing is
        measured.
    trial
        ``trial(settings, precision, batch)`` gives the seconds of one step.
    fixed_size
        Whether the user has said the size, or gave the net.
    """
    probe = own or Assembled(shapes, outputs, recipe.net)
    if math.isinf(seconds):
        # What is measured differs from run to run: without a clock the same seed must give the same weights.
        return Plan(recipe=recipe, **vars(unmeasured(device, probe)))
    ways = candidates(device, probe, seconds=seconds)

    def seconds_of(way: Precision) -> float:
        return trial(recipe.net, way, recipe.batch)

    until = time.monotonic() + _SHARE_TO_MEASURE * seconds

    def enough() -> bool:
        return time.monotonic() > until

    way, table = fastest(ways, seconds_of, enough=enough)
    step = table[str(way)]
    if math.isinf(step):
        trial(recipe.net, Precision(), recipe.batch)  # raises what was passed over
        raise SettingError("the net cannot do one step", where="net", came=", ".join(table))
    steps_in_epoch = max(1, rows // recipe.batch)
    found, step_seconds = recipe, step
    if not fixed_size:
        found, step_seconds = _grow(recipe, way, step, steps_in_epoch, seconds, trial, enough)
    epochs = seconds / (step_seconds * steps_in_epoch)
    return Plan(
        recipe=found, half=way.half, channels_last=way.channels_last, compiled=way.compiled,
        step_seconds=step_seconds, epochs=epochs,
    )  # fmt: skip


def _grow(
    recipe: Recipe,
    way: Precision,
    step: float,
    steps_in_epoch: int,
    seconds: float,
    trial: Callable[[NetSettings, Precision, int], float],
    enough: Callable[[], bool],
) -> tuple[Recipe, float]:
    """Go up the dial while the clock allows the epochs that the recipe wants, or down until it does."""
    names = list(SIZES)
    at = names.index(str(recipe.net.size))
    wanted = recipe.epochs_wanted

    def epochs(step_seconds: float) -> float:
        return seconds / (step_seconds * steps_in_epoch)

    while epochs(step) < 0.5 * wanted and at > 0 and not enough():
        at -= 1
        step = trial(recipe.at_size(names[at]).net, way, recipe.batch)
    # The next size up costs about four times as much: it is not even tried where that is plainly too much.
    while at < names.index(recipe.largest) and epochs(2 * step) >= wanted and not enough():
        longer = trial(recipe.at_size(names[at + 1]).net, way, recipe.batch)
        if epochs(longer) < wanted:
            break
        at, step = at + 1, longer
    return recipe.at_size(names[at]), step
