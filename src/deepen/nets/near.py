"""A linear head on pictures' nearness to centroids: what k-means has learned, as a net that learns from labels.

Legend: B pictures, C channels, H height, W width, D = C H W pixels, F features, O outputs.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from deepen.nets.centroids import Centroids
from deepen.shapes import Grid

__all__ = ["Near"]


class Near(nn.Module):
    """Centroids that stay as they are, features standardised, and a linear head that learns (Coates, Lee and Ng 2011).

    Parameters
    ----------
    shape
        The pictures.
    outputs
        O of the head, which begins at zero; or None: then ``forward`` gives the features.
    channels, centroids, patch, stride, pools
        Of :class:`~deepen.nets.centroids.Centroids`.

    Attributes
    ----------
    reader : str
        By which name :data:`deepen.nets.readers.GIVEN` knows it.
    features_n : int
        F.
    given : dict
        What builds it again for the same pictures, as plain data.
    mean, scale : torch.Tensor
        (F,) by which features are standardised: of pictures of the training part.

    Examples
    --------
    >>> net = Near(Grid(3, 12, 12), 2, channels=3, centroids=5, patch=4)
    >>> net(torch.rand(6, 3, 12, 12)).shape, net.features_n
    (torch.Size([6, 2]), 20)
    """

    reader = "kmeans"

    def __init__(
        self,
        shape: Grid,
        outputs: int | None,
        *,
        channels: int,
        centroids: int,
        patch: int,
        stride: int = 1,
        pools: int = 2,
    ) -> None:
        super().__init__()
        self.given: dict[str, Any] = {
            "channels": channels, "centroids": centroids, "patch": patch, "stride": stride, "pools": pools,
        }  # fmt: skip
        self.centroids = Centroids(channels, centroids, patch=patch, stride=stride, pools=pools)
        self.features_n = self.centroids(torch.zeros(1, shape.c, shape.h, shape.w)).shape[1]
        self.shift: Tensor
        self.spread: Tensor
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("shift", torch.zeros(shape.c, 1, 1))
        self.register_buffer("spread", torch.ones(shape.c, 1, 1))
        self.register_buffer("mean", torch.zeros(self.features_n))
        self.register_buffer("scale", torch.ones(self.features_n))
        self.head: nn.Module = nn.Identity()
        if outputs is not None:
            self.head = nn.Linear(self.features_n, outputs)
            nn.init.zeros_(self.head.weight)
            nn.init.zeros_(self.head.bias)

    def features(self, x: Tensor) -> Tensor:
        """What the head reads, of pictures (B, C, H, W): (B, F)."""
        # A squared distance is a small difference of large terms: never in half precision, whatever is around.
        usual = torch.autocast(x.device.type, enabled=False) if x.device.type != "meta" else nullcontext()
        with usual:
            found: Tensor = self.centroids(x.float() * self.spread + self.shift)
            return (found - self.mean) / self.scale

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs: (B, O)."""
        return self.head(self.features(x))  # type: ignore[no-any-return]

    @torch.no_grad()
    def reads_standardised(self, mean: Tensor, deviation: Tensor) -> None:
        """Take pictures from here on that were standardised by (D,) mean and deviation, alike over each channel."""
        self.shift.copy_(mean.view(len(self.shift), -1)[:, :1, None])
        self.spread.copy_(deviation.view(len(self.spread), -1)[:, :1, None])
