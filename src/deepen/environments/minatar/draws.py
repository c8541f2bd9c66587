"""Where the chance in a game comes from.

A game asks only through :class:`Draws`, and says which copies need an answer. So it can be played with any other
stream of random numbers, and be proven, step by step, against another implementation that draws from that stream.

Legend: B copies, K numbers for each of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.errors import SettingError

__all__ = ["Draws", "Generated"]


class Draws(ABC):
    """Random numbers for B copies, in the order in which the rules ask for them."""

    @abstractmethod
    def begin(self, seed: int) -> None:
        """Begin the stream anew."""

    @abstractmethod
    def uniform(self, rows: Tensor, k: int) -> Tensor:
        """Give k numbers from 0 to below 1: (K, B), floating. Only the copies in ``rows`` (B,) bool use theirs."""

    @abstractmethod
    def below(self, n: int | Tensor, rows: Tensor, k: int) -> Tensor:
        """Give k whole numbers from 0 to below n, a number or (B,): (K, B) int64; ``rows`` as above."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Give what is needed to go on exactly here."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where :meth:`state_dict` was taken."""


class Generated(Draws):
    """The usual stream: one torch generator for all copies, on their device.

    Every copy gets numbers, needed or not: to ask which ones need some would wait for the device.

    Parameters
    ----------
    copies
        B.
    device
        Where the numbers are made.

    Examples
    --------
    >>> draws = Generated(4)
    >>> draws.begin(0)
    >>> draws.below(3, torch.ones(4, dtype=torch.bool), 2).shape
    torch.Size([2, 4])
    """

    def __init__(self, copies: int, device: torch.device | str = "cpu") -> None:
        self.copies = copies
        self.device = torch.device(device)
        self.generator: torch.Generator | None = None

    def begin(self, seed: int) -> None:
        """Begin the stream anew."""
        self.generator = seeds.generator(seed, "MinAtar", device=self.device)

    def uniform(self, rows: Tensor, k: int) -> Tensor:
        """Give numbers for all copies, whatever ``rows`` says."""
        if self.generator is None:
            raise SettingError(
                "the environment was not begun", mend="Call begin(seed) before the first step."
            )
        return torch.rand(k, self.copies, generator=self.generator, device=self.device)  # (K, B)

    def below(self, n: int | Tensor, rows: Tensor, k: int) -> Tensor:
        """Give numbers for all copies, whatever ``rows`` says.

        Below 2^23 a product of n and the largest float32 under 1 rounds to a number under n.
        """
        return (self.uniform(rows, k) * n).long()  # (K, B)

    def state_dict(self) -> dict[str, Any]:
        """Give the generator's state."""
        return {} if self.generator is None else {"generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state of a generator on the same kind of device."""
        self.generator = None
        if "generator" in state:
            self.generator = torch.Generator(self.device)
            self.generator.set_state(state["generator"])
