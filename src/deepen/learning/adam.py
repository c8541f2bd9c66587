"""Adam for small nets: the fused kernel with little around it (Kingma and Ba 2015).

PyTorch looks each parameter's state up anew in every step, groups them by device, and tells profilers. On a net of
three layers that is three quarters of the step; here the lists are kept, and all counts of steps lie in one tensor,
which is counted on at once. The kernel is the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

__all__ = ["Adam"]


class Adam(torch.optim.Adam):
    """Adam without weight decay, for parameters of one device and one type that all get a gradient.

    Parameters
    ----------
    params
        Parameters or groups of them.
    lr, eps
        As PyTorch has them.

    Examples
    --------
    >>> x = torch.nn.Parameter(torch.ones(1))
    >>> optimiser = Adam([x], lr=0.1)
    >>> for _ in range(100):
    ...     x.grad = None
    ...     x.square().sum().backward()
    ...     optimiser.step()
    >>> abs(x.item()) < 0.01
    True
    """

    def __init__(self, params: Iterable[Any], *, lr: float, eps: float = 1e-8) -> None:
        super().__init__(params, lr=lr, eps=eps, fused=True)
        self._kept: list[tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]] = []
        self._counts: Tensor | None = None  # (parameters of all groups,) float32: the steps of each

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Do one step."""
        gradients = [[p.grad for p in group["params"]] for group in self.param_groups]
        counts = self._counts
        if counts is None or closure is not None or any(g is None for of in gradients for g in of):
            loss: float | None = super().step(closure)  # makes the state of what has none
            self._keep()
            return loss
        counts.add_(1)  # the steps of every parameter are parts of it
        for group, of, (params, means, squares, steps) in zip(
            self.param_groups, gradients, self._kept, strict=True
        ):
            beta1, beta2 = group["betas"]
            torch._fused_adam_(
                params, of, means, squares, [], steps, lr=group["lr"], beta1=beta1, beta2=beta2, weight_decay=0.0,
                eps=group["eps"], amsgrad=False, maximize=False,
            )  # fmt: skip
        return None

    step.hooked = True  # type: ignore[attr-defined]  # else PyTorch puts what it does for profilers around it

    def _keep(self) -> None:
        """Keep the lists that the kernel takes, once there is a state of every parameter."""
        self._forget()
        every = [p for group in self.param_groups for p in group["params"]]
        if not all(p in self.state for p in every):
            return
        self._counts = torch.stack([self.state[p]["step"] for p in every])
        for p, count in zip(every, self._counts, strict=True):
            self.state[p]["step"] = count
        for group in self.param_groups:
            states = [self.state[p] for p in group["params"]]
            means, squares, steps = ([s[name] for s in states] for name in ("exp_avg", "exp_avg_sq", "step"))
            self._kept.append((group["params"], means, squares, steps))

    def _forget(self) -> None:
        self._kept, self._counts = [], None

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters."""
        self._forget()
        super().add_param_group(param_group)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there."""
        super().load_state_dict(state_dict)
        self._forget()
