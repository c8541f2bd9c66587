"""An average of the weights over the last part of the training, which is what gets evaluated and kept.

Averaging the path of stochastic gradient descent takes its noise away (Polyak and Juditsky 1992; Izmailov
et al. 2018), so that a run stopped at any moment has a good net.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor, nn

__all__ = ["Average"]


class Average:
    """An exponential moving average of a net's parameters and buffers.

    Parameters
    ----------
    net
        The net that is being trained.
    window
        The average's length, as a share of the steps that the training will have.
    every
        Steps between two updates: on a small net an update of the average each step would cost as much
        as a tenth of the step (measured on an MLP of 670,000 weights).
    """

    def __init__(self, net: nn.Module, *, window: float = 0.02, every: int = 8) -> None:
        self.window, self.every = window, every
        self._net = net
        self._values = [t.detach().clone() for t in self._live()]

    def _live(self) -> list[Tensor]:
        return [t.detach() for t in self._net.state_dict(keep_vars=True).values()]

    @torch.no_grad()
    def update(self, step: int, progress: float) -> None:
        """Move the average towards the weights after ``step`` steps, if it is time to."""
        if step % self.every and step > self.every:
            return  # the very first steps all count, or a training of fewer steps would have no average
        whole = step / max(progress, 1e-6)
        # The second term makes early averages short: the window is never longer than a third of the past.
        weight = max(self.every / max(1.0, self.window * whole), 3 * self.every / (step + 3 * self.every))
        floats = [(a, v) for a, v in zip(self._values, self._live(), strict=True) if v.is_floating_point()]
        torch._foreach_lerp_([a for a, _ in floats], [v for _, v in floats], min(1.0, weight))
        for mean, value in zip(self._values, self._live(), strict=True):
            if not value.is_floating_point():
                mean.copy_(value)

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the net hold the average while the block runs."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    @torch.no_grad()
    def _exchange(self) -> None:
        live = self._live()
        kept = [value.clone() for value in live]  # all before the first is changed: weights may be shared
        for mean, value, before in zip(self._values, live, kept, strict=True):
            value.copy_(mean)
            mean.copy_(before)

    def state_dict(self) -> dict[str, Tensor]:
        """The average, under the names of the net's state."""
        return dict(zip(self._net.state_dict(), self._values, strict=True))

    @torch.no_grad()
    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Take the average over from :meth:`state_dict`."""
        for name, mean in zip(self._net.state_dict(), self._values, strict=True):
            mean.copy_(state[name])
