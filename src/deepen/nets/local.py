"""Local receptive fields with weights of their own, pooling, and local contrast normalisation (Le et al. 2012).

Legend: B pictures, C channels, H height, W width, S a field's side, P places of a field, D = C S S numbers in it,
K maps, R rows and L columns of pools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

__all__ = ["LocalNet", "LocalStage", "StageShape", "contrast_normalised"]

_TINY = 1e-2  # under the pools' roots, where the slope would be infinite (assumed)


@dataclass(frozen=True)
class StageShape:
    """The shape of a stage.

    Parameters
    ----------
    maps
        K: how many units look at each field.
    field, stride
        S, and how far it is from one field to the next.
    pool
        The side of the square of fields over which a map is pooled; pools lie one field apart.
    """

    maps: int
    field: int
    stride: int
    pool: int

    def places(self, side: int) -> int:
        """How many fields lie along a side of the picture."""
        return (side - self.field) // self.stride + 1

    def pools(self, side: int) -> int:
        """How many pools lie along a side of the picture; below 1 where it is too small."""
        return self.places(side) - self.pool + 1


class LocalStage(nn.Module):
    """Units that see a field each, with weights that no other field shares, and pools of them.

    Parameters
    ----------
    channels, height, width
        Of what it reads.
    shape
        Its own.

    Examples
    --------
    >>> stage = LocalStage(1, 16, 16, StageShape(maps=4, field=6, stride=2, pool=2))
    >>> stage(torch.rand(3, 1, 16, 16)).shape
    torch.Size([3, 4, 5, 5])
    """

    def __init__(self, channels: int, height: int, width: int, shape: StageShape) -> None:
        super().__init__()
        self.shape = shape
        self.grid = shape.places(height), shape.places(width)
        D = channels * shape.field**2
        self.W = nn.Parameter(torch.randn(self.grid[0] * self.grid[1], D, shape.maps) / D**0.5)

    def fields(self, x: Tensor) -> Tensor:
        """What each field sees: (B, C, H, W) to (P, B, D)."""
        S, T = self.shape.field, self.shape.stride
        cut = x.unfold(2, S, T).unfold(3, S, T)  # (B, C, rows, columns, S, S)
        return cut.permute(2, 3, 0, 1, 4, 5).reshape(len(self.W), len(x), -1)

    def filtered(self, fields: Tensor) -> Tensor:
        """``W^T x`` of each field: (P, B, D) to (P, B, K)."""
        return fields @ self.W

    def pooled(self, h: Tensor) -> Tensor:
        """``sqrt(e + sum h^2)`` over the neighbouring fields of a map: (P, B, K) to (B, K, R, L)."""
        squares = h.square().permute(1, 2, 0).reshape(h.shape[1], h.shape[2], *self.grid)
        summed = nn.functional.avg_pool2d(squares, self.shape.pool, stride=1) * self.shape.pool**2
        return (summed + _TINY).sqrt()

    def forward(self, x: Tensor) -> Tensor:
        """The pools: (B, C, H, W) to (B, K, R, L)."""
        return self.pooled(self.filtered(self.fields(x)))

    def cost(self, x: Tensor, sparsity: float) -> Tensor:
        """The mean over pictures and fields of ``|W W^T x - x|^2 + sparsity sum_j sqrt(e + sum h^2)``.

        That is reconstruction independent component analysis (Le, Karpenko, Ngiam and Ng 2011). Le et al. (2012) decode
        by weights of their own; here they are the encoder's, as otherwise small activations and large decoders would
        cost nothing. Each field reconstructs what it sees, apart from the others that overlap it.
        """
        seen = self.fields(x)
        h = self.filtered(seen)
        lost = (h @ self.W.mT - seen).square().sum()
        return (lost + sparsity * self.pooled(h).sum()) / (len(x) * len(self.W))


class LocalNet(nn.Module):
    """Stages one upon the other, with contrast normalised before each and after the last.

    Parameters
    ----------
    channels, height, width
        Of the pictures.
    shapes
        Of the stages.
    window
        The side of the window of local contrast normalisation.

    Examples
    --------
    >>> net = LocalNet(1, 16, 16, [StageShape(maps=4, field=6, stride=2, pool=2)])
    >>> net(torch.rand(3, 1, 16, 16)).shape
    torch.Size([3, 4, 5, 5])
    """

    def __init__(
        self, channels: int, height: int, width: int, shapes: Sequence[StageShape], *, window: int = 9
    ) -> None:
        super().__init__()
        self.window = window
        self.stages = nn.ModuleList()
        for shape in shapes:
            self.stages.append(LocalStage(channels, height, width, shape))
            channels, height, width = shape.maps, shape.pools(height), shape.pools(width)

    def forward(self, x: Tensor, stages: int | None = None) -> Tensor:
        """What stands on the last stage, or on the first so many: (B, C, H, W) to (B, K, R, L)."""
        x = contrast_normalised(x, self.window)
        for stage in self.stages[:stages]:
            x = contrast_normalised(stage(x), self.window)
        return x


def contrast_normalised(x: Tensor, window: int) -> Tensor:
    """Subtract the mean around each place, and divide by the deviation around it: (B, C, H, W).

    Both are weighed by a Gaussian window, over all channels (Jarrett, Kavukcuoglu, Ranzato and LeCun 2009, section
    2.1); at the borders by what lies within. As there, nothing is divided by less than the picture's mean deviation.

    Examples
    --------
    >>> contrast_normalised(torch.ones(1, 1, 4, 4), 3).abs().max().item() < 1e-5
    True
    """
    apart = x - _around(x, window)
    deviation = _around(apart.square(), window).clamp_min(1e-12).sqrt()
    return apart / deviation.maximum(deviation.mean(dim=(2, 3), keepdim=True)).clamp_min(1e-4)


def _around(x: Tensor, window: int) -> Tensor:
    """The weighed mean over a window and all channels: (B, C, H, W) to (B, 1, H, W)."""
    at = torch.arange(window, device=x.device, dtype=x.dtype) - (window - 1) / 2
    bell = (-0.5 * (at / (window / 4)).square()).exp()
    kernel = (bell[:, None] * bell)[None, None]
    flat = x.mean(dim=1, keepdim=True)
    mass = nn.functional.conv2d(torch.ones_like(flat[:1]), kernel, padding="same")
    return nn.functional.conv2d(flat, kernel, padding="same") / mass
