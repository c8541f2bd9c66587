"""Batches of windows, cut by their origins out of tensors that stay where they are.

Legend: N rows of all series together, C targets, L steps back, H steps ahead, B examples in a batch, F and P numbers
known ahead and up to the origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.compute.processes import World, alone

__all__ = ["Stage", "WindowBatches", "Windows"]


@dataclass(frozen=True)
class Stage:
    """One batch of windows, as the net takes it, and what came: (B, H, C), NaN where unknown."""

    inputs: Mapping[str, Tensor]
    target: Tensor


class Windows:
    """The rows of all series as tensors on one device, out of which windows are cut.

    Parameters
    ----------
    values
        (N, C) standardised, without gaps, as the net reads them.
    truth
        (N, C) standardised, NaN where unknown, as forecasts are compared with.
    ahead, past
        (N, F) and (N, P).
    starts, code
        Of each row its series' first row, and the number by which the net knows the series: (N,).
    """

    def __init__(
        self,
        values: np.ndarray,
        truth: np.ndarray,
        ahead: np.ndarray,
        past: np.ndarray,
        starts: np.ndarray,
        code: np.ndarray,
        *,
        lookback: int,
        horizon: int,
        season: int | None,
        device: torch.device,
    ) -> None:
        def there(array: np.ndarray, dtype: torch.dtype) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(array)).to(device, dtype)

        self.values, self.truth = there(values, torch.float32), there(truth, torch.float32)
        self.ahead, self.past = there(ahead, torch.float32), there(past, torch.float32)
        self.starts, self.code = there(starts, torch.int64), there(code, torch.int64)
        self.lookback, self.horizon, self.season, self.device = lookback, horizon, season, device
        self._back = torch.arange(-lookback, 0, device=device)
        self._on = torch.arange(horizon, device=device)

    def cut(self, origins: Tensor) -> Stage:
        """Cut the windows of these origins (B,); before a series' first row its first value is read."""
        start = self.starts[origins][:, None]
        back = torch.maximum(origins[:, None] + self._back, start)  # (B, L)
        on = origins[:, None] + self._on  # (B, H)
        inputs = {"window": self.values[back], "series": self.code[origins]}
        if self.season is not None:
            before = origins[:, None] + self._on % self.season - self.season
            inputs["seasonal"] = self.values[torch.where(before >= start, before, origins[:, None] - 1)]
        if self.ahead.shape[1]:
            inputs["ahead"] = self.ahead[on]
        if self.past.shape[1]:
            inputs["past"] = self.past[back]
        return Stage(inputs, self.truth[on])


class WindowBatches:
    """Endless batches of windows, each epoch in another order; what the loop takes.

    Parameters
    ----------
    windows, origins
        What to cut, and where.
    size
        Examples in a global batch, which the processes share.
    seed
        From which every epoch's order follows.
    """

    def __init__(
        self, windows: Windows, origins: np.ndarray, *, size: int, seed: int, world: World | None = None
    ) -> None:
        self.windows, self._origins = windows, torch.from_numpy(origins)
        self._world, self._seed = world or alone(windows.device), seed
        self._epoch, self._at, self._order, self._order_of = 0, 0, torch.empty(0), -1
        processes = self._world.size
        self.size = max(1, min(size, len(origins)) // processes) * processes

    @property
    def steps(self) -> int:
        """Batches in one epoch."""
        return max(1, len(self._origins) // self.size)

    def next(self) -> Stage:
        """Give the next batch."""
        if self._order_of != self._epoch:
            generator = seeds.generator(self._seed, "epoch", self._epoch)
            self._order = torch.randperm(len(self._origins), generator=generator)
            self._order_of = self._epoch
        rows = self._order[self._at * self.size : (self._at + 1) * self.size]
        self._at += 1
        if self._at >= self.steps:
            self._epoch, self._at = self._epoch + 1, 0
        return self.windows.cut(self._world.share(self._origins[rows]).to(self.windows.device))

    def halve(self) -> bool:
        """Make the batches half as large; False if they cannot be smaller."""
        if self.size < 2 * self._world.size:
            return False
        seen = self._at * self.size
        self.size = self.size // 2 // self._world.size * self._world.size
        self._at = min(seen // self.size, self.steps - 1)
        return True

    def state_dict(self) -> dict[str, Any]:
        """Where the batches stand."""
        return {"epoch": self._epoch, "at": self._at, "size": self.size}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._epoch, self._at, self.size = state["epoch"], state["at"], state["size"]
