"""The deep belief net: directed layers of binary units below an associative memory.

Legend: B examples, V a layer's lower units, H its upper ones, D visible units, P penultimate units, K classes, T the
top's hidden units.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.nets.boltzmann import RestrictedBoltzmannMachine
from deepen.nets.stack import Stack
from deepen.nets.units import Joined, Units

__all__ = ["DeepBeliefNet", "DirectedLayer"]


class DirectedLayer(nn.Module):
    """Two layers of units with weights of their own for each direction: one recognises, the other generates.

    As learned greedily, both are those of a restricted Boltzmann machine, tied; up-down learning unties them (Hinton,
    Osindero and Teh 2006, section 5).

    Parameters
    ----------
    visible, hidden
        The lower and the upper units.

    Attributes
    ----------
    R, c : torch.Tensor
        (V, H) and (H,): how the lower layer recognises the upper one.
    G, b : torch.Tensor
        (V, H) and (V,): how the upper layer generates the lower one.

    Examples
    --------
    >>> layer = DirectedLayer(Units("binary", 4), Units("binary", 3))
    >>> layer.recognised(torch.zeros(2, 4)).shape, layer.generated(torch.zeros(2, 3)).shape
    (torch.Size([2, 3]), torch.Size([2, 4]))
    """

    def __init__(self, visible: Units, hidden: Units) -> None:
        super().__init__()
        self.visible, self.hidden = visible, hidden
        self.R = nn.Parameter(torch.zeros(visible.n, hidden.n))
        self.c = nn.Parameter(torch.zeros(hidden.n))
        self.G = nn.Parameter(torch.zeros(visible.n, hidden.n))
        self.b = nn.Parameter(torch.zeros(visible.n))

    @torch.no_grad()
    def tie(self, machine: RestrictedBoltzmannMachine) -> None:
        """Take both directions' weights from a machine of the same units."""
        self.R.copy_(machine.W)
        self.c.copy_(machine.c)
        self.G.copy_(machine.W)
        self.b.copy_(machine.b)

    def hidden_input(self, v: Tensor) -> Tensor:
        """``c + v R``: (B, V) to (B, H), in the weights' own type as a machine's."""
        return (v @ self.R).to(self.c.dtype) + self.c

    def visible_input(self, h: Tensor) -> Tensor:
        """``b + h G'``: (B, H) to (B, V)."""
        return F.linear(h, self.G).to(self.b.dtype) + self.b

    def recognised(self, v: Tensor) -> Tensor:
        """``q(h = 1 | v)``: (B, V) to (B, H)."""
        return self.hidden.mean(self.hidden_input(v))

    def generated(self, h: Tensor) -> Tensor:
        """``<v | h>``: (B, H) to (B, V)."""
        return self.visible.mean(self.visible_input(h))

    def log_generated(self, v: Tensor, h: Tensor) -> Tensor:
        """``log p(v | h)``: (B, V) and (B, H) to (B,)."""
        x = self.visible_input(h)
        return self.visible.log_base(v) + (v * x).sum(dim=-1) - self.visible.log_partition(x)


class DeepBeliefNet(nn.Module):
    """Directed layers, the lowest first, and a restricted Boltzmann machine on top (Hinton, Osindero and Teh 2006).

    ``p(v, h1, ..., hP) = p(v | h1) p(h1 | h2) ... p(hP)``, where the last is the top machine's, its hidden units and
    labels summed over. With one hidden layer it is that machine alone.

    Parameters
    ----------
    visible
        The D units of the data.
    hidden
        How many binary units each hidden layer has, the lowest first.
    classes
        K softmax units beside the penultimate layer; 0 for none.

    Raises
    ------
    SettingError
        If a layer has no unit.

    Examples
    --------
    >>> net = DeepBeliefNet(Units("binary", 6), [5, 4, 3], classes=2)
    >>> net(torch.zeros(2, 6)).shape, net.top.visible.n
    (torch.Size([2, 3]), 6)
    """

    def __init__(self, visible: Units, hidden: Sequence[int], *, classes: int = 0) -> None:
        super().__init__()
        units = [visible, *(Units("binary", n) for n in hidden)]
        self.visible, self.classes = visible, classes
        self.below = nn.ModuleList(DirectedLayer(u, h) for u, h in itertools.pairwise(units[:-1]))
        own = units[-2]
        self.top = RestrictedBoltzmannMachine(
            Joined((own, Units("softmax", classes))) if classes else own, units[-1]
        )
        self.penultimate = own.n

    @property
    def layers(self) -> tuple[DirectedLayer, ...]:
        """The directed layers, the lowest first."""
        return tuple(self.below)  # type: ignore[arg-type]

    def up(self, v: Tensor) -> Tensor:
        """The penultimate units' means, each layer given the means below it: (B, D) to (B, P)."""
        for layer in self.layers:
            v = layer.recognised(v)
        return v

    def down(self, h: Tensor) -> Tensor:
        """Draw every layer from the penultimate units' states, to the visible means: (B, P) to (B, D)."""
        for layer in self.layers[:0:-1]:
            h = layer.visible.sample(layer.visible_input(h))
        return self.layers[0].generated(h) if self.layers else h

    def top_input(self, h: Tensor) -> Tensor:
        """The top units' input from the penultimate ones, the labels unknown: (B, P) to (B, T)."""
        return (h @ self.top.W[: self.penultimate]).to(self.top.c.dtype) + self.top.c

    def forward(self, v: Tensor) -> Tensor:
        """The top units' means, the features: (B, D) to (B, T)."""
        return self.top.hidden.mean(self.top_input(self.up(v)))

    def to_mlp(self, classes: int | None) -> Stack:
        """Give a multilayer perceptron that begins with the recognition weights, to be trained on labels.

        Parameters
        ----------
        classes
            Outputs of the new last layer, which begins at zero; None for the layers alone.
        """
        sizes = [self.visible.n, *(layer.hidden.n for layer in self.layers), self.top.hidden.n]
        stack = Stack(sizes, classes)
        weights = [
            *((layer.R, layer.c) for layer in self.layers),
            (self.top.W[: self.penultimate], self.top.c),
        ]
        with torch.no_grad():
            for linear, (W, c) in zip(stack.layers, weights, strict=True):
                assert isinstance(linear, nn.Linear)
                linear.weight.copy_(W.t())
                linear.bias.copy_(c)
        return stack
