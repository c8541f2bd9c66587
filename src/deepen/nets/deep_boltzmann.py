"""The deep Boltzmann machine: several layers of units, every two neighbours joined, nothing within a layer.

Given the odd layers the units of the even ones are independent, and the other way about; so chains move half of the
layers at a time, and half of them can be summed over in closed form.

Legend: B examples, L hidden layers, N_l units of layer l, layer 0 being the visible one. A state x is a list of L + 1
tensors (B, N_l).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets.stack import Stack
from deepen.nets.units import Units, coins

__all__ = ["DeepBoltzmannMachine"]


class DeepBoltzmannMachine(nn.Module):
    """The energy of a joint state and what follows from it, one small method for each equation.

    ``E(x) = - log base(x_0) - sum_l b_l x_l - sum_l x_l W_l x_(l+1)`` (Salakhutdinov and Hinton 2009, section 3,
    with biases). With one hidden layer it is the restricted Boltzmann machine.

    Parameters
    ----------
    visible
        The units of layer 0.
    hidden
        How many binary units each hidden layer has, the lowest first.

    Attributes
    ----------
    W : torch.nn.ParameterList
        (N_l, N_(l+1)) for each l; they begin small and random, with standard deviation 0.01.
    b : torch.nn.ParameterList
        (N_l,) for each l; they begin at zero, the visible ones where :meth:`start` puts them.
    base : torch.Tensor
        (N_0,) the visible biases without any weights, from which chains and annealing begin; not trained.
    odd, even : tuple of int
        The layers of each side.

    Raises
    ------
    SettingError
        If there is no hidden layer, or one without a unit.

    Examples
    --------
    >>> net = DeepBoltzmannMachine(Units("binary", 4), [3, 2])
    >>> v = torch.tensor([[1.0, 0.0, 1.0, 1.0]])
    >>> [mu.shape[1] for mu in net.mean_field(v)], net.bound(net.mean_field(v)).shape
    ([4, 3, 2], torch.Size([1]))
    """

    def __init__(self, visible: Units, hidden: Sequence[int]) -> None:
        super().__init__()
        if len(hidden) == 0:
            raise SettingError("at least one hidden layer is needed", where="hidden", came="none")
        self.visible = visible
        self.units = (visible, *(Units("binary", n) for n in hidden))
        sizes = [units.n for units in self.units]
        self.odd, self.even = tuple(range(1, len(sizes), 2)), tuple(range(0, len(sizes), 2))
        self.W = nn.ParameterList(0.01 * torch.randn(n, m) for n, m in itertools.pairwise(sizes))
        self.b = nn.ParameterList(torch.zeros(n) for n in sizes)
        self.base: Tensor
        self.register_buffer("base", torch.zeros(visible.n))

    @torch.no_grad()
    def start(self, mean: Tensor) -> None:
        """Begin the visible biases where independent units have this mean, (N_0,) (Hinton 2012, section 8.1)."""
        self.base.copy_(self.visible.input_for(mean.to(self.base)))
        self.b[0].copy_(self.base)

    # -- what a layer is told

    def from_below(self, x: Sequence[Tensor], at: int) -> Tensor:
        """``b_l + x_(l-1) W_(l-1)``: the input of layer l but for the layer above, (B, N_l); (N_0,) of layer 0."""
        b = self.b[at]
        # In the weights' own type, even where autocast makes the product bfloat16.
        found: Tensor = (x[at - 1] @ self.W[at - 1]).to(b.dtype) + b if at else b
        return found

    def from_above(self, x: Sequence[Tensor], at: int) -> Tensor:
        """``x_(l+1) W_l'``: what the layer above adds, (B, N_l); zeros (N_L,) at the top."""
        b = self.b[at]
        return F.linear(x[at + 1], self.W[at]).to(b.dtype) if at < len(self.W) else torch.zeros_like(b)

    def layer_input(self, x: Sequence[Tensor], at: int) -> Tensor:
        """``b_l + x_(l-1) W_(l-1) + x_(l+1) W_l'``: (B, N_l)."""
        return self.from_below(x, at) + self.from_above(x, at)

    # -- one side given the other

    def expected(self, x: Sequence[Tensor], layers: Iterable[int]) -> list[Tensor]:
        """Put the means given all other layers in the place of some layers' states, no two of which are neighbours."""
        given = list(x)
        for at in layers:
            given[at] = self.units[at].mean(self.layer_input(x, at))
        return given

    def sampled(self, x: Sequence[Tensor], layers: Iterable[int]) -> list[Tensor]:
        """Draw some layers' states, no two of which are neighbours, given all other layers."""
        given = list(x)
        for at in layers:
            given[at] = self.units[at].sample(self.layer_input(x, at))
        return given

    def gibbs(self, x: Sequence[Tensor], steps: int = 1) -> list[Tensor]:
        """Go so many full steps of block Gibbs sampling: the even layers given the odd ones, then the odd ones."""
        found = list(x)
        for _ in range(steps):
            found = self.sampled(self.sampled(found, self.even), self.odd)
        return found

    def begun(self, v: Tensor) -> list[Tensor]:
        """Draw the hidden layers for visible states (B, N_0) from their mean field, as chains begin."""
        mu = self.mean_field(v)
        return [v, *(coins(m) for m in mu[1:])]

    # -- inference

    def bottom_up(self, v: Tensor) -> list[Tensor]:
        """Guess the means in one pass, each layer's input from below doubled for the layer above that it lacks.

        So the recognition of the layers learned greedily goes (Salakhutdinov and Hinton 2009, section 3.1).
        """
        x = [v]
        for at in range(1, len(self.units)):
            below = self.from_below(x, at)
            x.append(self.units[at].mean(2 * below - self.b[at] if at < len(self.W) else below))
        return x

    def mean_field(self, v: Tensor, *, steps: int = 10, tolerance: float = 0.0) -> list[Tensor]:
        """Find the factorial posterior nearest to the true one: v and the hidden units' means, L + 1 tensors (B, N_l).

        ``mu_l = sigma(b_l + mu_(l-1) W_(l-1) + mu_(l+1) W_l')``, all odd layers and then all even ones, so that each
        half step raises :meth:`bound` (Salakhutdinov and Hinton 2009, section 2.2).

        Parameters
        ----------
        v
            (B, N_0).
        steps
            Of both halves, at the most.
        tolerance
            The largest change of any mean at which it ends before; 0 goes all steps.
        """
        x = self.bottom_up(v)
        from_data = self.from_below(x, 1)  # the widest product, which no step changes
        for _ in range(steps):
            change = 0.0
            for at in (*self.odd, *self.even[1:]):
                below = from_data if at == 1 else self.from_below(x, at)
                mu = self.units[at].mean(below + self.from_above(x, at))
                if tolerance:
                    change = max(change, (mu - x[at]).abs().max().item())
                x[at] = mu
            if tolerance and change < tolerance:
                break
        return x

    # -- how likely

    def energy(self, x: Sequence[Tensor]) -> Tensor:
        """``E(x)``: L + 1 tensors (B, N_l) to (B,)."""
        own = sum(state @ b for state, b in zip(x, self.b, strict=True))
        pairs = sum(
            ((below @ W) * above).sum(dim=-1) for below, W, above in zip(x[:-1], self.W, x[1:], strict=True)
        )
        energy: Tensor = -self.visible.log_base(x[0]) - own - pairs
        return energy

    def free_energy(self, x: Sequence[Tensor], side: Iterable[int]) -> Tensor:
        """``- log sum exp(-E(x))`` over the layers of the other side: (B,).

        Parameters
        ----------
        x
            Of which the states of ``side`` are read alone.
        side
            :attr:`odd` or :attr:`even`.
        """
        known = tuple(side)
        total = x[known[0]].new_zeros(len(x[known[0]]))
        for at, units in enumerate(self.units):
            if at in known:
                total = total - units.log_base(x[at]) - x[at] @ self.b[at]
            else:
                total = total - units.log_partition(self.layer_input(x, at))
        return total

    def bound(self, mu: Sequence[Tensor]) -> Tensor:
        """``- E(mu) + H(mu)``, which is never above ``log p(v) + log Z``: (B,).

        Of v and the hidden units' means (Salakhutdinov and Hinton 2009, section 2.2).
        """
        total = -self.energy(mu)
        for m in mu[1:]:
            total = total + (torch.special.entr(m) + torch.special.entr(1 - m)).sum(dim=-1)
        return total

    def forward(self, v: Tensor) -> Tensor:
        """The top layer's means, the features: (B, N_0) to (B, N_L)."""
        return self.mean_field(v)[-1]

    @torch.no_grad()
    def to_stack(self) -> Stack:
        """Give :meth:`bottom_up` as layers without a head."""
        stack = Stack([units.n for units in self.units], None)
        for at, (linear, W) in enumerate(zip(stack.layers, self.W, strict=True), 1):
            assert isinstance(linear, nn.Linear)
            linear.weight.copy_(W.t() if at == len(self.W) else 2 * W.t())
            linear.bias.copy_(self.b[at])
        return stack
