"""A tree of sums, by which a row is drawn with a probability in proportion to its weight.

Schaul et al. (2016, appendix B.2.1) use a binary tree, one draw at a time. Here a node has up to a hundred or so
children, so that a million rows are three levels, and each level is one operation on all draws of a batch.

Legend: M rows, N rows at once, W children of a node, P nodes of a level.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["SumTree"]

_WIDEST = 128  # children of a node: 64 to 256 take the same time for a million rows (assumed)


class SumTree:
    """Weights of M rows, and the sums over them.

    Parameters
    ----------
    rows
        M; all begin with a weight of 0.
    device
        Where it is kept.

    Examples
    --------
    >>> tree = SumTree(1000)
    >>> tree.set(torch.tensor([3, 700]), torch.tensor([1.0, 3.0]))
    >>> tree.total.item(), tree.find(torch.tensor([0.5, 0.999, 1.0, 3.5])).tolist()
    (4.0, [3, 3, 700, 700])
    """

    def __init__(self, rows: int, *, device: torch.device | str = "cpu") -> None:
        depth = 1
        while _WIDEST**depth < rows:
            depth += 1
        self._wide = max(2, round(rows ** (1 / depth)))
        self._wide += self._wide**depth < rows
        self._levels: list[Tensor] = []  # each (P, W), the leaves first
        nodes = rows
        for _ in range(depth):
            nodes = -(-nodes // self._wide)
            self._levels.append(torch.zeros(nodes, self._wide, dtype=torch.float64, device=device))
        assert nodes == 1

    @property
    def total(self) -> Tensor:
        """The sum of all weights: () float64."""
        return self._levels[-1].sum()

    def weights(self, rows: Tensor) -> Tensor:
        """Give the weights of rows (N,): (N,) float64."""
        return self._levels[0].flatten()[rows]

    def set(self, rows: Tensor, weights: Tensor) -> None:
        """Give rows (N,) other weights (N,). Sums are taken anew, never corrected, so that no error gathers."""
        self._levels[0].view(-1)[rows] = weights.double()
        for below, above in zip(self._levels[:-1], self._levels[1:], strict=True):
            rows = rows // self._wide  # (N,) nodes of the level below
            above.view(-1)[rows] = below[rows].sum(dim=1)

    def find(self, places: Tensor) -> Tensor:
        """Give the row (N,) on whose part of the line from 0 to the total each place (N,) lies."""
        nodes, left = torch.zeros_like(places, dtype=torch.int64), places.double()
        for level in reversed(self._levels):
            children = level[nodes]  # (N, W)
            ends = children.cumsum(dim=1)
            # By rounding a place may lie at the very end; then it is of the last child with a weight.
            left = torch.minimum(left, torch.nextafter(ends[:, -1], ends.new_zeros(())))
            child = (ends <= left[:, None]).sum(dim=1, keepdim=True)  # (N, 1)
            left = left - (ends - children).gather(1, child)[:, 0]
            left = left.clamp_min(0.0)
            nodes = nodes * self._wide + child[:, 0]
        return nodes

    def state_dict(self) -> dict[str, Tensor]:
        """The weights of the rows."""
        return {"weights": self._levels[0]}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on from there."""
        self._levels[0].copy_(state["weights"])
        for below, above in zip(self._levels[:-1], self._levels[1:], strict=True):
            above.view(-1)[: len(below)] = below.sum(dim=1)
