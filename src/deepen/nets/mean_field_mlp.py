"""A classifier that begins as a deep Boltzmann machine's mean field, and gets its marginals as inputs beside the data.

Legend: B examples, D inputs, N_l units of hidden layer l, O outputs.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from deepen.nets.deep_boltzmann import DeepBoltzmannMachine

__all__ = ["MeanFieldMLP"]


class MeanFieldMLP(nn.Module):
    """``h_l = sigma(b_l + h_(l-1) W_(l-1) + q_(l+1) W_l')`` and a linear head (Salakhutdinov and Hinton 2009, 3.3).

    The marginals q of each next layer are those of the machine as it was, whose weights are kept but not trained. All W
    and b here are copies to be trained, the upward and the downward ones apart. Before any training the layers are one
    more step of mean field. The paper has two layers; more are treated alike (assumed).

    Parameters
    ----------
    machine
        The deep Boltzmann machine.
    outputs
        O of the head, which begins at zero.
    steps
        Of mean field.

    Attributes
    ----------
    mean, scale : torch.Tensor
        (D,) by which inputs are standardised first, kept with the weights but not trained; 0 and 1 leave them.
    as_given : bool
        That it reads numbers as they are given, and pixels from 0 to 1: :func:`deepen.train` scales nothing for it.

    Examples
    --------
    >>> from deepen.nets.units import Units
    >>> net = MeanFieldMLP(DeepBoltzmannMachine(Units("binary", 784), [50, 20]), 10)
    >>> net(torch.rand(2, 784)).shape, net(torch.rand(2, 1, 28, 28)).shape
    (torch.Size([2, 10]), torch.Size([2, 10]))
    """

    as_given = True

    def __init__(self, machine: DeepBoltzmannMachine, outputs: int, *, steps: int = 10) -> None:
        super().__init__()
        self.machine, self.steps = copy.deepcopy(machine).requires_grad_(False), steps
        self.layers = nn.ModuleList(_linear(W.t(), b) for W, b in zip(machine.W, machine.b[1:], strict=True))
        self.above = nn.ModuleList(_linear(W, None) for W in machine.W[1:])
        self.head = nn.Linear(machine.units[-1].n, outputs, device=machine.base.device)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros_like(machine.base))
        self.register_buffer("scale", torch.ones_like(machine.base))

    def features(self, x: Tensor) -> Tensor:
        """The last layer's units, of inputs (B, D) or such as flatten to these: (B, N_L)."""
        h = (x.flatten(1) - self.mean) / self.scale
        with torch.no_grad():
            q = self.machine.mean_field(h, steps=self.steps)
        for at, layer in enumerate(self.layers):
            told = layer(h)
            if at < len(self.above):
                told = told + self.above[at](q[at + 2])
            h = torch.sigmoid(told)
        return h

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs: (B, O)."""
        return self.head(self.features(x))  # type: ignore[no-any-return]


def _linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    """A linear map that begins with these weights (out, in)."""
    found = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device=weight.device)
    with torch.no_grad():
        found.weight.copy_(weight)
        if bias is not None:
            found.bias.copy_(bias)
    return found
