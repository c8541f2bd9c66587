"""The restricted Boltzmann machine: two layers of units, every one of the first joined to every one of the second.

Legend: B examples, V visible units, H hidden units.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.nets.units import Joined, Units

__all__ = ["RestrictedBoltzmannMachine"]


class RestrictedBoltzmannMachine(nn.Module):
    """The energy of a joint state and what follows from it, one small method for each equation.

    ``E(v, h) = - log base(v) - log base(h) - b v - c h - v W h`` (Smolensky 1986; Hinton 2002; for units
    other than binary Welling, Rosen-Zvi and Hinton 2005).

    Parameters
    ----------
    visible, hidden
        The layers' units.

    Attributes
    ----------
    W : torch.Tensor
        (V, H) the weights; they begin small and random, with standard deviation 0.01 (Hinton 2012, section 8.1).
    b, c : torch.Tensor
        (V,) and (H,) the biases; they begin at zero, or where :meth:`start` puts them.
    base : torch.Tensor
        (V,) the visible biases without any weights, from which chains and annealing begin; not trained.

    Examples
    --------
    >>> machine = RestrictedBoltzmannMachine(Units("binary", 4), Units("binary", 3))
    >>> v = torch.tensor([[1.0, 0.0, 1.0, 1.0]])
    >>> machine.hidden_mean(v).shape, machine.free_energy(v).shape
    (torch.Size([1, 3]), torch.Size([1]))
    """

    up = down = 1.0  # how often the visible and the hidden layer count for the other: see nets/doubled.py

    def __init__(self, visible: Units | Joined, hidden: Units) -> None:
        super().__init__()
        self.visible, self.hidden = visible, hidden
        self.W = nn.Parameter(0.01 * torch.randn(visible.n, hidden.n))
        self.b = nn.Parameter(torch.zeros(visible.n))
        self.c = nn.Parameter(torch.zeros(hidden.n))
        self.base: Tensor
        self.register_buffer("base", torch.zeros(visible.n))

    @torch.no_grad()
    def start(self, mean: Tensor) -> None:
        """Begin the visible biases where independent units have this mean, (V,) (Hinton 2012, section 8.1)."""
        self.base.copy_(self.visible.input_for(mean.to(self.base)))
        self.b.copy_(self.base)

    def hidden_input(self, v: Tensor) -> Tensor:
        """``c + v W``: (B, V) to (B, H), even where autocast makes the product bfloat16 in the weights' own type."""
        return (v @ self.W).to(self.c.dtype) + self.c

    def visible_input(self, h: Tensor) -> Tensor:
        """``b + h W'``: (B, H) to (B, V), as :meth:`hidden_input`."""
        return (
            F.linear(h, self.W).to(self.b.dtype) + self.b
        )  # not h @ W.t(): autocast would cast that anew each time

    def hidden_mean(self, v: Tensor) -> Tensor:
        """``<h | v>``: (B, V) to (B, H)."""
        return self.hidden.mean(self.hidden_input(v))

    def visible_mean(self, h: Tensor) -> Tensor:
        """``<v | h>``: (B, H) to (B, V)."""
        return self.visible.mean(self.visible_input(h))

    def hidden_sample(self, v: Tensor) -> Tensor:
        """Draw from ``p(h | v)``: (B, V) to (B, H)."""
        return self.hidden.sample(self.hidden_input(v))

    def visible_sample(self, h: Tensor) -> Tensor:
        """Draw from ``p(v | h)``: (B, H) to (B, V)."""
        return self.visible.sample(self.visible_input(h))

    def gibbs(self, v: Tensor, steps: int = 1) -> Tensor:
        """Go so many full steps of block Gibbs sampling from ``v``: (B, V) to (B, V)."""
        for _ in range(steps):
            v = self.visible_sample(self.hidden_sample(v))
        return v

    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """``E(v, h)``: (B, V) and (B, H) to (B,)."""
        joint = ((v @ self.W) * h).sum(dim=-1)
        return -self.visible.log_base(v) - self.hidden.log_base(h) - v @ self.b - h @ self.c - joint

    def free_energy(self, v: Tensor) -> Tensor:
        """``F(v) = - log sum_h exp(-E(v, h))``: (B, V) to (B,)."""
        return -self.visible.log_base(v) - v @ self.b - self.hidden.log_partition(self.hidden_input(v))

    def free_energy_of_hidden(self, h: Tensor) -> Tensor:
        """``- log sum_v exp(-E(v, h))``: (B, H) to (B,)."""
        return -self.hidden.log_base(h) - h @ self.c - self.visible.log_partition(self.visible_input(h))

    def forward(self, v: Tensor) -> Tensor:
        """The hidden units' means, the features: (B, V) to (B, H)."""
        return self.hidden_mean(v)
