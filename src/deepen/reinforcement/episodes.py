"""Keeping count of the episodes that a training plays as it goes.

Legend: B copies.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import torch
from torch import Tensor

from deepen.environments.base import Moved

__all__ = ["Tally"]

_RECENT = 100  # finished episodes of which the mean return is told, as is the custom


class Tally:
    """The returns of the episodes that were finished lately, in a training.

    Parameters
    ----------
    copies
        B.
    device
        Where rewards are.

    Attributes
    ----------
    finished : int
        Episodes so far.
    """

    def __init__(self, copies: int, device: torch.device) -> None:
        self.finished = 0
        self._running = torch.zeros(copies, device=device)  # (B,)
        self._recent: deque[float] = deque(maxlen=_RECENT)

    def count(self, moved: Moved, over: Tensor | None) -> None:
        """Count one step in; ``over`` (B,) bool says which episodes it finished, None that it finished none."""
        self._running += moved.rewards
        if over is not None:
            done = self._running[over].tolist()
            self._recent.extend(done)
            self.finished += len(done)
            self._running.masked_fill_(over, 0.0)

    def break_off(self) -> None:
        """Forget the episodes that are going on."""
        self._running.zero_()

    @property
    def figures(self) -> dict[str, float]:
        """``training_return``, the mean of the last hundred episodes, once one is over; and ``episodes`` so far."""
        mean = {"training_return": sum(self._recent) / len(self._recent)} if self._recent else {}
        return {**mean, "episodes": float(self.finished)}

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run must know."""
        return {"finished": self.finished, "running": self._running, "recent": list(self._recent)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.finished = state["finished"]
        self._running.copy_(state["running"])
        self._recent = deque(state["recent"], maxlen=_RECENT)
