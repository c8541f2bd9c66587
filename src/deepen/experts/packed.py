"""Positions kept as a net sees them, a bit for each place of a plane: millions of them fit into memory.

A plane of a board game is either a set of places, or one number all over the board. Go on 19x19 with 15 planes takes
750 bytes for a position instead of 21,660.

Legend: N positions, B of them, C planes, H rows, W columns, P = H W places, Q = P / 8 bytes, rounded up.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from deepen.shapes import Grid

__all__ = ["PackedPlanes", "packed"]


@dataclass(frozen=True)
class PackedPlanes:
    """Planes of N positions.

    Parameters
    ----------
    shape
        The planes'.
    bits
        (N, C, Q) uint8: the places of each plane; all zero where it is one number.
    level
        (N, C) float32: that number; 0 where the plane is places.
    """

    shape: Grid
    bits: Tensor
    level: Tensor

    def __len__(self) -> int:
        return len(self.bits)

    @property
    def bytes(self) -> int:
        """What they take."""
        return self.bits.numel() + 4 * self.level.numel()

    def planes(self, rows: Tensor, device: torch.device | str = "cpu") -> Tensor:
        """Give the planes at ``rows`` (B,): (B, C, H, W) float32, made on the device."""
        bits, level = self.bits[rows].to(device), self.level[rows].to(device)
        places = _open(bits, self.shape.h * self.shape.w).float()  # (B, C, P)
        return (places + level[..., None]).view(-1, self.shape.c, self.shape.h, self.shape.w)

    @classmethod
    def cat(cls, parts: list[PackedPlanes]) -> PackedPlanes:
        """Lay several one behind the other."""
        return cls(parts[0].shape, torch.cat([p.bits for p in parts]), torch.cat([p.level for p in parts]))


def packed(planes: Tensor) -> PackedPlanes:
    """Pack planes (N, C, H, W).

    Examples
    --------
    >>> kept = packed(torch.tensor([[[[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [0.5, 0.5]]]]))
    >>> kept.bits.tolist(), kept.level.tolist(), kept.planes(torch.tensor([0])).tolist()
    ([[[9], [0]]], [[0.0, 0.5]], [[[[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [0.5, 0.5]]]])
    """
    _, c, h, w = planes.shape
    flat = planes.flatten(2)  # (N, C, P)
    level = torch.where(flat.amax(2) == flat.amin(2), flat[..., 0], 0)  # (N, C)
    places = F.pad(flat - level[..., None], (0, -(h * w) % 8))
    # Cheaper than asking each whether it is 0 or 1: of what is not, the square is another number.
    assert torch.equal(places.square().sum(2), places.sum(2)), "a plane is places, or one number all over"
    weights = 2.0 ** torch.arange(8, device=planes.device)
    bits = (places.view(*level.shape, places.shape[2] // 8, 8) @ weights).to(torch.uint8)
    return PackedPlanes(Grid(c, h, w), bits, level)


def _open(bits: Tensor, places: int) -> Tensor:
    """Unpack (B, C, Q) into the bits (B, C, P), 0 or 1."""
    shifts = torch.arange(8, dtype=torch.uint8, device=bits.device)
    return ((bits[..., None] >> shifts) & 1).flatten(2)[..., :places]
