"""What runs along a row, a cell at a time, until it leaves it: Seaquest's fish, submarines, divers, bombs and shots.

Where it is follows from where it will leave, and how many moves are left until then; with none left it is gone.

Legend: m movers of a copy, B copies. A mover's code is 12 * row + column + 1, so that what is left of the first
column or right of the last is at nobody's place.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Movers", "mover"]


class Movers(NamedTuple):
    """Some movers of B copies, as views of one tensor.

    Parameters
    ----------
    fields
        (4, m, B) int8: all of them.
    left
        (m, B) moves until it leaves, 0 when it is gone.
    end
        (m, B) its code then.
    way
        (m, B) 1 to the right, -1 to the left.
    skip
        (m, B) its code less 10 * row + column.
    """

    fields: Tensor
    left: Tensor
    end: Tensor
    way: Tensor
    skip: Tensor

    @classmethod
    def of(cls, fields: Tensor) -> Movers:
        """Name the fields."""
        return cls(fields, *fields.unbind(0))

    def codes(self) -> Tensor:
        """Say where they are (m, B)."""
        return torch.addcmul(self.end, self.way, self.left, value=-1)


def mover(row: Tensor, column: Tensor, right: Tensor) -> Tensor:
    """Give the fields (4, ...) int8 of what begins to move somewhere.

    Examples
    --------
    >>> mover(torch.tensor(2), torch.tensor(7), torch.tensor(True)).tolist()
    [3, 35, 1, 5]
    """
    left = torch.where(right, 10 - column, column + 1)
    fields = (left, 12 * row + 11 * right, 2 * right - 1, 2 * row + 1)
    return torch.stack([x.expand_as(left) for x in fields]).to(torch.int8)
