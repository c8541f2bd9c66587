"""Moments of play: what a player saw, as its net reads it, and as people can look at it.

What the player of an environment and that of a board game have in common here: moments are rows that a net reads, an
answer of the net is a decision, and what is seen can be covered part by part.

Legend: N moments, S the shape of one, O outputs, P parts, C channels, H rows, W columns, A actions.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from deepen.seeing.forms import patches_of
from deepen.shapes import Grid, Shape, Vector

__all__ = ["INPUT", "PIXELS", "Aim", "Moments", "unseen"]

INPUT = "seen"
"""What the net's one input is called."""
PIXELS = 36
"""From this side on a grid is a picture, as QNet has it, whose pixels mean little one by one; else it is cells."""


class Aim(NamedTuple):
    """One output of a net, for one moment: what is to be explained.

    Parameters
    ----------
    net
        Gives outputs (B, O).
    output
        Which of them.
    said
        What was decided, in words.
    kind
        ``move``, ``choice`` or ``value``: what sort of output it is.
    """

    net: nn.Module
    output: int
    said: str
    kind: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Moments(ABC):
    """N moments in random order.

    Parameters
    ----------
    net
        Reads them, and gives outputs (B, O).
    shape
        Of one moment.
    seen
        (N, *S) float32, as the net reads them, where the net is.
    names
        What each is called: its episode and step, or its game and move.
    findings
        What was learned while they were gathered, a sentence each.
    notes
        What to keep in mind.
    observation_names
        Of the numbers of a vector, or of the channels of a grid; empty where nobody knows them.
    """

    net: nn.Module
    shape: Vector | Grid
    seen: Tensor
    names: tuple[str, ...]
    findings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    observation_names: tuple[str, ...] = ()

    margin = 0.0
    """Of a picture, around what it shows: in cells."""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """Of the one input."""
        return {INPUT: self.shape}

    @property
    def form(self) -> str:
        """How a moment is shown: ``table``, ``image`` (pixels) or ``grid`` (cells)."""
        if isinstance(self.shape, Vector):
            return "table"
        return "image" if min(self.shape.h, self.shape.w) >= PIXELS else "grid"

    def inputs(self, rows: np.ndarray) -> dict[str, Tensor]:
        """What the net reads of some moments."""
        return {INPUT: self.seen[torch.from_numpy(rows).to(self.seen.device)]}

    def batches(self, size: int) -> Iterator[np.ndarray]:
        """Their numbers, batch by batch."""
        for first in range(0, len(self), size):
            yield np.arange(first, min(first + size, len(self)))

    def patches(self) -> Tensor:
        """What is covered together, (P, *S) bool: squares of a picture, cells of a grid, numbers of a vector."""
        one = self.seen[:1].cpu()
        if not isinstance(self.shape, Grid) or self.form == "image":
            return patches_of(self.form, one)
        places = self.shape.h * self.shape.w
        cells = torch.eye(places, dtype=torch.bool).view(places, 1, self.shape.h, self.shape.w)
        return cells.expand(-1, self.shape.c, -1, -1)

    def number(self, k: int) -> str:
        """What one number of a vector is called."""
        return self.observation_names[k] if self.observation_names else f"number {k + 1}"

    @abstractmethod
    def choice(self, k: int) -> str:
        """What one choice is called."""

    @abstractmethod
    def start(self, row: int) -> Tensor:
        """Say what is there when nothing is, (*S): what is covered becomes that, and gradients are summed from it."""

    @abstractmethod
    def picture(self, row: int, side: int = 160) -> np.ndarray:
        """Draw one moment of a grid: (h, w, 3) from 0 to 1."""

    @abstractmethod
    def decided(self, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Say of the net's answers (N, O) what was chosen, and by how much it beat the second best: (N,) each."""

    @abstractmethod
    def aims(self, row: int, answer: np.ndarray) -> list[Aim]:
        """Say what of one moment, whose answer (O,) is given, is to be explained."""


def unseen(known: set[bytes], seen: Tensor) -> list[int]:
    """Say which moments (B, *S) were not seen before, and remember them in ``known``.

    Examples
    --------
    >>> known = set()
    >>> unseen(known, torch.tensor([[1.0], [2.0], [1.0]])), unseen(known, torch.tensor([[3.0], [2.0]]))
    ([0, 1], [0])
    """
    new = []
    for row, one in enumerate(np.ascontiguousarray(seen.cpu().numpy())):
        mark = hashlib.blake2b(one.tobytes(), digest_size=16).digest()
        if mark not in known:
            known.add(mark)
            new.append(row)
    return new
