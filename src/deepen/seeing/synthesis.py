"""Inputs made for a unit by gradient ascent: what would excite it most (Erhan, Bengio, Courville and Vincent 2009).

Ascent alone finds noise to which no eye sees a meaning. It is held back by what Olah, Mordvintsev and Schubert (2017,
"Feature visualization") list: the input is shifted by a random step before each look, so that it must work wherever it
stands; it decays towards the mean; its steps weigh the frequencies of the gradient by 1/f, as those of natural images
are; and it never leaves the range that real inputs have. Shifts and decay end before the ascent does, and where a unit
sees a few places only, the weighing too, so that the small sharp things which first layers want are reached.

Legend: U units, C channels, H height, W width, T steps.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from deepen.data.kinds import Audio, Image, Series
from deepen.nets.axes import Field
from deepen.nets.catching import outputs
from deepen.nets.levels import Level
from deepen.nets.standing import caught
from deepen.shapes import Grid, Sequence, Shape

__all__ = ["bounds_of", "excitement", "synthesise"]

STEPS = 160  # of ascent; on Fashion-MNIST pictures change little beyond 100 (looked at)
_RATE = 0.08  # of a standard deviation in each step, on average over the input (assumed)
_DECAY = 0.005  # of the distance to the mean, in each step (assumed)
_TRIES = (
    96  # noises, of which each unit begins with the one that it likes best: at rest a ReLU has no gradient
)
_FREE = 0.6  # of the steps, after which the input is neither shifted nor decays (assumed)
_NEAR = (
    12  # places that a unit sees, up to which frequencies are then not weighed (looked at on Fashion-MNIST)
)
_NOISES = (0.3, 1.0, 2.0)  # standard deviations, of a third of the noises each
_FURTHEST = 3.0  # standard deviations from the mean, where the range of real inputs is not known (assumed)


def bounds_of(kind: object, shape: Shape) -> tuple[Tensor, Tensor]:
    """The range of real inputs as the net reads them, of each channel: black and white, silence and the loudest.

    Returns
    -------
    low, high
        Both of a shape that fits (U, C, H, W) or (U, T, C). Where nothing bounds them, three deviations.
    """
    if isinstance(kind, Image):
        mean, std = (torch.tensor(v).view(-1, 1, 1) for v in (kind.mean, kind.std))
        return (0 - mean) / std, (255 - mean) / std
    if isinstance(kind, Audio):
        low, high = ((v - torch.tensor(kind.mean)) / torch.tensor(kind.std) for v in (-kind.depth, 0.0))
    else:
        assert isinstance(kind, Series)
        low, high = (torch.full((kind.channels,), v) for v in (-_FURTHEST, _FURTHEST))
    assert isinstance(shape, Sequence)
    # No step is marked as missing, and every one is its own.
    marks = torch.zeros(shape.c - len(low) - shape.ragged)
    own = torch.ones(int(shape.ragged))
    return torch.cat([low, marks, own]), torch.cat([high, marks, own])


def synthesise(
    net: nn.Module,
    level: Level,
    inputs: Mapping[str, Tensor],
    which: str,
    units: list[int],
    shapes: Mapping[str, Shape],
    bounds: tuple[Tensor, Tensor],
    *,
    steps: int | None = None,
    seed: int = 0,
) -> Tensor:
    """Make an input for each of some units of a level.

    Where the units stand on a grid or on steps, the one in the middle is excited.

    Parameters
    ----------
    net
        In evaluation mode.
    inputs
        One example of every input; what is not ``which`` stays as it is.
    which
        The input to make: a grid or a sequence of numbers.
    bounds
        The least and the largest value of each number, see :func:`bounds_of`.
    steps
        Of ascent; ``STEPS`` by default.
    seed
        Of the noise to begin with, and of the shifts.

    Returns
    -------
    Tensor
        (U, ...), as the net reads it.
    """
    generator = torch.Generator().manual_seed(seed)
    shape, one = shapes[which], inputs[which]
    device = one.device
    low, high = (b.to(device) for b in bounds)
    U, axes = len(units), _axes(shape)
    with torch.no_grad():
        noise = torch.randn(_TRIES, *one.shape[1:], generator=generator).to(device)
        noise[::2] = _natural(noise[::2], axes)  # smooth ones, and ones that are not
        noise *= (
            noise.new_tensor(_NOISES)
            .repeat_interleave(_TRIES // len(_NOISES))
            .view(-1, *[1] * (one.ndim - 1))
        )
        noise = noise.clamp(low, high)
        x = _begun(
            noise, _at(net, level, _with(inputs, which, noise), shapes)[:, units], level.fields.get(which)
        )
    centre = torch.zeros_like(low).clamp(low, high)
    steps = STEPS if steps is None else steps
    near = max(level.size(which) or (_NEAR + 1,)) <= _NEAR
    for step in range(steps):
        free = step >= _FREE * steps
        shift = [
            0 if free else int(torch.randint(-r, r + 1, (1,), generator=generator)) for r in _reach(one, axes)
        ]
        x.requires_grad_(True)
        moved = torch.roll(x, shift, dims=axes) if axes else x
        value = _middle(_at(net, level, _with(inputs, which, moved), shapes))[torch.arange(U), units]
        (gradient,) = torch.autograd.grad(value.sum(), x)
        with torch.no_grad():
            towards = _natural(gradient, [] if free and near else axes)
            x = x + _RATE * towards + (0.0 if free else _DECAY) * (centre - x)
            x = x.clamp(low, high)
    return x.detach()


@torch.no_grad()
def excitement(
    net: nn.Module, level: Level, inputs: Mapping[str, Tensor], shapes: Mapping[str, Shape]
) -> Tensor:
    """Give the largest value of every unit of a level over all its places: (B, U)."""
    with caught(net, [level], inputs, shapes) as found:
        outputs(net, inputs)
    return found[level.name].peaks()[0]


def _at(net: nn.Module, level: Level, inputs: Mapping[str, Tensor], shapes: Mapping[str, Shape]) -> Tensor:
    """What stands on a level: (B, U, P...)."""
    with caught(net, [level], inputs, shapes) as found:
        outputs(net, inputs)
    return found[level.name].values


def _middle(values: Tensor) -> Tensor:
    """What stands in the middle of a level (B, U, P...): (B, U)."""
    for _ in range(values.ndim - 2):
        values = values[:, :, values.shape[2] // 2]
    return values


def _begun(noise: Tensor, liked: Tensor, field: Field | None) -> Tensor:
    """Give each unit the noise that it likes best, moved so that what it likes lies in the middle: (U, ...).

    Parameters
    ----------
    noise, liked
        The noises (tries, ...), and what the units say to each at every place (tries, U, P...).
    field
        What a place sees.
    """
    found = []
    for unit in range(liked.shape[1]):
        best = torch.unravel_index(liked[:, unit].argmax(), liked[:, unit].shape)
        one = noise[int(best[0])]
        for k, at in enumerate(best[1:]):
            axis = field[2 + k] if field else None
            if axis is not None:
                one = torch.roll(one, (liked.shape[2 + k] // 2 - int(at)) * axis.jump, dims=axis.of - 1)
        found.append(one)
    return torch.stack(found)


def _with(inputs: Mapping[str, Tensor], which: str, x: Tensor) -> dict[str, Tensor]:
    return {k: x if k == which else v.expand(len(x), *v.shape[1:]) for k, v in inputs.items()}


def _axes(shape: Shape) -> list[int]:
    """The axes along which an input may be shifted, and that have frequencies."""
    return [2, 3] if isinstance(shape, Grid) else [1] if isinstance(shape, Sequence) else []


def _reach(x: Tensor, axes: list[int]) -> list[int]:
    return [min(4, max(1, x.shape[a] // 16)) for a in axes]


def _natural(x: Tensor, axes: list[int]) -> Tensor:
    """Weigh the frequencies of x along some axes by 1/f, and bring each example to a root mean square of 1."""
    if axes:
        sides = [x.shape[a] for a in axes]
        square = torch.zeros([1] * x.ndim, device=x.device)
        for axis, n in zip(axes, sides, strict=True):
            f = torch.fft.rfftfreq(n) if axis == axes[-1] else torch.fft.fftfreq(n)
            square = square + f.to(x.device).square().view([-1 if k == axis else 1 for k in range(x.ndim)])
        weight = 1 / square.sqrt().clamp_min(1 / max(sides))
        x = torch.fft.irfftn(torch.fft.rfftn(x, dim=axes) * weight, s=sides, dim=axes)
    size = x.flatten(1).square().mean(1).sqrt().clamp_min(1e-12)
    return x / size.view(-1, *[1] * (x.ndim - 1))
