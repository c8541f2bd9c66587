"""Being told how a training goes. The library prints nothing: whoever wants to see it passes a watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from deepen.data.schema import Schema

__all__ = ["Progress", "Silent", "Watch"]


@dataclass(frozen=True)
class Progress:
    """Where a training stands.

    Parameters
    ----------
    share
        How much of it is done, from 0 to 1.
    step, epoch
        Updates so far, and passes over the training part.
    elapsed, left
        Seconds since the run began, and those still to come as far as is known.
    loss
        Of the training batches, smoothed.
    valid
        The last figures on the validation part; empty before the first look.
    """

    share: float
    step: int
    epoch: float
    elapsed: float
    left: float
    loss: float
    valid: Mapping[str, float] = field(default_factory=dict)


class Watch(Protocol):
    """What is told of a run; every method may be called often, and must be quick."""

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        """A part of the work outside training goes on: reading, encoding, evaluating."""

    def note(self, text: str) -> None:
        """Something was understood, chosen or mended that the user should know."""

    def understood(self, schema: Schema, rows: int) -> None:
        """The columns and the task were recognised."""

    def progress(self, now: Progress) -> None:
        """The training went on."""


class Silent:
    """A watch that looks away."""

    def stage(self, name: str, done: int = 0, total: int = 0) -> None:
        """Look away."""

    def note(self, text: str) -> None:
        """Look away."""

    def understood(self, schema: Schema, rows: int) -> None:
        """Look away."""

    def progress(self, now: Progress) -> None:
        """Look away."""
