"""One machine of a deep Boltzmann machine that is learned layer by layer: what it lacks, it takes twice.

Legend: B examples, V visible units, H hidden units.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.deep_boltzmann import DeepBoltzmannMachine
from deepen.nets.units import Units

__all__ = ["DoubledMachine", "compose"]


class DoubledMachine(RestrictedBoltzmannMachine):
    """A restricted Boltzmann machine with a second copy of a layer, tied to the first one.

    In the deep machine a hidden layer is told something by both its neighbours. While one is not there yet, the other
    counts twice (Salakhutdinov and Hinton 2009, section 3.1): the lowest machine has two copies of its visible layer,
    the top one of its hidden layer, and those between, whose weights the paper halves in the end, of both. The copies
    share their samples.

    Parameters
    ----------
    visible, hidden
        The layers' units.
    lowest, top
        Whether nothing is below it, or above.

    Examples
    --------
    >>> machine = DoubledMachine(Units("binary", 4), Units("binary", 3), lowest=True)
    >>> machine.up, machine.down
    (2.0, 1.0)
    """

    def __init__(self, visible: Units, hidden: Units, *, lowest: bool = False, top: bool = False) -> None:
        super().__init__(visible, hidden)
        self.up, self.down = 1.0 if top else 2.0, 1.0 if lowest else 2.0

    def hidden_input(self, v: Tensor) -> Tensor:
        """``c + up v W``: (B, V) to (B, H)."""
        return self.up * (v @ self.W).to(self.c.dtype) + self.c

    def visible_input(self, h: Tensor) -> Tensor:
        """``b + down h W'``: (B, H) to (B, V)."""
        return self.down * F.linear(h, self.W).to(self.b.dtype) + self.b


@torch.no_grad()
def compose(net: DeepBoltzmannMachine, machines: Sequence[RestrictedBoltzmannMachine]) -> None:
    """Put the machines' weights into the deep one, the lowest first.

    Where two machines share a layer, each tells it half of what it told it alone: that undoes the doubling, and of each
    one's bias half is left.
    """
    for W, machine in zip(net.W, machines, strict=True):
        W.copy_(machine.W)
    net.base.copy_(machines[0].base)
    net.b[0].copy_(machines[0].b)
    net.b[-1].copy_(machines[-1].c)
    for at in range(1, len(machines)):
        net.b[at].copy_(0.5 * (machines[at - 1].c + machines[at].b))
