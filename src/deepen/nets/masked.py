"""Convolutional layers over each example's own steps alone, whatever stands behind its end.

A convolution looks beyond the end of a short example as far as its filter is wide, and a batch norm takes its
mean over all that lies there. In a batch of one, zeros lie there and nothing is counted; here the same is done
in a batch of any lengths: every convolution and every maximum reads zeros behind the end, and a norm's
statistics are those of own steps.

Legend: B examples in a batch, C channels, T steps (the last axis), ... the sides between, if any.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepen.nets.cnn import Residual

__all__ = ["masked", "masked_mean", "masked_norm"]

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d
Strided = nn.Conv1d | nn.Conv2d | nn.MaxPool1d | nn.MaxPool2d


def masked(module: nn.Module, x: Tensor, own: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Run a net of convolutions, maxima, norms and functions of one number, layer by layer.

    Parameters
    ----------
    module
        A layer, a ``Sequential`` or a residual block of such layers.
    x
        (B, C, ..., T).
    own
        (B, 1, ..., T) of bool, or None where all steps are own: then the module is run as it is.

    Returns
    -------
    Tensor, Tensor or None
        What the module gives, and which of its steps are own. Where the time is halved, a cell that half
        belongs to an example counts where the layer rounds up, as ``ceil_mode`` does, and else not.
    """
    if own is None:
        return module(x), None
    if isinstance(module, nn.Sequential):
        for layer in module:
            x, own = masked(layer, x, own)
        return x, own
    if isinstance(module, Residual):
        y, _ = masked(module.branch, x, own)
        return module.activation(x + y), own
    if isinstance(module, Strided):
        stride = module.stride if isinstance(module.stride, int) else module.stride[-1]
        first = 0 if _rounds_up(module) else int(stride) - 1
        return module(x.masked_fill(~own, 0)), own[..., first :: int(stride)]
    if isinstance(module, BatchNorm):
        return masked_norm(module, x, own), own
    return module(x), own


def _rounds_up(module: nn.Module) -> bool:
    """Whether a layer gives a cell for a last step without its neighbours; a filter of odd width does."""
    if isinstance(module, nn.Conv1d | nn.Conv2d):
        return module.kernel_size[-1] % 2 == 1
    assert isinstance(module, nn.MaxPool1d | nn.MaxPool2d)
    return module.ceil_mode


def masked_norm(norm: BatchNorm, x: Tensor, own: Tensor) -> Tensor:
    """Normalise x (B, C, ..., T) by the mean and variance of each channel over own steps (B, 1, ..., T).

    In evaluation the running statistics serve, as ever.
    """
    if not norm.training:
        return norm(x)  # type: ignore[no-any-return]
    axes = [axis for axis in range(x.ndim) if axis != 1]
    own = own.expand(-1, 1, *x.shape[2:])
    n = own.sum()
    mean = x.masked_fill(~own, 0).sum(axes, keepdim=True) / n  # (1, C, ..., 1)
    centred = (x - mean).masked_fill(~own, 0)
    variance = centred.square().sum(axes, keepdim=True) / n
    if norm.running_mean is not None and norm.running_var is not None and norm.momentum is not None:
        with torch.no_grad():
            norm.running_mean.lerp_(mean.flatten().to(norm.running_mean), norm.momentum)
            unbiased = variance.flatten() * n / (n - 1).clamp(min=1)
            norm.running_var.lerp_(unbiased.to(norm.running_var), norm.momentum)
    sides = [1, -1, *[1] * (x.ndim - 2)]
    scale = norm.weight.view(sides) * torch.rsqrt(variance + norm.eps)
    return centred * scale + norm.bias.view(sides)


def masked_mean(x: Tensor, own: Tensor | None) -> Tensor:
    """Take the mean of x (B, C, ..., T) over own steps (B, 1, ..., T) and over the sides between: (B, C)."""
    if own is None:
        return x.flatten(2).mean(2)
    own = own.expand(-1, 1, *x.shape[2:])
    return x.masked_fill(~own, 0).flatten(2).sum(2) / own.flatten(2).sum(2)
