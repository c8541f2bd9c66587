"""Batch normalisation by the statistics of the global batch, where several processes share it.

PyTorch's own (Ioffe and Szegedy 2015) would normalise each process's share by itself, and the result would
depend on the number of processes; its ``SyncBatchNorm`` runs on GPUs alone. Here the modules stay what they
are, ``nn.BatchNorm2d`` and its kin: only while the net is trained is their forward pass another one.

Legend: B examples of this process's share, C channels, n values of one channel in the global batch.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["over_all_processes"]


@contextlib.contextmanager
def over_all_processes(net: nn.Module, total: Callable[[Tensor], Tensor], processes: int) -> Iterator[None]:
    """Let the batch norms of a net take their statistics from all processes while the block runs.

    Modules with a forward pass of their own are left alone, and so is every one in evaluation mode. The
    shares of the processes must be equally large.

    Parameters
    ----------
    total
        Gives the sum of a tensor over the processes.
    processes
        How many there are.

    Examples
    --------
    >>> net = nn.BatchNorm1d(1)
    >>> with over_all_processes(net, lambda share: 2 * share, 2):  # as if another process had the same share
    ...     y = net(torch.tensor([[1.0], [3.0]]))
    >>> [round(v) for v in y.flatten().tolist()]
    [-1, 1]
    """
    norms = [m for m in net.modules() if isinstance(m, _BatchNorm) and _is_plain(m)]
    for norm in norms:
        vars(norm)["forward"] = functools.partial(_forward, norm, total, processes)
    try:
        yield
    finally:
        for norm in norms:
            del vars(norm)["forward"]


def _is_plain(norm: _BatchNorm) -> bool:
    return type(norm).forward is _BatchNorm.forward and "forward" not in vars(norm)


def _forward(norm: _BatchNorm, total: Callable[[Tensor], Tensor], processes: int, x: Tensor) -> Tensor:
    """Normalise x (B, C, ...), and move the running statistics as one process would."""
    if not norm.training:
        return _BatchNorm.forward(norm, x)
    norm._check_input_dim(x)  # type: ignore[no-untyped-call]
    y, mean, variance = _Normalised.apply(x, norm.weight, norm.bias, norm.eps, total, processes)  # type: ignore[no-untyped-call]
    if norm.running_mean is not None and norm.running_var is not None:
        assert norm.num_batches_tracked is not None
        norm.num_batches_tracked.add_(1)
        share = 1 / norm.num_batches_tracked.item() if norm.momentum is None else norm.momentum
        n = processes * x.numel() // x.shape[1]
        norm.running_mean.lerp_(mean.to(norm.running_mean.dtype), share)
        norm.running_var.lerp_((variance * n / (n - 1)).to(norm.running_var.dtype), share)
    return y  # type: ignore[no-any-return]


class _Normalised(torch.autograd.Function):
    """The equations of Ioffe and Szegedy 2015, with sums over all processes.

    Beside the output (B, C, ...) it gives the global batch's mean and biased variance (C,).
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        eps: float,
        total: Callable[[Tensor], Tensor],
        processes: int,
    ) -> tuple[Tensor, Tensor, Tensor]:
        exact = torch.promote_types(x.dtype, torch.float32)  # bfloat16 has too few digits for a mean
        variance, mean = torch.var_mean(x.to(exact), [0, *range(2, x.ndim)], correction=0)  # of this share
        # E[x²] - E[x]² loses the digits that two like numbers share: doubles have them to spare.
        shares = torch.stack([mean.double(), variance.double() + mean.double().square()])  # (2, C)
        first, second = total(shares) / processes
        mean, variance = first.to(exact), (second - first.square()).clamp_min(0).to(exact)
        ctx.save_for_backward(x, weight, mean, variance)
        ctx.eps, ctx.total, ctx.n = eps, total, processes * x.numel() // x.shape[1]
        ctx.mark_non_differentiable(mean, variance)
        return F.batch_norm(x, mean, variance, weight, bias, training=False, eps=eps), mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, variance = ctx.saved_tensors
        # As if mean and variance were constants: dx = w s dy, dw = Σ dy (x - mean) s, db = Σ dy; s = 1 / std.
        # A weight of ones stands in for none, since dw is needed either way.
        w = torch.ones_like(mean) if weight is None else weight
        dx, dw, db = torch.ops.aten.native_batch_norm_backward(
            dy, x, w, mean, variance, None, None, False, ctx.eps, [True, True, True]
        )
        # Mean and variance depend on every process's x, and every process's y on them: so the sums are over
        # all. dx -= w s (Σ db + x̂ Σ dw) / n, which is an affine function of x.
        sums = ctx.total(torch.stack([db, dw]).to(mean.dtype)) / ctx.n  # (2, C)
        s = torch.rsqrt(variance + ctx.eps)
        slope = w * s * s * sums[1]
        offset = w * s * sums[0] - slope * mean
        each = [1, -1] + [1] * (x.ndim - 2)
        dx = (dx - torch.addcmul(offset.view(each), x.to(mean.dtype), slope.view(each))).to(x.dtype)
        return dx, None if weight is None else dw, None if weight is None else db, None, None, None
