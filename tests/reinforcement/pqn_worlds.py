"""Small worlds in tensors whose values are known, or whose rules are proven elsewhere, with a state to go on from.

Legend: B copies, S states, A actions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.environments.base import Environment, Moved
from deepen.shapes import Vector


class TableWorld(Environment):
    """A Markov decision process of tables, seen as one number for each state.

    ``following`` (S, A) int64, ``rewards`` and ``ends`` (S, A); with probability ``slip`` another action is done than
    was asked for. Episodes begin anywhere but where ``ends`` has no way on, and are cut after ``limit`` steps.
    """

    def __init__(
        self,
        following: Tensor,
        rewards: Tensor,
        ends: Tensor,
        *,
        copies: int,
        slip: float = 0.0,
        limit: int = 20,
        starts: Tensor | None = None,
    ) -> None:
        self.name, self.copies, self.device, self.dtype = "Table", copies, torch.device("cpu"), torch.float32
        self.following, self.rewards, self.ends = following, rewards, ends
        self.states, self.actions = following.shape
        self.shape, self.slip, self.limit = Vector(self.states), slip, limit
        self.starts = torch.arange(self.states) if starts is None else starts

    def begin(self, seed: int) -> Tensor:
        self.generator = seeds.generator(seed)
        self.at = self._anywhere()
        self.age = torch.zeros(self.copies, dtype=torch.int64)
        return self._seen(self.at)

    def step(self, actions: Tensor) -> Moved:
        slips = torch.rand(self.copies, generator=self.generator) < self.slip
        other = torch.randint(self.actions, (self.copies,), generator=self.generator)
        done = torch.where(slips, other, actions)
        rewards, ended = self.rewards[self.at, done], self.ends[self.at, done]
        self.at, self.age = self.following[self.at, done], self.age + 1
        last, cut = self._seen(self.at), (self.age >= self.limit) & ~ended
        self.at = torch.where(ended | cut, self._anywhere(), self.at)
        self.age.masked_fill_(ended | cut, 0)
        return Moved(self._seen(self.at), rewards, ended, cut, last)

    def picture(self) -> np.ndarray | None:
        return None

    def optimum(self, discount: float) -> Tensor:
        """Q* (S, A) by value iteration."""
        q = torch.zeros(self.states, self.actions, dtype=torch.float64)
        for _ in range(2000):
            q = self.backed_up(q.amax(1)[:, None].expand(-1, self.actions), discount)
        return q

    def backed_up(self, later: Tensor, discount: float) -> Tensor:
        """Give r + gamma * later over the slips: (S, A), where ``later`` (S, A) is by the state before the slip."""
        worth = later[self.following, 0].masked_fill(self.ends, 0.0)
        exact = self.rewards.double() + discount * worth
        return (1 - self.slip) * exact + self.slip * exact.mean(dim=1, keepdim=True)

    def _anywhere(self) -> Tensor:
        return self.starts[torch.randint(len(self.starts), (self.copies,), generator=self.generator)]

    def _seen(self, at: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(at, self.states).float()

    def state_dict(self) -> dict[str, Any]:
        return {"at": self.at, "age": self.age, "generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.at, self.age = state["at"].clone(), state["age"].clone()
        self.generator = torch.Generator()
        self.generator.set_state(state["generator"])


def chain(copies: int, **options: Any) -> TableWorld:
    """Five places in a row: left and right; the right end pays 1 and ends, the left end pays 0.1 for staying."""
    following = torch.tensor([[0, 1], [0, 2], [1, 3], [2, 4], [3, 4]])
    rewards, ends = torch.zeros(5, 2), torch.zeros(5, 2, dtype=torch.bool)
    rewards[0, 0], rewards[4, 1], ends[4, 1] = 0.1, 1.0, True
    return TableWorld(following, rewards, ends, copies=copies, **options)


def grid(copies: int, side: int = 4, **options: Any) -> TableWorld:
    """A square: north, east, south, west; each step costs 0.05, the far corner pays 1 and one pit -1, and both end."""
    at = torch.arange(side * side)
    row, column = at // side, at % side
    moves = [
        (row.clamp(min=1) - 1) * side + column, row * side + column.clamp(max=side - 2) + 1,
        row.clamp(max=side - 2) * side + side + column, row * side + column.clamp(min=1) - 1,
    ]  # fmt: skip
    following = torch.stack(moves, dim=1)
    goal, pit = side * side - 1, side + 1
    ends = (following == goal) | (following == pit)
    rewards = -0.05 + (following == goal).float() - (following == pit).float()
    inside = at[(at != goal) & (at != pit)]
    return TableWorld(following, rewards, ends, copies=copies, starts=inside, **options)


class CartPole(Environment):
    """Gymnasium's CartPole-v1 in tensors (Barto, Sutton and Anderson 1983)."""

    def __init__(self, copies: int) -> None:
        self.name, self.copies, self.device, self.dtype = (
            "CartPole",
            copies,
            torch.device("cpu"),
            torch.float32,
        )
        self.shape, self.actions = Vector(4), 2

    def begin(self, seed: int) -> Tensor:
        self.generator = seeds.generator(seed)
        self.state, self.age = self._drawn(), torch.zeros(self.copies, dtype=torch.int64)
        return self.state.float()

    def step(self, actions: Tensor) -> Moved:
        self.state, self.age = self.moved(self.state, actions), self.age + 1
        last = self.state.float()
        ended = (self.state[:, 0].abs() > 2.4) | (self.state[:, 2].abs() > 12 * 2 * math.pi / 360)
        cut = (self.age >= 500) & ~ended
        over = ended | cut
        if over.any():
            self.state = torch.where(over[:, None], self._drawn(), self.state)
            self.age.masked_fill_(over, 0)
        return Moved(self.state.float(), torch.ones(self.copies), ended, cut, last)

    @staticmethod
    def moved(state: Tensor, actions: Tensor) -> Tensor:
        x, v, angle, spin = state.unbind(1)
        sine, cosine = angle.sin(), angle.cos()
        push = (20.0 * actions - 10.0 + 0.05 * spin.square() * sine) / 1.1
        turn = (9.8 * sine - cosine * push) / (0.5 * (4 / 3 - 0.1 * cosine.square() / 1.1))
        pull = push - 0.05 * turn * cosine / 1.1
        return torch.stack([x + 0.02 * v, v + 0.02 * pull, angle + 0.02 * spin, spin + 0.02 * turn], dim=1)

    def _drawn(self) -> Tensor:
        return 0.1 * torch.rand(self.copies, 4, generator=self.generator, dtype=torch.float64) - 0.05

    def picture(self) -> np.ndarray | None:
        return None

    def state_dict(self) -> dict[str, Any]:
        return {"state": self.state, "age": self.age, "generator": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.state, self.age = state["state"].clone(), state["age"].clone()
        self.generator = torch.Generator()
        self.generator.set_state(state["generator"])
