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

from deepen.compute.precision import Precision, candidates, fastest
from deepen.config import Settings
from deepen.errors import SettingError
from deepen.learning.recipe import Recipe
from deepen.nets.assemble import Assembled, NetSettings
from deepen.nets.cnn import CNN
from deepen.nets.sizes import SIZES, flops
from deepen.shapes import Grid, Shape

__all__ = ["Plan", "choose", "side_for"]

_TRIAL_STEPS = 3
_SIDES = (128, 96, 64, 48, 32)


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
    """

    recipe: Recipe
    half: bool = False
    channels_last: bool = False
    compiled: bool = False
    step_seconds: float = 0.0
    epochs: float = 0.0

    @property
    def precision(self) -> Precision:
        """How to compute."""
        return Precision(self.half, self.channels_last, self.compiled)

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return {**vars(self), "recipe": self.recipe.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read from plain data."""
        return cls(**{**data, "recipe": Recipe.from_dict(data["recipe"])})


def side_for(
    longest: int, channels: int, rows: int, outputs: int, *, seconds: float, device: torch.device
) -> int:
    """Choose the side to which pictures are resized: the largest at which a small net still sees enough epochs.

    Parameters
    ----------
    longest
        The pictures' own longer side.
    seconds
        What the clock leaves for training; infinity without one.
    """
    sides = [s for s in _SIDES if s < longest] or [longest]
    sides = [longest, *sides] if longest <= _SIDES[0] and longest not in sides else sides
    if math.isinf(seconds) or len(sides) == 1:
        return sides[0]
    speed = _convolution_speed(device)
    for side in sides:
        net = CNN(Grid(channels, side, side), outputs, size="small")
        each = 3 * flops(net, torch.zeros(1, channels, side, side))
        # Measured: norms, activations and augmentation leave about half of the convolutions' own speed.
        if 0.5 * speed * seconds / (each * rows) >= _EPOCHS_FOR_SIDE:
            return side
    return sides[-1]


_EPOCHS_FOR_SIDE = (
    20.0  # fewer passes over the photographs than this cost more than small pictures do (assumed)
)


def _convolution_speed(device: torch.device) -> float:
    """Floating point operations a second of a convolution's way forward and back, in the quickest way here."""
    conv = nn.Conv2d(32, 32, 3, padding=1, bias=False).to(device)
    x = torch.randn(64, 32, 32, 32, device=device)

    def seconds_of(way: Precision) -> float:
        form = torch.channels_last if way.channels_last else torch.contiguous_format
        conv.to(memory_format=form)  # type: ignore[call-overload]
        given = x.to(memory_format=form)  # type: ignore[call-overload]

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
        What the clock leaves for training; infinity for a budget in epochs or steps.
    trial
        ``trial(settings, precision, batch)`` gives the seconds of one step.
    fixed_size
        Whether the user has said the size, or gave the net.
    """
    probe = own or Assembled(shapes, outputs, recipe.net)
    ways = candidates(device, probe, seconds=seconds)

    def seconds_of(way: Precision) -> float:
        return trial(recipe.net, way, recipe.batch)

    way, table = fastest(ways, seconds_of)
    step = table[str(way)]
    if math.isinf(step):
        raise SettingError("the net cannot do one step", where="net", came=", ".join(table))
    steps_in_epoch = max(1, rows // recipe.batch)
    found, step_seconds = recipe, step
    if not fixed_size and math.isfinite(seconds):
        found, step_seconds = _grow(recipe, way, step, steps_in_epoch, seconds, trial)
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
) -> tuple[Recipe, float]:
    """Go up the dial while the clock allows the epochs that the recipe wants, or down until it does."""
    names = list(SIZES)
    at = names.index(str(recipe.net.size))
    enough = recipe.epochs_wanted

    def epochs(step_seconds: float) -> float:
        return seconds / (step_seconds * steps_in_epoch)

    while epochs(step) < 0.5 * enough and at > 0:
        at -= 1
        step = trial(recipe.at_size(names[at]).net, way, recipe.batch)
    # The next size up costs about four times as much: it is not even tried where that is plainly too much.
    while at < names.index(recipe.largest) and epochs(2 * step) >= enough:
        longer = trial(recipe.at_size(names[at + 1]).net, way, recipe.batch)
        if epochs(longer) < enough:
            break
        at, step = at + 1, longer
    return recipe.at_size(names[at]), step
