"""Encoder and decoder of convolutions, for square pictures given as flat rows.

Legend: B examples, S side, D = S S pixels, C channels, K outputs of the encoder.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepen.errors import SettingError

__all__ = ["ConvDecoder", "ConvEncoder"]


class ConvEncoder(nn.Module):
    """Convolutions that each halve the side, and a linear layer.

    Parameters
    ----------
    side
        S.
    channels
        Of each convolution, 3 by 3, with a stride of two and ReLU.
    outputs
        K.

    Examples
    --------
    >>> ConvEncoder(28, [8, 16], 5)(torch.rand(2, 784)).shape
    torch.Size([2, 5])
    """

    def __init__(self, side: int, channels: Sequence[int], outputs: int) -> None:
        super().__init__()
        self._side = side
        self.layers = nn.ModuleList(
            nn.Conv2d(i, o, 3, stride=2, padding=1) for i, o in itertools.pairwise([1, *channels])
        )
        _begin(self.layers)
        self.codes = nn.Linear(channels[-1] * sides(side, len(channels))[-1] ** 2, outputs)

    @torch.no_grad()
    def filters(self) -> Tensor:
        """The weights between a picture and the first convolution's units in its middle, one for each channel: (C, D).

        Examples
        --------
        >>> ConvEncoder(4, [2], 5).filters().view(2, 4, 4)[:, 0].count_nonzero().item()  # the middle is below
        0
        """
        first = self.layers[0]
        assert isinstance(first, nn.Conv2d)
        middle = -(-self._side // 2) // 2
        whole = first.weight.new_zeros(first.out_channels, self._side + 2, self._side + 2)  # with the padding
        whole[:, 2 * middle : 2 * middle + 3, 2 * middle : 2 * middle + 3] = first.weight[:, 0]
        return whole[:, 1:-1, 1:-1].flatten(1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, D) to (B, K)."""
        h = x.view(-1, 1, self._side, self._side)
        for layer in self.layers:
            h = torch.relu(layer(h))
        return self.codes(h.flatten(1))  # type: ignore[no-any-return]


class ConvDecoder(nn.Module):
    """The encoder's way back: a linear layer, and transposed convolutions that each double the side.

    Parameters
    ----------
    side, channels
        As the encoder's.
    codes
        How many codes it reads.

    Examples
    --------
    >>> ConvDecoder(28, [8, 16], 5)(torch.rand(2, 5)).shape
    torch.Size([2, 784])
    """

    def __init__(self, side: int, channels: Sequence[int], codes: int) -> None:
        super().__init__()
        grown = sides(side, len(channels))[::-1]  # from the smallest to S
        widths = [*reversed(channels), 1]
        self._first = (widths[0], grown[0], grown[0])
        self.codes = nn.Linear(codes, math.prod(self._first))
        # A side that was odd lost nothing by the stride: it is met again without the added row.
        self.layers = nn.ModuleList(
            nn.ConvTranspose2d(i, o, 3, stride=2, padding=1, output_padding=after - 2 * before + 1)
            for (i, o), (before, after) in zip(
                itertools.pairwise(widths), itertools.pairwise(grown), strict=True
            )
        )
        _begin(self.layers)

    def forward(self, codes: Tensor) -> Tensor:
        """Map (B, K) to the visible units' inputs (B, D)."""
        h = torch.relu(self.codes(codes)).view(-1, *self._first)
        for layer in self.layers[:-1]:
            h = torch.relu(layer(h))
        return self.layers[-1](h).flatten(1)  # type: ignore[no-any-return]


def sides(side: int, halvings: int) -> list[int]:
    """The side of a picture before and after each halving, rounded up.

    Raises
    ------
    SettingError
        If nothing would be left to halve.

    Examples
    --------
    >>> sides(28, 3)
    [28, 14, 7, 4]
    """
    found = [side]
    for _ in range(halvings):
        if found[-1] < 2:
            raise SettingError(
                "more convolutions than the picture can be halved", where="layers",
                allowed=f"up to {(side - 1).bit_length()} before the codes of a picture of {side} x {side}",
                came=str(halvings),
            )  # fmt: skip
        found.append(-(-found[-1] // 2))
    return found


def _begin(layers: nn.ModuleList) -> None:
    """Let weights begin as He et al. (2015) say."""
    for layer in layers:
        assert isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
        # A transposed convolution's inputs reach each place through a quarter of its nine weights, by the stride.
        fan = layer.in_channels * 9 / (4 if isinstance(layer, nn.ConvTranspose2d) else 1)
        nn.init.normal_(layer.weight, std=math.sqrt(2 / fan))
        assert layer.bias is not None
        nn.init.zeros_(layer.bias)
