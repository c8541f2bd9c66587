"""What becomes of a batch of series on its device: how it is varied.

Legend: B series in a batch, T steps, C channels measured, M marks, C' = C + M.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepen.data.kinds.augmentation import Augmentation, Draw

__all__ = ["varied"]


def varied(values: Tensor, channels: int, how: Augmentation, draw: Draw, *, ragged: bool) -> Tensor:
    """Vary series (B, T, C'): speed, size, noise; the marks stay marks, and the ends where they are.

    Parameters
    ----------
    channels
        C: the first channels, which were measured; the others are marks.
    ragged
        Whether the last mark says which steps are own.
    """
    measured, marks = values[..., :channels], values[..., channels:]  # (B, T, C), (B, T, M)
    own = marks[..., -1:] if ragged else torch.ones_like(values[..., :1])  # (B, T, 1)
    if how.speed:
        measured, marks = _played(measured, marks, own, 1 + how.speed * (2 * draw.uniform() - 1))
        marks = torch.cat([marks[..., :-1] * own, own], dim=2) if ragged else marks
    if how.gain:
        measured = measured * torch.exp(how.gain * (2 * draw.uniform(1, 1) - 1))
    if how.noise:
        measured = measured + how.noise * draw.normal(*measured.shape[1:])
    return torch.cat([measured * own, marks], dim=2)


def _played(measured: Tensor, marks: Tensor, own: Tensor, speed: Tensor) -> tuple[Tensor, Tensor]:
    """Play faster or slower (B), by straight lines from step to step: what is missing at the end is held."""
    T, last = own.shape[1], own.sum(1).long().clamp(min=1) - 1  # (B, 1)
    at = torch.arange(T, device=own.device) * speed[:, None]  # (B, T)
    at = torch.minimum(at, last)
    before = at.long()
    share = (at - before)[..., None]
    after = torch.minimum(before + 1, last)

    def gathered(x: Tensor, index: Tensor) -> Tensor:
        return x.gather(1, index[..., None].expand(-1, -1, x.shape[2]))

    played = torch.lerp(gathered(measured, before), gathered(measured, after), share)
    return played, gathered(marks, torch.where(share[..., 0] < 0.5, before, after))
