"""What becomes of a batch of pictures on its device: augmentation and scaling, as batched tensor operations.

Legend: B examples, H height, W width, C channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from deepen.data.kinds.augmentation import Augmentation, Draw

__all__ = ["augment", "mix", "scale", "views"]


def augment(
    pixels: Tensor, how: Augmentation, generator: torch.Generator, rows: slice = slice(None)
) -> Tensor:
    """Vary a batch of pixels.

    Parameters
    ----------
    pixels
        (B, H, W, C) uint8: this process's share of a batch.
    how
        What is varied, and how far.
    generator
        On the device of the pixels. It is advanced by a whole batch, whatever share of it is here.
    rows
        Which rows of the whole batch these are.

    Returns
    -------
    Tensor
        (B, H, W, C) uint8.
    """
    batch = Draw(len(pixels), rows, generator, pixels.device)
    if how.turn or how.zoom:
        pixels = _turned(pixels, how, batch)
    if how.flip or how.shift:
        pixels = _moved(pixels, how, batch)
    if how.cutout:
        pixels = _cut(pixels, how.cutout, batch)
    return pixels


def _moved(pixels: Tensor, how: Augmentation, draw: Draw) -> Tensor:
    """Flip and shift in one pass: each pixel is fetched from where it comes from."""
    B, H, W, C = pixels.shape
    y = torch.arange(H, device=pixels.device).expand(B, H)
    x = torch.arange(W, device=pixels.device).expand(B, W)
    if how.shift:
        y = _mirrored(y + draw.whole_number(-how.shift, how.shift)[:, None], H)
        x = _mirrored(x + draw.whole_number(-how.shift, how.shift)[:, None], W)
    if how.flip:
        x = torch.where((draw.uniform() < 0.5)[:, None], W - 1 - x, x)
    at = (torch.arange(B, device=pixels.device)[:, None, None] * H + y[:, :, None]) * W + x[:, None, :]
    return pixels.reshape(B * H * W, C).index_select(0, at.reshape(-1)).view(B, H, W, C)


def _mirrored(at: Tensor, size: int) -> Tensor:
    """Fold positions outside back inside, without repeating the border."""
    period = max(1, 2 * (size - 1))
    folded = at.abs() % period
    return torch.minimum(folded, period - folded)


def _cut(pixels: Tensor, side: int, draw: Draw) -> Tensor:
    H, W = pixels.shape[1:3]
    top, left = draw.whole_number(0, H - 1), draw.whole_number(0, W - 1)
    y, x = torch.arange(H, device=pixels.device), torch.arange(W, device=pixels.device)
    inside_y = (y - top[:, None] + side // 2) % (2 * H) < side
    inside_x = (x - left[:, None] + side // 2) % (2 * W) < side
    hole = (inside_y[:, :, None] & inside_x[:, None, :])[..., None]
    mean = pixels.float().mean(dim=(1, 2), keepdim=True).to(pixels.dtype)
    return torch.where(hole, mean, pixels)


def _turned(pixels: Tensor, how: Augmentation, draw: Draw) -> Tensor:
    angle = (2 * draw.uniform() - 1) * how.turn * torch.pi / 180
    zoom = 1 + (2 * draw.uniform() - 1) * how.zoom
    cosine, sine = torch.cos(angle) * zoom, torch.sin(angle) * zoom
    H, W = pixels.shape[1:3]
    zero = torch.zeros_like(angle)
    rows = [torch.stack([cosine, -sine * H / W, zero], 1), torch.stack([sine * W / H, cosine, zero], 1)]
    images = pixels.permute(0, 3, 1, 2).float()
    grid = F.affine_grid(torch.stack(rows, 1), list(images.shape), align_corners=False)
    turned = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    return turned.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1)


def mix(x: Tensor, target: Tensor, strength: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Mix each example with its neighbour in the batch, by one weight for the batch.

    Parameters
    ----------
    x
        (B, ...) floats.
    target
        (B, K) floats: class shares or labels.

    Notes
    -----
    Neighbours are those of this process's share of the batch, so with mixing several processes do not give
    exactly what one gives.
    """
    # In doubles: by small strengths both would often fall below the least float, and the weight be 1/2.
    shape = torch.full((1,), strength, dtype=torch.float64, device=generator.device)
    a, b = (torch._standard_gamma(shape, generator=generator) for _ in range(2))
    weight = float(a / (a + b))
    weight = max(weight, 1 - weight)
    return weight * x + (1 - weight) * x.roll(1, 0), weight * target + (1 - weight) * target.roll(1, 0)


def views(
    inputs: Mapping[str, Tensor], pictures: set[str], *, mirror: bool, nudge: bool
) -> list[Mapping[str, Tensor]]:
    """Give the views of a batch whose answers are to be averaged: as it is, moved by a pixel, mirrored.

    Parameters
    ----------
    inputs
        By name; pictures (B, H, W, C).
    pictures
        Which of the inputs are pictures; the others are the same in every view.
    """

    def changed(of: Mapping[str, Tensor], change: Callable[[Tensor], Tensor]) -> Mapping[str, Tensor]:
        return {name: change(x) if name in pictures else x for name, x in of.items()}

    found = [inputs]
    if nudge:
        found += [changed(inputs, lambda x, by=by: _nudged(x, by)) for by in (-1, 1)]  # type: ignore[misc]
    if mirror:
        found += [changed(view, lambda x: x.flip(2)) for view in found]
    return found


def _nudged(pixels: Tensor, by: int) -> Tensor:
    """Move down and right by some pixels; what comes in at the border is mirrored."""
    H, W = pixels.shape[1:3]
    y = _mirrored(torch.arange(H, device=pixels.device) - by, H)
    x = _mirrored(torch.arange(W, device=pixels.device) - by, W)
    return pixels.index_select(1, y).index_select(2, x)


def scale(pixels: Tensor, means: Sequence[float], deviations: Sequence[float]) -> Tensor:
    """Bring pixels to mean 0 and deviation 1, given the channels' own.

    From (B, H, W, C) uint8 to (B, C, H, W) floats, channels last in memory.
    """
    B, H, W, C = pixels.shape
    std = torch.tensor(deviations, dtype=torch.float32, device=pixels.device)
    mean = torch.tensor(means, dtype=torch.float32, device=pixels.device)
    # A row at a time, with the channels' figures repeated along it: over the last dimension of 1 or 3 alone a
    # CPU cannot use its vector units.
    flat = pixels.reshape(B, H, W * C).to(torch.float32)
    flat.sub_(mean.repeat(W)).mul_((1 / std).repeat(W))
    return flat.view(B, H, W, C).permute(0, 3, 1, 2)
