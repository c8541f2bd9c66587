"""The window of recent positions that the net learns from; it grows with the number of positions played.

At first a game's quality rises quickly, so old positions are soon let go; later more of them are worth keeping
(Wu 2019, KataGo, appendix C).

Legend: P places in the store, M positions, C planes, H rows, W columns, A moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from deepen.games.rules import Rules

__all__ = ["Positions", "Window", "window_size"]

# KataGo's exponent and the slope at the beginning (cited).
_POWER, _SLOPE = 0.75, 0.4


def window_size(total: int, least: int) -> int:
    """Say how many of the most recent positions count, of all that were played.

    ``least (1 + slope ((total / least)^power - 1) / power)``: all of them at first, about half of ten times ``least``.

    Examples
    --------
    >>> [window_size(total, 1000) for total in (500, 1000, 10_000, 100_000)]
    [500, 1000, 3465, 17332]
    """
    if total <= least:
        return total
    return int(least * (1 + _SLOPE * ((total / least) ** _POWER - 1) / _POWER))


class Positions(NamedTuple):
    """Positions to learn from.

    Parameters
    ----------
    planes
        (M, C, H, W) float32, from the side of whose turn it is.
    policy
        (M, A) float32: the search's.
    outcome
        (M,) float32 from -1 to 1: what the game gave, or that mixed with what the search expected.
    owners
        (M, H, W) int8: whose each place was at the end, 1 of the side whose turn it is, -1 of the other, 0 of nobody,
        and 2 or -2 on the whole board where the game was resigned. None in a game that is not about places.
    """

    planes: Tensor
    policy: Tensor
    outcome: Tensor
    owners: Tensor | None = None


class Window:
    """A ring of positions, from which batches are drawn.

    Parameters
    ----------
    rules
        Say how large a position is.
    least
        Up to here all positions count.
    most
        How many there is room for: P.
    device
        Where they are kept.

    Attributes
    ----------
    total
        How many were ever added.
    """

    def __init__(
        self, rules: Rules[Any], *, least: int, most: int, device: torch.device | str = "cpu"
    ) -> None:
        shape = (rules.shape.c, rules.shape.h, rules.shape.w)
        self._rules, self._least, self._most = rules, least, most
        self.total = 0
        # Half precision holds what planes are made of exactly: zeros, ones and small numbers.
        self._planes = torch.empty(most, *shape, dtype=torch.float16, device=device)
        self._policy = torch.empty(most, rules.actions, dtype=torch.float16, device=device)
        self._outcome = torch.empty(most, dtype=torch.float16, device=device)
        places = (most, *shape[1:]) if rules.territory else (most, 0, 0)
        self._owners = torch.empty(places, dtype=torch.int8, device=device)
        self._turned = [rules.turned_moves(s).to(device) for s in range(rules.symmetries)]

    def __len__(self) -> int:
        """How many positions count now."""
        return min(window_size(self.total, self._least), self._most)

    @property
    def room(self) -> int:
        """Bytes of what is kept."""
        each = sum(x[0].numel() * x.element_size() for x in self._kept)
        return each * min(self.total, self._most)

    @property
    def _kept(self) -> tuple[Tensor, ...]:
        return self._planes, self._policy, self._outcome, self._owners

    def add(self, positions: Positions) -> None:
        """Add positions, over the oldest ones where there is no more room."""
        n = len(positions.outcome)
        at = (self.total + torch.arange(n, device=self._outcome.device)) % self._most
        for kept, new in zip(self._kept, positions, strict=True):
            if new is not None:
                kept[at[-self._most :]] = new[-self._most :].to(kept.dtype)
        self.total += n

    def draw(self, n: int, generator: torch.Generator) -> Positions:
        """Draw n positions that count, as many turned by each of the board's symmetries."""
        back = torch.randint(len(self), (n,), generator=generator, device=self._outcome.device)
        at = (self.total - 1 - back) % self._most
        planes, policy = self._planes[at].float(), self._policy[at].float()
        ways = len(self._turned)
        policy = torch.cat([p[:, self._turned[s]] for s, p in enumerate(policy.tensor_split(ways))])
        owners = self._turn(self._owners[at]) if self._rules.territory else None
        return Positions(self._turn(planes), policy, self._outcome[at].float(), owners)

    def _turn(self, x: Tensor) -> Tensor:
        """Turn what has the board's places (n, ..., H, W), as many by each symmetry."""
        parts = x.tensor_split(len(self._turned))
        return torch.cat([self._rules.turned(part, s) for s, part in enumerate(parts)])

    def state_dict(self) -> dict[str, Any]:
        """All positions that count."""
        at = (self.total - torch.arange(len(self), 0, -1, device=self._outcome.device)) % self._most
        return {
            "total": self.total,
            "planes": self._planes[at],
            "policy": self._policy[at],
            "outcome": self._outcome[at],
            "owners": self._owners[at],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.total = state["total"] - len(state["outcome"])
        self.add(Positions(*(state[name] for name in Positions._fields)))
