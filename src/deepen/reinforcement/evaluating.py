"""Whole episodes, played to see how good a player is.

Copies play side by side, and short episodes end sooner. Whoever takes the first E that end takes too many short ones:
of a game that lasts 10 or 1000 steps with equal chance, nearly all of them. So each copy plays a share that is fixed
beforehand, and all of it counts, however long it lasts.

Legend: B copies, E episodes, Q episodes of one copy at most, S the shape of one observation; n returns, r resamples.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.config import between
from deepen.environments import Environment
from deepen.errors import DataError
from deepen.evidence.intervals import bootstrap
from deepen.records import Measure, Score
from deepen.reinforcement.acting import greedy

__all__ = ["Act", "Episodes", "Evaluation", "at_random", "play_episodes", "score"]

Act = Callable[[Tensor], Tensor]  # what is seen (B, *S): what is done (B,) int64

LOOK = 16  # steps between looks at whether all is played: on an accelerator each look waits for it (assumed)


class Episodes(NamedTuple):
    """What came of each of E episodes.

    Parameters
    ----------
    returns
        (E,) the sum of the rewards, not discounted.
    lengths
        (E,) in steps.
    """

    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]


def play_episodes(
    environment: Environment,
    act: Act,
    episodes: int,
    seed: int,
    *,
    stop: Callable[[], bool] | None = None,
) -> Episodes:
    """Play whole episodes, each copy its share of them.

    Parameters
    ----------
    environment
        Begun anew here. A share is E / B, rounded up for the first copies; of E below B only the first E copies count.
    act
        What the player does: greedy or not is its own matter. Called without gradients.
    episodes
        E.
    seed
        That the copies begin from.
    stop
        Asked now and then whether to end at once. Then only those episodes count of whose round every copy has
        played its own, so that the short ones are not taken first; there may be none.

    Examples
    --------
    >>> from deepen.environments import make
    >>> class Coin:
    ...     action_space = 2
    ...     def reset(self, seed=None):
    ...         return [1.0], {}
    ...     def step(self, action):
    ...         return [1.0], float(action), True, False, {}
    >>> heads = lambda seen: torch.ones(len(seen), dtype=torch.int64)
    >>> play_episodes(make(Coin, 2), heads, 3, seed=0)
    Episodes(returns=array([1., 1., 1.]), lengths=array([1, 1, 1]))
    """
    between("episodes", episodes, 1, float("inf"))
    copies, device = environment.copies, environment.device
    each, more = divmod(episodes, copies)
    share = each + (torch.arange(copies) < more).long()  # (B,)
    most = int(share.max())
    there = share.to(device)
    # One column for each episode of a copy, and one more for what comes after its share.
    exact = torch.float32 if device.type == "mps" else torch.float64  # Apple's has no float64
    returns = torch.zeros(copies, most + 1, dtype=exact, device=device)  # (B, Q + 1)
    lengths = torch.zeros(copies, most + 1, dtype=torch.int64, device=device)  # (B, Q + 1)
    at = torch.zeros(copies, 1, dtype=torch.int64, device=device)  # (B, 1): the episode each copy is in
    one = torch.ones_like(at)  # (B, 1)
    ended = False
    with torch.no_grad():
        seen = environment.begin(seed)  # (B, *S)
        while not ended:
            for _ in range(LOOK):
                moved = environment.step(act(seen))
                returns.scatter_add_(1, at, moved.rewards[:, None].to(exact))
                lengths.scatter_add_(1, at, one)
                at = (at + moved.done[:, None]).clamp_(max=most)
                seen = moved.seen
            ended = bool((at[:, 0] >= there).all()) or (stop is not None and stop())
    done = at[:, 0].cpu()  # (B,)
    whole = int(
        torch.where(done >= share, most, done).min()
    )  # rounds that every copy has played, or its share
    counted = (torch.arange(most)[:, None] < share) & (torch.arange(most)[:, None] < whole)  # (Q, B)
    return Episodes(
        returns[:, :most].cpu().T[counted].double().numpy(), lengths[:, :most].cpu().T[counted].numpy()
    )


class Evaluation:
    """The figures of a net by whole episodes in an environment of its own, for looks while it learns.

    Parameters
    ----------
    environment
        Another one than that in which is learned, or its episodes would be broken off.
    episodes, seed
        As of :func:`play_episodes`. Every look plays from the same beginnings.
    seconds
        After which a look ends; what was played by then counts.
    epsilon
        The probability of a random action; Mnih et al. (2015) take 0.05.

    Examples
    --------
    ::

        Evaluation(environment, 20)(net)  # {"return": 487.2, "minus_return": -487.2}
    """

    def __init__(
        self,
        environment: Environment,
        episodes: int = 20,
        *,
        seed: int = 0,
        seconds: float = math.inf,
        epsilon: float = 0.0,
    ) -> None:
        self._environment, self._episodes, self._seed = environment, episodes, seed
        self._seconds, self._epsilon = seconds, epsilon

    def __call__(self, net: nn.Module) -> dict[str, float]:
        """Give ``return``, the mean over the episodes, and ``minus_return``, its negative, by which lower is better.

        Where no episode ended in time there is no ``return``, and ``minus_return`` is infinite.
        """
        environment, until = self._environment, time.monotonic() + self._seconds
        device, epsilon = next(net.parameters()).device, self._epsilon
        draw = seeds.generator(self._seed, "look", device=environment.device)

        def act(seen: Tensor) -> Tensor:
            best = greedy(net, seen.to(device)).to(environment.device)  # (B,)
            if not epsilon:
                return best
            coins = torch.rand(best.shape, generator=draw, device=best.device) < epsilon
            other = torch.randint(environment.actions, best.shape, generator=draw, device=best.device)
            return torch.where(coins, other, best)

        found = play_episodes(
            environment, act, self._episodes, self._seed, stop=lambda: time.monotonic() > until
        )
        if not len(found.returns):
            return {"minus_return": math.inf}
        mean = float(found.returns.mean())
        return {"return": mean, "minus_return": -mean}


def at_random(environment: Environment, seed: int) -> Act:
    """Play without looking, every action equally often: what a score is compared with.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> act = at_random(SimpleNamespace(actions=3, device=torch.device("cpu")), seed=0)
    >>> bool((act(torch.zeros(100, 4)) < 3).all())
    True
    """
    chance = seeds.generator(seed, "random play", device=environment.device)

    def act(seen: Tensor) -> Tensor:
        return torch.randint(
            environment.actions, (len(seen),), generator=chance, device=environment.device
        )  # (B,)

    return act


def score(returns: ArrayLike, *, part: str = "test", seed: int = 0) -> Score:
    """Say how good the returns (E,) are: their mean first, then the median, and the best.

    Parameters
    ----------
    returns
        Of whole episodes.
    part
        As in :class:`~deepen.records.Score`.
    seed
        Of the bootstrap's draws.

    Raises
    ------
    DataError
        If there are none.

    Examples
    --------
    >>> found = score([1.0, 2.0, 3.0, 10.0])
    >>> [(m.name, m.value) for m in found.measures.values()]
    [('return', 4.0), ('median_return', 2.5), ('best_return', 10.0)]
    """
    x = np.asarray(returns, np.float64)
    if not x.size:
        raise DataError("no episode was played to its end", mend="Allow more time.")
    best, n = float(x.max()), len(x)
    how = "bootstrap" if n > 1 else "none"  # one episode says nothing of how others differ
    measures = [
        Measure("return", float(x.mean()), *bootstrap(_mean, x, seed=seed), how, n),
        Measure("median_return", float(np.median(x)), *bootstrap(_median, x, seed=seed), how, n),
        Measure("best_return", best, best, best, "largest", n),
    ]
    return Score({m.name: m for m in measures}, part=part)


def _mean(weights: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each resample: weights (n, r)."""
    mean: NDArray[np.float64] = x @ weights / weights.sum(0)
    return mean


def _median(weights: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The median of each resample: weights (n, r)."""
    order = np.argsort(x)
    below = weights[order].cumsum(0)  # (n, r): how many rows up to each
    half = below[-1] / 2
    middle: NDArray[np.float64] = (
        x[order][(below >= half).argmax(0)] + x[order][(below > half).argmax(0)]
    ) / 2
    return middle
