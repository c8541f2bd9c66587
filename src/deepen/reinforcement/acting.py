"""What is done: the action of the greatest value, or now and then any.

Legend: B copies, A actions, S the shape of one observation, t steps of all copies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["EpsilonGreedy", "Ramp", "greedy"]

_AT_ONCE = 256  # steps for which coins are tossed together (assumed)


@dataclass(frozen=True)
class Ramp:
    """A number that goes in a line from ``begin`` to ``end`` and stays there.

    Examples
    --------
    >>> epsilon = Ramp(1.0, 0.1)
    >>> [round(epsilon(share), 2) for share in (0.0, 0.5, 1.0, 7.0)]
    [1.0, 0.55, 0.1, 0.1]
    """

    begin: float
    end: float

    def __call__(self, share: float) -> float:
        """Give the number after a share of the way."""
        return self.begin + (self.end - self.begin) * min(1.0, max(0.0, share))


def greedy(net: Callable[[Tensor], Tensor], seen: Tensor) -> Tensor:
    """Give the actions (B,) of the greatest value at observations (B, *S)."""
    return net(seen).argmax(dim=1)


class EpsilonGreedy:
    """Any action with probability epsilon, else the greedy one (Watkins 1989; Mnih et al. 2015).

    The coins for many steps are tossed at once. Where every copy does any action, nobody is asked for the best.

    Parameters
    ----------
    actions, copies
        A and B.
    generator
        From which coins and actions are drawn, and nothing else; observations and actions are on its device.

    Examples
    --------
    >>> acts = EpsilonGreedy(5, 3, torch.Generator().manual_seed(0))
    >>> acts(lambda seen: seen.argmax(dim=1), torch.tensor([[1., 4, 2, 0, 0]]).expand(3, 5), 0.0)
    tensor([1, 1, 1])
    """

    def __init__(self, actions: int, copies: int, generator: torch.Generator) -> None:
        self._actions, self._copies, self._generator = actions, copies, generator
        self._before: Tensor | None = None  # the generator's state before the last toss
        self._coins: Any = ()  # (t, B) uniform
        self._drawn: Sequence[Tensor] = ()  # t of (B,)
        self._at = _AT_ONCE

    def _toss(self) -> None:
        """Toss the coins for so many steps."""
        self._before = self._generator.get_state()
        sides, device = (_AT_ONCE, self._copies), self._generator.device
        coins = torch.rand(sides, generator=self._generator, device=device)  # (t, B)
        self._coins = coins.numpy() if device.type == "cpu" else coins
        self._drawn = torch.randint(self._actions, sides, generator=self._generator, device=device).unbind()
        self._at = 0

    def __call__(self, best: Callable[[Tensor], Tensor], seen: Tensor, epsilon: float) -> Tensor:
        """Give the actions (B,) of the next step, at observations (B, *S); ``best`` gives the greedy ones."""
        if self._at == _AT_ONCE:
            self._toss()
        random, drawn = self._coins[self._at] < epsilon, self._drawn[self._at]  # (B,)
        self._at += 1
        if epsilon >= 1.0:
            return drawn
        if isinstance(random, Tensor):  # on a GPU: how many are random would have to be waited for
            return torch.where(random, drawn, best(seen))
        so_many = np.count_nonzero(random)
        if so_many == self._copies:
            return drawn
        return torch.where(torch.from_numpy(random), drawn, best(seen)) if so_many else best(seen)

    def state_dict(self) -> dict[str, Any]:
        """Where the draws stand."""
        before = self._before
        return {
            "random": self._generator.get_state() if before is None else before, "at": self._at,
            "tossed": before is not None,
        }  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._generator.set_state(state["random"].cpu())
        if state["tossed"]:
            self._toss()
        self._at = state["at"]
