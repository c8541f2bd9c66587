"""How examples are varied in training, and the random numbers for it.

Legend: B examples in a batch.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepen.config import Settings

__all__ = ["Augmentation", "Draw"]


class Augmentation(Settings):
    """How examples are varied in training, each kind by its own fields. Nothing is varied by default.

    Parameters
    ----------
    flip
        Mirror half of the pictures left to right.
    shift
        Move by up to this many pixels each way; what comes in at the border is mirrored.
    cutout
        Paint a square of this many pixels with the mean (DeVries and Taylor 2017).
    turn, zoom
        Turn by up to this many degrees, and grow or shrink by up to this share.
    mixup
        Mix pairs of pictures and their targets, by a weight from Beta(mixup, mixup) (Zhang et al. 2018).
    delay
        Move recordings by up to this share of their longest length, later in time.
    speed
        Play recordings and series faster or slower by up to this share, pitch and all (Ko et al. 2015).
    gain
        Make recordings and series louder or softer by up to this many nepers (0.5: 0.6 to 1.6 times).
    noise
        Add normal noise of so many deviations to series.
    mask_bands, mask_frames
        Blank up to this share of a recording's frequency bands, and of its time (SpecAugment, Park et al. 2019).
    """

    flip: bool = False
    shift: int = 0
    cutout: int = 0
    turn: float = 0.0
    zoom: float = 0.0
    mixup: float = 0.0
    delay: float = 0.0
    speed: float = 0.0
    gain: float = 0.0
    noise: float = 0.0
    mask_bands: float = 0.0
    mask_frames: float = 0.0

    def __str__(self) -> str:
        words = ["flip"] if self.flip else []
        numbers = {name.replace("_", " "): value for name, value in vars(self).items() if name != "flip"}
        words += [f"{name} {value:g}" for name, value in numbers.items() if value]
        return ", ".join(words) or "none"


class Draw:
    """Random numbers for a share of a batch, as the whole batch would have drawn them."""

    def __init__(self, count: int, rows: slice, generator: torch.Generator, device: torch.device) -> None:
        self.whole = count * (rows.step or 1)
        self.rows, self._generator, self._device = rows, generator, device

    def uniform(self, *more: int) -> Tensor:
        """Draw from 0 to 1: (B,), or (B, ...) with further dimensions."""
        return torch.rand(self.whole, *more, generator=self._generator, device=self._device)[self.rows]

    def normal(self, *more: int) -> Tensor:
        """Draw from the standard normal distribution: (B, ...)."""
        return torch.randn(self.whole, *more, generator=self._generator, device=self._device)[self.rows]

    def whole_number(self, low: int, high: int) -> Tensor:
        """Draw whole numbers from low to high, both included: (B,)."""
        drawn = torch.randint(low, high + 1, (self.whole,), generator=self._generator, device=self._device)
        return drawn[self.rows]
