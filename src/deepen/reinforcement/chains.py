"""A net of a few products in a row, without what PyTorch puts around them.

Of a batch of 128 through layers of 120 and 84, forward and back, autograd's book-keeping is the half: 328 against 158
microseconds for the products alone (measured on one core). For one observation modules take five sixths: 57 against 9.

Legend: B rows, N numbers in one, A outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from deepen.nets.q_net import QNet

__all__ = ["bare", "quick", "with_gradients"]

_FEW = 8  # rows up to which NumPy is the quicker one (assumed)


def _layers(net: nn.Module) -> list[nn.Linear]:
    """The layers of a net that is nothing but products with a ReLU between them, on a processor; none of another."""
    if not isinstance(net, QNet) or net.state is not None or next(net.parameters()).device.type != "cpu":
        return []
    parts = [m for m in net.modules() if not isinstance(m, nn.Sequential) and not list(m.children())]
    plain = all(isinstance(m, nn.Linear | nn.ReLU) for m in parts)
    return [m for m in parts if isinstance(m, nn.Linear)] if plain else []


def bare(net: nn.Module) -> Callable[[Tensor], Tensor]:
    """Give a net, where it is a chain, as its products alone, through which no gradient is taken; else as it is.

    The weights are read as they are when it is called.

    Examples
    --------
    >>> from deepen.shapes import Vector
    >>> net, x = QNet(Vector(4), 2), torch.randn(3, 4)
    >>> torch.allclose(bare(net)(x), net(x), atol=1e-6)
    True
    """
    layers = _layers(net)
    if not layers:
        return net
    *hidden, last = [(m.bias, m.weight.t()) for m in layers]

    def chain(x: Tensor) -> Tensor:
        for bias, weight in hidden:
            x = torch.addmm(bias, x, weight).relu_()
        return torch.addmm(last[0], x, last[1])

    return chain


def with_gradients(net: nn.Module) -> Callable[[Tensor], Tensor]:
    """Give a net, where it is a chain, with its gradient by hand: that of the weights, not of what goes in.

    Examples
    --------
    >>> from deepen.shapes import Vector
    >>> net, x = QNet(Vector(4), 2), torch.randn(3, 4)
    >>> with_gradients(net)(x).sum().backward()
    >>> net.values.head.bias.grad
    tensor([3., 3.])
    """
    layers = _layers(net)
    if not layers:
        return net
    parts = [p for m in layers for p in (m.weight, m.bias)]

    def chain(x: Tensor) -> Tensor:
        if torch.is_autocast_enabled("cpu"):  # which knows of the products, not of this
            return net(x)  # type: ignore[no-any-return]
        return _Chain.apply(x, *parts)  # type: ignore[no-any-return, no-untyped-call]

    return chain


class _Chain(torch.autograd.Function):
    """``W_k relu(... W_1 x + b_1 ...) + b_k``, of weights (out, in) and biases (out,) in turn."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, *parts: Tensor) -> Tensor:
        """Give the values (B, A) of rows (B, N)."""
        weights, biases = parts[::2], parts[1::2]
        reached = [x]  # what goes into each layer
        for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
            x = torch.addmm(bias, x, weight.t()).relu_()
            reached.append(x)
        ctx.save_for_backward(*reached, *weights)
        return torch.addmm(biases[-1], x, weights[-1].t())

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, error: Tensor) -> tuple[Tensor | None, ...]:
        """Give the gradients of weights and biases, from that of the values (B, A)."""
        saved = ctx.saved_tensors
        reached, weights = saved[: len(saved) // 2], saved[len(saved) // 2 :]
        found: list[Tensor] = []
        for k in range(len(weights) - 1, -1, -1):
            found += [error.sum(dim=0), error.t() @ reached[k]]
            if k:
                error = torch.ops.aten.threshold_backward(error @ weights[k], reached[k], 0)
        return (None, *reversed(found))


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
