"""A loss whose gradient was worked out by hand, for algorithms that are no gradient of anything they compute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

__all__ = ["with_gradient"]


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
        if scale.device.type == "cpu" and scale.item() == 1:  # a GPU would have to be waited for
            return (None, None, *gradients)
        return (None, None, *(g.mul_(scale) for g in gradients))


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
