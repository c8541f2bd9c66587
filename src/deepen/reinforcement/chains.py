"""A net of a few products in a row, without what PyTorch puts around them.

Of a batch of 128 through layers of 120 and 84, forward and back, autograd's book-keeping is the half: 328 against 158
microseconds for the products alone (measured on one core). For one observation modules take five sixths: 57 against 9.

Legend: B rows, N numbers in one, A outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from deepen.nets.q_net import QNet

__all__ = ["Chain", "bare", "chain", "quick"]

_FEW = 8  # rows up to which NumPy is the quicker one (assumed)

_relu_back = torch.ops.aten.threshold_backward.default  # which PyTorch offers under no other name


class Chain:
    """``W_k relu(... W_1 x + b_1 ...) + b_k``, and its gradient written out.

    The weights are those of the layers, as they are when it is called: they share one memory, which training writes to
    in place. Autograd sees nothing of it.

    Parameters
    ----------
    layers
        With biases.

    Attributes
    ----------
    parameters
        Weight (out, in) and bias (out,) of each layer in turn.
    """

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        self.parameters = [p for m in layers for p in (m.weight, m.bias)]
        self._parts = [(m.bias.detach(), m.weight.detach().t()) for m in layers]  # (out,) and (in, out)

    def __call__(self, x: Tensor) -> Tensor:
        """Give the values (B, A) of rows (B, N)."""
        return self.reached(x)[-1]

    def reached(self, x: Tensor) -> list[Tensor]:
        """Give what goes into each layer, (B, in), for rows (B, N), and in the end the values (B, A)."""
        *hidden, (bias, weight) = self._parts
        reached = [x]
        for b, w in hidden:
            x = torch.addmm(b, x, w).relu_()
            reached.append(x)
        reached.append(torch.addmm(bias, x, weight))
        return reached

    def gradients(self, reached: Sequence[Tensor], error: Tensor) -> list[Tensor]:
        """Give the gradients of :attr:`parameters`, from what was ``reached`` and the gradient (B, A) of the values."""
        found: list[Tensor] = []
        for k in range(len(self._parts) - 1, -1, -1):
            found += [error.sum(dim=0), error.t() @ reached[k]]
            if k:
                error = _relu_back(error @ self._parts[k][1].t(), reached[k], 0)
        found.reverse()
        return found


def chain(net: nn.Module) -> Chain | None:
    """Give a net that is nothing but products with a ReLU between them, on a processor, as that; None of another.

    Examples
    --------
    >>> from deepen.shapes import Vector
    >>> net, x = QNet(Vector(4), 2), torch.randn(3, 4)
    >>> made = chain(net)
    >>> made.gradients(made.reached(x), torch.ones(3, 2))[-1]
    tensor([3., 3.])
    >>> chain(QNet(Vector(4), 2, duelling=True)) is None
    True
    """
    layers = _layers(net)
    return Chain(layers) if layers else None


def _layers(net: nn.Module) -> list[nn.Linear]:
    """The layers of a net that is a chain; none of another."""
    if not isinstance(net, QNet) or net.state is not None or next(net.parameters()).device.type != "cpu":
        return []
    parts = [m for m in net.modules() if not isinstance(m, nn.Sequential) and not list(m.children())]
    plain = all(isinstance(m, nn.Linear | nn.ReLU) for m in parts)
    return [m for m in parts if isinstance(m, nn.Linear)] if plain else []


def bare(net: nn.Module) -> Callable[[Tensor], Tensor]:
    """Give a net, where it is a chain, as its products alone, through which no gradient is taken; else as it is.

    Examples
    --------
    >>> from deepen.shapes import Vector
    >>> net, x = QNet(Vector(4), 2), torch.randn(3, 4)
    >>> torch.allclose(bare(net)(x), net(x), atol=1e-6)
    True
    """
    return chain(net) or net


def quick(net: nn.Module, copies: int) -> Callable[[Tensor], Tensor]:
    """Give what finds the greedy actions (B,) soonest, by the weights as they are when it is called.

    Examples
    --------
    >>> from deepen.shapes import Vector
    >>> net, x = QNet(Vector(4), 2), torch.randn(3, 4)
    >>> torch.equal(quick(net, 3)(x), net(x).argmax(dim=1))
    True
    """
    layers = _layers(net) if copies <= _FEW else []
    if not layers:
        values = bare(net)
        return lambda seen: values(seen).argmax(dim=1)
    # The arrays share the parameters' memory, which training writes to in place.
    *hidden, last = [(m.bias.detach().numpy(), m.weight.detach().numpy().T) for m in layers]

    def chosen(seen: Tensor) -> Tensor:
        x = seen.numpy()
        for bias, weight in hidden:
            x = x @ weight
            x += bias
            np.maximum(x, 0.0, out=x)
        x = x @ last[1]
        x += last[0]
        return torch.from_numpy(x.argmax(1))

    return chosen
