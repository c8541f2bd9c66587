"""What every environment is to those who learn in it: several copies that step at once.

Legend: B copies, S the shape of one observation: (N,) or (C, H, W).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from deepen.shapes import Grid, Vector

__all__ = ["Environment", "Moved"]


class Moved(NamedTuple):
    """What came of one step of all copies.

    Parameters
    ----------
    seen
        (B, *S) what is seen now; of a copy whose episode ended, the first of the next one.
    rewards
        (B,) float32, as the environment gives them, not clipped.
    ended
        (B,) bool: the episode is over for good, so nothing more is to come.
    cut
        (B,) bool: the episode was broken off, as by a limit of time; more would have come.
    last
        (B, *S) what was seen at the end of an episode, where one ended or was cut; elsewhere as ``seen``.
    over
        False where it is known that no episode ended or was cut, so that nobody has to look.
    """

    seen: Tensor
    rewards: Tensor
    ended: Tensor
    cut: Tensor
    last: Tensor
    over: bool = True

    @property
    def done(self) -> Tensor:
        """(B,) bool: the next step is of another episode."""
        return self.ended | self.cut


class Environment(ABC):
    """B copies of one environment with a few discrete actions; an episode that is over begins anew by itself.

    Attributes
    ----------
    name
        By which it is found again: ``CartPole-v1``, ``ALE/Pong-v5``, ``MinAtar/breakout``.
    copies
        B.
    shape
        Of one observation: ``Vector(n)``, or ``Grid(c, h, w)``.
    dtype
        Of the observations: float32, uint8 (pixels from 0 to 255), or bool.
    actions
        How many there are, numbered from 0.
    device
        Where observations are, and actions are expected.
    observation_names, action_names
        What the numbers of a vector, or the channels of a grid, and the actions are called; empty where nobody knows.
    """

    name: str
    copies: int
    shape: Vector | Grid
    dtype: torch.dtype
    actions: int
    device: torch.device
    observation_names: tuple[str, ...] = ()
    action_names: tuple[str, ...] = ()

    @abstractmethod
    def begin(self, seed: int) -> Tensor:
        """Begin all copies anew, each from a seed of its own that follows from ``seed``: (B, *S)."""

    @abstractmethod
    def step(self, actions: Tensor) -> Moved:
        """Do an action (B,) int64 in each copy.

        Raises
        ------
        TrainingError
            If the environment itself fails: NaN, another shape, an episode that never ends, an exception.
        """

    @abstractmethod
    def picture(self) -> np.ndarray | None:
        """Show the first copy as people see it: (H, W, 3) uint8; None where it cannot be drawn."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be mended or left out on the way, for whoever tells the user."""
        return ()

    def text(self) -> str:
        """Show the first copy in a terminal; empty where it cannot be."""
        return ""

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of windows and processes."""
