"""A loss whose gradient was worked out by hand, for algorithms that are no gradient of anything they compute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

__all__ = ["Given", "with_gradient"]


class Given:
    """A loss and its gradient, which autograd is not asked for: of one process, whose gradients nobody waits for.

    Of a small net autograd's way takes 30 microseconds of a step of 300 to hand over what is known (measured, three
    layers).

    Parameters
    ----------
    value
        () what is reported.
    parameters, gradients
        Of the same shapes, in the same order. The gradients are used up.

    Examples
    --------
    >>> w = torch.zeros(2, requires_grad=True)
    >>> Given(torch.tensor(5.0), [w], [torch.tensor([1.0, 2.0])]).backward()
    >>> w.grad
    tensor([1., 2.])
    """

    def __init__(self, value: Tensor, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        self._value, self._parameters, self._gradients = value, parameters, gradients

    def detach(self) -> Tensor:
        """The loss: ()."""
        return self._value

    def backward(self) -> None:
        """Add the gradients to those of the parameters."""
        for p, gradient in zip(self._parameters, self._gradients, strict=True):
            p.grad = gradient if p.grad is None else p.grad + gradient


class _Given(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, value: Tensor, gradients: tuple[Tensor, ...], *_parameters: Tensor) -> Tensor:
        ctx.gradients = gradients
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        (scale,) = above
        # In place, and not kept here, or autograd would copy them: they were made for this, and a copy of a large
        # matrix costs as much as a twentieth of a step.
        gradients, ctx.gradients = ctx.gradients, ()
        if scale.device.type != "cpu" or scale.item() != 1:  # a GPU would have to be waited for
            torch._foreach_mul_(gradients, scale)
        return (None, None, *gradients)


def with_gradient(value: Tensor, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> Tensor:
    """Give ``value`` as a loss that, differentiated, yields these gradients.

    So a step of contrastive divergence, whose gradient is a difference of two averages, is a step like any other.

    Parameters
    ----------
    value
        () what is reported.
    parameters, gradients
        Of the same shapes, in the same order. The gradients are used up.

    Examples
    --------
    >>> w = torch.zeros(2, requires_grad=True)
    >>> with_gradient(torch.tensor(5.0), [w], [torch.tensor([1.0, 2.0])]).backward()
    >>> w.grad
    tensor([1., 2.])
    """
    return _Given.apply(value.detach(), tuple(gradients), *parameters)  # type: ignore[no-any-return, no-untyped-call]
