"""Windows of a stream, strand by strand, so that a recurrent net reads each on from where it stopped.

The training part is cut into B strands of equal length, which are read side by side; a batch is the next T
tokens of each. Every epoch the strands begin elsewhere, so that windows never cut the text at the same places.

Legend: N tokens of the training part, B strands, T tokens of a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepen.compute import seeds
from deepen.compute.processes import World, alone

__all__ = ["Window", "Windows"]


@dataclass(frozen=True)
class Window:
    """Tokens (B, T), those that follow them (B, T), and whether the strands begin here."""

    ids: Tensor
    following: Tensor
    fresh: bool


class Windows:
    """Endless windows.

    Parameters
    ----------
    ids
        The training part: (N,).
    strands, length
        B over all processes, and T; fewer or shorter where the text is too short for them.
    seed
        From which every epoch's beginning follows.
    """

    def __init__(
        self,
        ids: NDArray[np.integer],
        *,
        strands: int,
        length: int,
        seed: int,
        device: torch.device,
        world: World | None = None,
    ) -> None:
        self._ids, self._seed, self._device = ids, seed, device
        self._world = world or alone(device)
        self.length = max(1, min(length, (len(ids) - 1) // (4 * self._world.size)))
        self._epoch, self._at = 0, 0
        self._fresh = True
        self.strands = 0
        self._resize(strands)

    def _resize(self, strands: int) -> None:
        processes = self._world.size
        most = max(1, (len(self._ids) - 1) // (2 * self.length))  # every epoch has two windows or more
        self.strands = max(1, min(strands, most) // processes) * processes

    @property
    def _stride(self) -> int:
        """How many tokens a strand has; up to a window's length is left for the beginning to vary."""
        return max(self.length, (len(self._ids) - 1 - self.length) // self.strands)

    @property
    def steps(self) -> int:
        """Batches in one epoch."""
        return max(1, self._stride // self.length)

    @property
    def tokens(self) -> int:
        """Tokens in one batch, of all processes."""
        return self.strands * self.length

    def next(self) -> Window:
        """Give the next window."""
        room = len(self._ids) - self._stride * self.strands
        start = int(seeds.numpy_generator(self._seed, "start", self._epoch).integers(max(1, room)))
        mine = self._world.share(torch.arange(self.strands)).numpy()
        first = start + mine * self._stride + self._at * self.length  # (B,)
        index = first[:, None] + np.arange(self.length + 1)  # (B, T + 1)
        both = torch.from_numpy(self._ids[index].astype(np.int64)).to(self._device)
        fresh = self._fresh
        self._at, self._fresh = self._at + 1, False
        if self._at >= self.steps:
            self._epoch, self._at, self._fresh = self._epoch + 1, 0, True
        return Window(both[:, :-1], both[:, 1:], fresh)

    def halve(self) -> bool:
        """Go on with half the strands; False if there is but one."""
        if self.strands < 2 * self._world.size:
            return False
        share = self._at / self.steps
        self._resize(self.strands // 2)
        self._at, self._fresh = min(int(share * self.steps), self.steps - 1), True
        return True

    def state_dict(self) -> dict[str, Any]:
        """Where the windows stand."""
        return {"epoch": self._epoch, "at": self._at, "fresh": self._fresh, "strands": self.strands}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._resize(state["strands"])
        self._epoch, self._at, self._fresh = state["epoch"], state["at"], state["fresh"]
