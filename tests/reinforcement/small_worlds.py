"""Small worlds whose action values are known exactly, and CartPole as tensors.

Legend: B copies, S states, A actions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.environments.base import Environment, Moved
from deepen.shapes import Vector


class Markov(Environment):
    """A finite world: ``chances`` (S, A, S), ``rewards`` (S, A) and the states that ``end`` an episode (S,) bool.

    What is seen is the state as one number out of S. Episodes begin in a state at random, and may be cut.
    """

    def __init__(
        self, chances: Tensor, rewards: Tensor, end: Tensor, *, copies: int = 1, cut_after: int = 0
    ) -> None:
        self.name, self.copies, self.actions = "Markov", copies, rewards.shape[1]
        self.shape, self.dtype, self.device = Vector(len(rewards)), torch.float32, torch.device("cpu")
        self.chances, self.payments, self.end, self.cut_after = chances, rewards, end, cut_after
        self.counted = torch.zeros_like(chances)  # (S, A, S) how often it went that way
        self._begins = (~end).nonzero()[:, 0]

    def begin(self, seed: int) -> Tensor:
        self._generator = seeds.generator(seed, "world")
        self._at = self._anywhere(self.copies)
        self._age = torch.zeros(self.copies, dtype=torch.int64)
        return self._seen()

    def step(self, actions: Tensor) -> Moved:
        rewards = self.payments[self._at, actions]
        weights = self.chances[self._at, actions]
        before = self._at
        self._at = torch.multinomial(weights, 1, generator=self._generator)[:, 0]
        self.counted.index_put_((before, actions, self._at), torch.ones(self.copies), accumulate=True)
        self._age += 1
        last, ended = self._seen(), self.end[self._at]
        cut = (self._age >= self.cut_after) & ~ended if self.cut_after else torch.zeros_like(ended)
        over = ended | cut
        if over.any():
            self._at = self._at.clone()
            self._at[over] = self._anywhere(int(over.sum()))
            self._age[over] = 0
        return Moved(self._seen(), rewards, ended, cut, last)

    def _anywhere(self, n: int) -> Tensor:
        return self._begins[torch.randint(len(self._begins), (n,), generator=self._generator)]

    def _seen(self) -> Tensor:
        return torch.nn.functional.one_hot(self._at, len(self.payments)).float()

    def picture(self) -> np.ndarray | None:
        return None

    def state_dict(self) -> dict[str, Any]:
        return {"at": self._at, "age": self._age, "random": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._generator = torch.Generator()
        self._generator.set_state(state["random"])
        self._at, self._age = state["at"].clone(), state["age"].clone()


def chain(n: int = 5, **how: Any) -> Markov:
    """A row of states: left and right; reaching the right end pays 1 and ends, the left end pays 0.15 and does not."""
    chances, rewards, end = torch.zeros(n, 2, n), torch.zeros(n, 2), torch.zeros(n, dtype=torch.bool)
    for s in range(n):
        chances[s, 0, max(s - 1, 0)] = chances[s, 1, min(s + 1, n - 1)] = 1.0
    rewards[n - 2, 1], rewards[0, 0], end[n - 1] = 1.0, 0.15, True
    return Markov(chances, rewards, end, **how)


def grid(side: int = 3, slip: float = 0.2, **how: Any) -> Markov:
    """A square of fields, four moves, one in five slips to any side; a corner pays 1 and ends, each step -0.1."""
    n = side * side
    chances, rewards, end = torch.zeros(n, 4, n), torch.full((n, 4), -0.1), torch.zeros(n, dtype=torch.bool)
    for s in range(n):
        y, x = divmod(s, side)
        targets = [
            min(max(y + dy, 0), side - 1) * side + min(max(x + dx, 0), side - 1)
            for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1))
        ]
        for a in range(4):
            chances[s, a, targets[a]] += 1 - slip
            for target in targets:
                chances[s, a, target] += slip / 4
    rewards += chances[:, :, n - 1]
    end[n - 1] = True
    return Markov(chances, rewards, end, **how)


def wheel(n: int = 4, **how: Any) -> Markov:
    """A world of chances drawn at random that never ends: every action may lead anywhere."""
    generator = torch.Generator().manual_seed(0)
    chances = torch.rand(n, 3, n, generator=generator)
    rewards = torch.rand(n, 3, generator=generator)
    return Markov(chances / chances.sum(-1, keepdim=True), rewards, torch.zeros(n, dtype=torch.bool), **how)


def value_iteration(world: Markov, discount: float, chances: Tensor | None = None) -> Tensor:
    """Q* (S, A): the fixed point of ``Q(s, a) = r + discount * sum P(s'|s, a) max Q(s', .)`` (Bellman 1957).

    By the world's own chances P (S, A, S), or by others, such as the shares of what was counted.
    """
    chances = world.chances if chances is None else chances
    q = torch.zeros_like(world.payments, dtype=torch.float64)
    for _ in range(2000):
        behind = torch.where(world.end, 0.0, q.amax(dim=1))
        q = world.payments + discount * (chances.double() @ behind)
    return q


class CartPole(Environment):
    """CartPole-v1 as tensors: Barto, Sutton and Anderson (1983), with the constants of Gymnasium."""

    def __init__(self, copies: int = 1) -> None:
        self.name, self.copies, self.actions = "CartPole-v1", copies, 2
        self.shape, self.dtype, self.device = Vector(4), torch.float32, torch.device("cpu")

    def begin(self, seed: int) -> Tensor:
        self._generator = seeds.generator(seed, "world")
        self._state = self._drawn()
        self._age = torch.zeros(self.copies, dtype=torch.int64)
        return self._state.float()

    def step(self, actions: Tensor) -> Moved:
        x, dx, angle, turning = self._state.unbind(1)
        force = 20.0 * actions - 10.0
        sin, cos = angle.sin(), angle.cos()
        push = (force + 0.05 * turning.square() * sin) / 1.1
        more = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos.square() / 1.1))
        ddx = push - 0.05 * more * cos / 1.1
        self._state = self._state + 0.02 * torch.stack([dx, ddx, turning, more], dim=1)
        self._age += 1
        ended = (self._state[:, 0].abs() > 2.4) | (self._state[:, 2].abs() > 12 * 2 * np.pi / 360)
        cut = (self._age >= 500) & ~ended
        last, over = self._state.float(), ended | cut
        if over.any():
            self._state = torch.where(over[:, None], self._drawn(), self._state)
            self._age = torch.where(over, 0, self._age)
        return Moved(self._state.float(), torch.ones(self.copies), ended, cut, last)

    def _drawn(self) -> Tensor:
        return torch.rand(self.copies, 4, generator=self._generator, dtype=torch.float64) * 0.1 - 0.05

    def picture(self) -> np.ndarray | None:
        return None

    def state_dict(self) -> dict[str, Any]:
        return {"state": self._state, "age": self._age, "random": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._generator = torch.Generator()
        self._generator.set_state(state["random"])
        self._state, self._age = state["state"].clone(), state["age"].clone()
