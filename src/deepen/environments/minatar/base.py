"""What the five games share: sticky actions, episodes that end and begin anew, what is kept, pictures.

Young and Tian (2019), "MinAtar: An Atari-Inspired Testbed for Thorough and Reproducible Reinforcement Learning
Experiments": Atari games on 10 x 10 cells, one channel for each kind of object. The rules here are theirs (version
1.0.15 of their package, oddities included) and proven step by step; the code shares nothing with it. All copies
step at once: a game is a few dozen operations on tensors with B last, whatever B is.

Legend: B copies, F numbers of a copy's state, C channels.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from deepen.config import between
from deepen.environments.base import Environment, Moved
from deepen.environments.minatar.drawing import picture, text
from deepen.environments.minatar.draws import Draws, Generated
from deepen.errors import DataError, SettingError
from deepen.shapes import Grid

__all__ = ["ACTIONS", "LIMIT", "MinAtar"]

ACTIONS = ("none", "left", "up", "right", "down", "fire")
# The package has no limit, and a good player of Breakout plays for ever. Atari's usual limit (Machado et al. 2018) is
# 108,000 frames, of which a player sees every fourth; MinAtar skips none: 27,000 steps.
LIMIT = 27_000


class MinAtar(Environment):
    """B copies of one of the games, on the processor or a GPU; observations (B, C, 10, 10) bool.

    All copies draw from one stream, so that what happens in a copy depends on how many there are. Of a step there
    is one wait for a GPU: which episodes are over.

    Parameters
    ----------
    copies
        B.
    device
        Where everything is.
    sticky
        With which probability the action before is done again instead of the one asked for (Machado et al. 2018).
        As in the package the one before may be of the episode before.
    ramping
        Whether the game grows more difficult with time: Asterix, Seaquest and Space Invaders.
    minimal
        Whether only the actions that do something are offered, numbered anew, instead of all six.
    limit
        After so many steps an episode is cut.
    draws
        Where the chance comes from; a generator by default.

    Raises
    ------
    SettingError
        If a number is out of range.
    """

    title: ClassVar[str]
    channels: ClassVar[tuple[str, ...]]
    signs: ClassVar[str]  # one for each channel, for the terminal
    useful: ClassVar[tuple[int, ...]]  # the actions of the minimal set
    start: ClassVar[dict[str, int]]  # the numbers (F) with which an episode begins
    dtype = torch.bool

    def __init__(
        self,
        copies: int,
        *,
        device: torch.device | str = "cpu",
        sticky: float = 0.1,
        ramping: bool = True,
        minimal: bool = False,
        limit: int = LIMIT,
        draws: Draws | None = None,
    ) -> None:
        between("copies", copies, 1, float("inf"))
        between("sticky", sticky, 0, 1)
        between("limit", limit, 1, 10_000_000)
        self.name = f"MinAtar/{self.title}"
        self.copies = copies
        self.shape = Grid(len(self.channels), 10, 10)
        self.device = torch.device(device)
        self.sticky, self.ramping, self.minimal, self.limit = sticky, ramping, minimal, limit
        self.actions = len(self.useful) if minimal else len(ACTIONS)
        self.observation_names = self.channels
        self.action_names = tuple(ACTIONS[k] for k in self.useful) if minimal else ACTIONS
        self.draws = draws if draws is not None else Generated(copies, self.device)
        self._useful = self._table(self.useful) if minimal else None
        self._all = torch.ones(copies, dtype=torch.bool, device=self.device)  # (B,)
        self._cells = 100 * len(self.channels)  # of one observation
        self._origins = self._cells * torch.arange(
            copies, device=self.device
        )  # (B,) where each copy's begins
        self._before = torch.zeros(copies, dtype=torch.int64, device=self.device)  # (B,) the actions before
        self._start = self._table(list(self.start.values()))[:, None]  # (F, 1)
        self._numbers = self._start.repeat(1, copies)  # (F, B); the games work on its rows, in place
        self._age = torch.zeros(copies, dtype=torch.int64, device=self.device)  # (B,) steps of this episode
        self._seen = torch.zeros(copies, *self._size, dtype=torch.bool, device=self.device)  # (B, C, 10, 10)

    # What a game says.

    @abstractmethod
    def _restart(self, rows: Tensor, where: Tensor) -> None:
        """Begin an episode in the copies at ``rows`` (N,), which are those of the mask ``where`` (B,).

        Their numbers and age are set already; the rest of the state, and what is drawn, is left to do.
        """

    @abstractmethod
    def _act(self, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Do one of the six actions (B,) in each copy: rewards (B,), of any type, and whether it ended (B,) bool."""

    @abstractmethod
    def _look(self) -> Tensor:
        """Draw all copies: a new tensor with B * C * 100 bool, in any shape."""

    def _first(self, rows: Tensor) -> Tensor:
        """Give what is seen first in the episodes just begun at ``rows`` (N,): (N, C, 10, 10)."""
        return self._look().view(-1, *self._size)[rows]

    def _more(self) -> dict[str, Tensor]:
        """Name the tensors of the state that are no rows of numbers."""
        return {}

    def _fit(self, tensors: dict[str, Tensor]) -> None:
        """Make room for another state's tensors, where their sizes may differ."""

    # What they share.

    @property
    def _size(self) -> tuple[int, int, int]:
        return self.shape.c, self.shape.h, self.shape.w  # type: ignore[union-attr]

    def _table(self, values: Any, dtype: torch.dtype = torch.int64) -> Tensor:
        """Bring what does not change to the device."""
        return torch.as_tensor(values, dtype=dtype).to(self.device)

    def _some(self, rows: Tensor) -> bool:
        """Ask whether any copy is in ``rows``; on a GPU asking costs more than doing it for none."""
        return self.device.type != "cpu" or bool(rows.any())

    def begin(self, seed: int) -> Tensor:
        """Begin all copies anew: (B, C, 10, 10)."""
        self.draws.begin(seed)
        self._before.zero_()
        self._restart_at(torch.arange(self.copies, device=self.device), self._all)
        self._seen = self._look().view(-1, *self._size)
        return self._seen

    def _restart_at(self, rows: Tensor, where: Tensor) -> None:
        self._numbers[:, rows] = self._start
        self._age[rows] = 0
        self._restart(rows, where)

    def step(self, actions: Tensor) -> Moved:
        """Do an action (B,) int64 in each copy.

        Raises
        ------
        DataError
            If there is not one whole number for each copy.
        """
        if actions.shape != (self.copies,) or actions.dtype != torch.int64:
            raise DataError(
                "one action for each copy",
                where=self.name,
                allowed=f"({self.copies},) int64",
                came=f"{tuple(actions.shape)} {str(actions.dtype).removeprefix('torch.')}",
            )
        if self._useful is not None:
            actions = self._useful[actions]
        if self.sticky:
            again = self.draws.uniform(self._all, 1)[0] < self.sticky
            torch.where(again, self._before, actions, out=self._before)
        else:
            self._before.copy_(actions)
        rewards, ended = self._act(self._before)
        self._age.add_(1)
        cut = (self._age >= self.limit) & ~ended
        seen = last = self._look().view(-1, *self._size)
        done = ended | cut
        rows = done.nonzero()[:, 0]  # (N,)
        if len(rows):
            self._restart_at(rows, done)
            seen = last.clone()
            seen[rows] = self._first(rows)
        self._seen = seen
        return Moved(seen=seen, rewards=rewards.float(), ended=ended, cut=cut, last=last)

    def picture(self) -> np.ndarray:
        """Draw the first copy: (160, 160, 3) uint8."""
        return picture(self._seen[0].cpu().numpy())

    def text(self) -> str:
        """Write the first copy, one sign for each cell."""
        return text(self._seen[0].cpu().numpy(), self.signs)

    def state_dict(self) -> dict[str, Any]:
        """Give everything that the next steps depend on, as copies."""
        tensors = {"numbers": self._numbers, "age": self._age, "before": self._before, "seen": self._seen}
        kept = {name: x.clone() for name, x in (tensors | self._more()).items()}
        return {"name": self.name, "tensors": kept, "draws": self.draws.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> Tensor:
        """Go on exactly where :meth:`state_dict` was taken; give what was seen then (B, C, 10, 10).

        Raises
        ------
        SettingError
            If it is of another game, or of another number of copies.
        """
        copies = len(state["tensors"]["age"])
        if (state["name"], copies) != (self.name, self.copies):
            raise SettingError(
                "a state of another environment",
                allowed=f"{self.name} with {self.copies} copies",
                came=f"{state['name']} with {copies}",
            )
        self._fit(state["tensors"])
        tensors = {"numbers": self._numbers, "age": self._age, "before": self._before}
        for name, x in (tensors | self._more()).items():
            x.copy_(state["tensors"][name])
        self._seen = state["tensors"]["seen"].to(self.device, copy=True)
        self.draws.load_state_dict(state["draws"])
        return self._seen
