"""The same game in the package and here, from the same stream of NumPy's numbers."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from deepen.environments.minatar.base import MinAtar
from deepen.environments.minatar.draws import Draws


class Numpy(Draws):
    """One ``RandomState`` for each copy, asked only where the rules ask."""

    def __init__(self, seeds: list[int]) -> None:
        self.seeds = seeds
        self.states = [np.random.RandomState(s) for s in seeds]

    def begin(self, seed: int) -> None:
        self.states = [np.random.RandomState(s) for s in self.seeds]

    def uniform(self, rows: Tensor, k: int) -> Tensor:
        numbers = np.zeros((k, len(self.states)))
        for i in rows.nonzero()[:, 0].tolist():
            numbers[:, i] = self.states[i].rand(k)
        return torch.from_numpy(numbers)

    def below(self, n: int | Tensor, rows: Tensor, k: int) -> Tensor:
        numbers = np.zeros((k, len(self.states)), dtype=np.int64)
        for i in rows.nonzero()[:, 0].tolist():
            numbers[:, i] = self.states[i].randint(0, n if isinstance(n, int) else int(n[i]), k)
        return torch.from_numpy(numbers)

    def state_dict(self) -> dict[str, Any]:
        return {"states": [s.get_state() for s in self.states]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for s, kept in zip(self.states, state["states"], strict=True):
            s.set_state(kept)


class Peer:
    """The package's game with its own numbers, and sticky actions as its wrapper does them."""

    def __init__(self, title: str, seed: int, *, sticky: float, ramping: bool) -> None:
        pytest.importorskip("minatar.environments.breakout")
        module = importlib.import_module(f"minatar.environments.{title}")
        self.game = module.Env(ramping=ramping)
        self.game.random = self.random = np.random.RandomState(seed)
        self.sticky, self.before = sticky, 0
        self.game.reset()

    def see(self) -> np.ndarray:
        return self.game.state().transpose(2, 0, 1)

    def act(self, action: int) -> tuple[float, bool]:
        if self.sticky and self.random.rand() < self.sticky:
            action = self.before
        self.before = action
        return self.game.act(action)


def compare(
    kind: type[MinAtar],
    seeds: list[int],
    steps: int,
    *,
    sticky: float = 0.1,
    ramping: bool = True,
    player: Any = None,
    between: Any = None,
) -> dict[str, float]:
    """Play all copies beside as many games of the package; equal in every step, or an error.

    ``player`` chooses an action from a game of the package and a generator; ``between`` may change both sides.
    """
    ours = kind(len(seeds), sticky=sticky, ramping=ramping, draws=Numpy(seeds))
    theirs = [Peer(kind.title, s, sticky=sticky, ramping=ramping) for s in seeds]
    seen = ours.begin(0)
    chance = np.random.default_rng(seeds)
    total, episodes, longest = 0.0, 0, 0
    for t in range(steps):
        assert np.array_equal(seen.numpy(), np.stack([p.see() for p in theirs])), f"step {t}"
        if player is None:
            actions = chance.integers(0, 6, len(seeds)).tolist()
        else:
            actions = [player(p.game, chance) for p in theirs]
        moved = ours.step(torch.tensor(actions))
        came = [p.act(a) for p, a in zip(theirs, actions, strict=True)]
        assert moved.rewards.tolist() == [float(r) for r, _ in came], f"step {t}"
        assert moved.ended.tolist() == [bool(e) for _, e in came], f"step {t}"
        assert not moved.cut.any()
        assert np.array_equal(moved.last.numpy(), np.stack([p.see() for p in theirs])), f"step {t}"
        for p, (_, ended) in zip(theirs, came, strict=True):
            if ended:
                p.game.reset()
        seen = moved.seen
        total += float(moved.rewards.sum())
        episodes += int(moved.ended.sum())
        longest = max(longest, int(ours._age.max()))
        if between is not None:
            between(ours, [p.game for p in theirs], t)
            seen = ours._look().view_as(seen)
    return {"total": total, "episodes": episodes, "longest": longest}
