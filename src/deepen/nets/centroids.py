"""Pictures as their patches' nearness to centroids, summed over regions (Coates, Lee and Ng 2011).

Legend: B pictures, C channels, H height, W width, S the patch's side, P places of a patch, M patches, D = C S S
numbers in a patch, K centroids, Q regions.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["Centroids", "regions"]

# Of a squared distance, where a patch is a centroid: what is left of the terms' difference is rounding (assumed).
_LEAST = 1e-4


class Centroids(nn.Module):
    """Patches normalised, whitened, compared with K centroids, and summed up.

    It is fitted, not trained by gradients: all that it knows stands in buffers, which are zero at first.

    Parameters
    ----------
    channels, centroids
        C and K.
    patch
        S.
    stride
        From one place to the next.
    pools
        Regions along each side, over which activations are summed; fewer where there are fewer places.
    in_half
        The product with the centroids in bfloat16.

    Examples
    --------
    >>> Centroids(3, 5, patch=6)(torch.rand(2, 3, 32, 32)).shape
    torch.Size([2, 20])
    """

    floor: Tensor
    mean: Tensor
    whitening: Tensor
    centroids: Tensor

    def __init__(
        self,
        channels: int,
        centroids: int,
        *,
        patch: int,
        stride: int = 1,
        pools: int = 2,
        in_half: bool = False,
    ) -> None:
        super().__init__()
        self.patch, self.stride, self.pools, self.in_half = patch, stride, pools, in_half
        D = channels * patch**2
        self.register_buffer("floor", torch.ones(()))
        self.register_buffer("mean", torch.zeros(D))
        self.register_buffer("whitening", torch.eye(D))
        self.register_buffer("centroids", torch.zeros(centroids, D))

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """How many places a patch has along each side."""
        return (height - self.patch) // self.stride + 1, (width - self.patch) // self.stride + 1

    def patches(self, x: Tensor) -> Tensor:
        """Every patch, place after place: (B, C, H, W) to (B P, D)."""
        cut = x.unfold(2, self.patch, self.stride).unfold(3, self.patch, self.stride)
        return cut.permute(0, 2, 3, 1, 4, 5).reshape(-1, len(self.mean))

    def normalised(self, patches: Tensor) -> Tensor:
        """Patches with mean 0 and about the same contrast, (M, D): ``(x - mean) / sqrt(var + floor)``."""
        apart = patches - patches.mean(dim=1, keepdim=True)
        variance = apart.square().mean(
            dim=1, keepdim=True
        )  # four times as quick as torch.var_mean on a CPU (measured)
        return apart.mul_((variance + self.floor).rsqrt())

    def whitened(self, normalised: Tensor) -> Tensor:
        """Patches whose numbers are about uncorrelated: (M, D)."""
        return torch.addmm(-self.mean @ self.whitening, normalised, self.whitening)

    def distances(self, x: Tensor) -> Tensor:
        """``z_k = |x - c_k|`` of whitened patches: (M, D) to (M, K)."""
        own = self.centroids.square().sum(dim=1)
        if self.in_half:
            squares = (x.bfloat16() @ self.centroids.T.bfloat16()).float().mul_(-2).add_(own)
        else:
            squares = torch.addmm(own, x, self.centroids.T, alpha=-2)
        squares += x.square().sum(dim=1, keepdim=True)
        return squares.clamp_min_(_LEAST).sqrt_()

    def triangle(self, z: Tensor) -> Tensor:
        """``max(0, mean(z) - z_k)``: how much nearer than the mean a centroid is, (M, K); ``z`` is overwritten."""
        return torch.sub(z.mean(dim=1, keepdim=True), z, out=z).relu_()

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        """Pictures to the sums over each region, region after region: (B, C, H, W) to (B, Q K)."""
        z = self.distances(self.whitened(self.normalised(self.patches(x))))
        over = regions(self.grid(*x.shape[2:]), self.pools).to(z)  # (Q, P)
        return (over @ self.triangle(z).view(len(x), -1, len(self.centroids))).flatten(1)


def regions(grid: tuple[int, int], pools: int) -> Tensor:
    """Which places belong to which region: (Q, P) of zeros and ones.

    Examples
    --------
    >>> regions((1, 3), 2).tolist()  # one row of three places: two regions, the first with two places
    [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    sides = []
    for places in grid:
        count = min(pools, places)
        of = torch.arange(places) * count // places
        sides.append(nn.functional.one_hot(of, count).T.float())
    return torch.kron(sides[0], sides[1])
