"""Keeping count of episodes as they go, and playing whole ones with a net that is not trained meanwhile.

Legend: B copies, E episodes of each copy, S the shape of one observation.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.environments.base import Environment, Moved
from deepen.reinforcement.acting import EpsilonGreedy

__all__ = ["Evaluation", "Tally", "play"]

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


@torch.no_grad()
def play(
    net: nn.Module,
    environment: Environment,
    episodes: int,
    *,
    seed: int,
    epsilon: float = 0.0,
    cap: int = 200_000,
) -> Tensor:
    """Play whole episodes, each begun anew, and give their returns.

    Every copy plays equally many, and of each its first ones count: were the first to finish taken of all copies
    together, short episodes would be too many among them.

    Parameters
    ----------
    net
        Gives action values.
    environment
        Another one than that in which is learned; it is begun anew.
    episodes
        At the least; a multiple of the copies is played.
    seed
        From which environment and random actions follow.
    epsilon
        The probability of a random action; Mnih et al. (2015) take 0.05.
    cap
        Steps after which an episode counts with the return that it has by then, and its copy plays no other.

    Returns
    -------
    Tensor
        (B E,) on the CPU, copy by copy; fewer where the cap was reached.
    """
    copies, device = environment.copies, next(net.parameters()).device
    each = -(-episodes // copies)
    acts = EpsilonGreedy(environment.actions, copies, seeds.generator(seed, "play", device=device))
    seen = environment.begin(seeds.derive(seed, "play", environment.name))
    returns: list[list[float]] = [[] for _ in range(copies)]
    playing = set(range(copies))
    running = torch.zeros(copies, device=environment.device)  # (B,)
    lengths = torch.zeros_like(running)  # (B,)
    step = 0
    while playing:
        acts.toss(epsilon, 1)
        moved = environment.step(acts(net, seen.to(device)).to(environment.device))
        seen, step = moved.seen, step + 1
        running += moved.rewards
        lengths += 1
        capped = lengths >= cap if step >= cap else torch.zeros_like(moved.done)
        over = moved.done | capped  # (B,)
        if over.any():
            found = zip(
                over.nonzero()[:, 0].tolist(), running[over].tolist(), capped[over].tolist(), strict=True
            )
            for copy, value, long in found:
                if copy in playing:
                    returns[copy].append(value)
                    playing -= {copy} if long or len(returns[copy]) == each else set()
            running.masked_fill_(over, 0.0)
            lengths.masked_fill_(over, 0.0)
    return torch.tensor([value for found in returns for value in found])


class Evaluation:
    """The figures of a net by whole episodes in an environment of its own, for looks while it learns.

    Parameters
    ----------
    environment
        Another one than that in which is learned, or its episodes would be broken off.
    episodes, seed, epsilon, cap
        As of :func:`play`. Every look plays from the same begins.

    Examples
    --------
    ::

        Evaluation(environment, episodes=20)(net)  # {"return": 487.2, "loss": -487.2}
    """

    def __init__(
        self,
        environment: Environment,
        *,
        episodes: int = 20,
        seed: int = 0,
        epsilon: float = 0.0,
        cap: int = 200_000,
    ) -> None:
        self._environment, self._episodes = environment, episodes
        self._seed, self._epsilon, self._cap = seed, epsilon, cap

    def __call__(self, net: nn.Module) -> dict[str, float]:
        """Give ``return``, the mean over the episodes, and ``loss``, its negative, by which lower is better."""
        returns = play(
            net, self._environment, self._episodes, seed=self._seed, epsilon=self._epsilon, cap=self._cap
        )
        mean = returns.mean().item()
        return {"return": mean, "loss": -mean}
