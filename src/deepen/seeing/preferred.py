"""The inputs that excite each unit of a level most, and the part of them that it sees.

As Zeiler and Fergus (2014), "Visualizing and understanding convolutional networks", section 4, do: of each input a
unit's largest activation counts, and the part shown is its receptive field there.

Legend: B examples in a batch, U units, k inputs kept for each unit, P places.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from deepen.nets.axes import Field
from deepen.nets.standing import Standing

__all__ = ["Best", "Preferred", "seen_at"]


@dataclass(frozen=True, eq=False)
class Preferred:
    """The k inputs that excite each unit most, the strongest first.

    Parameters
    ----------
    rows
        (U, k) row numbers.
    values
        (U, k) the units' activations.
    places
        (U, k, axes) where on the level's grid, or at which step, that was; no axis where there are no places.
    """

    rows: np.ndarray
    values: np.ndarray
    places: np.ndarray


@dataclass
class Best:
    """Keeps the best k of all batches shown to it, for every unit of one level.

    Examples
    --------
    >>> best = Best(k=2)
    >>> best.add(np.array([7, 8, 9]), Standing(torch.tensor([[1.0], [3.0], [2.0]])))
    >>> best.found().rows.tolist(), best.found().values.tolist()
    ([[8, 9]], [[3.0, 2.0]])
    """

    k: int
    _values: Tensor | None = field(default=None, repr=False)
    _rows: Tensor = field(default_factory=lambda: torch.empty(0), repr=False)
    _places: Tensor = field(default_factory=lambda: torch.empty(0), repr=False)

    def add(self, rows: np.ndarray, standing: Standing) -> None:
        """Show it what stands on the level for some rows (B,)."""
        values, at = standing.peaks()  # (B, U) each
        sides = standing.values.shape[2:]
        # A place is kept by its coordinates, since batches of series differ in their length.
        places = torch.stack(torch.unravel_index(at, sides), dim=-1) if sides else at.new_zeros(*at.shape, 0)
        number = torch.as_tensor(rows)[:, None].expand(values.shape)
        new = [values.T.float().cpu(), number.T, places.transpose(0, 1).cpu()]
        if self._values is not None:
            new = [
                torch.cat([a, b], dim=1)
                for a, b in zip((self._values, self._rows, self._places), new, strict=True)
            ]
        order = new[0].sort(dim=1, descending=True, stable=True).indices[:, : self.k]  # (U, k)
        self._values, self._rows = (x.gather(1, order) for x in new[:2])
        self._places = new[2].gather(1, order[..., None].expand(-1, -1, new[2].shape[2]))

    def found(self) -> Preferred:
        """Give what has been kept."""
        assert self._values is not None
        return Preferred(self._rows.numpy(), self._values.numpy(), self._places.numpy())


def seen_at(field_of: Field | None, place: np.ndarray, sides: tuple[int, ...]) -> tuple[slice, ...]:
    """Which part of an example a unit sees at a place: a slice of each of its axes, cut where the example ends.

    Parameters
    ----------
    field_of
        Of the level, see :class:`~deepen.nets.levels.Level`; None where it sees the whole.
    place
        Its coordinates on the level.
    sides
        The example's, as the net reads it, without the batch.

    Examples
    --------
    >>> from deepen.nets.axes import Axis
    >>> seen_at((None, None, Axis(1).filtered(5, padding=2)), np.array([1]), (9, 3))
    (slice(0, 4, None), slice(0, 3, None))
    """
    parts = [slice(0, n) for n in sides]
    for axis, at in zip((field_of or ())[2:], place.tolist(), strict=False):
        if axis is not None:
            low, high = axis.sees(at)
            low, high = max(0, low), min(sides[axis.of - 1], high)
            if low < high:  # else it sees padding alone
                parts[axis.of - 1] = slice(low, high)
    return tuple(parts)
