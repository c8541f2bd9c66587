"""The replay memory: the steps of the last while, of which batches are drawn at random (Lin 1992; Mnih et al. 2015).

Legend: B copies, N transitions in a batch, n steps, S the shape of one observation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.reinforcement.n_step import n_step_returns
from deepen.reinforcement.rings import ALONE, END, Rings

__all__ = ["Replay", "Transitions"]


class Transitions(NamedTuple):
    """A batch of what was done and what came of it, over one step or several.

    Parameters
    ----------
    seen, following
        (N, *S) the state, and the one after up to n steps.
    actions
        (N,) int64.
    returns, discounts
        (N,) the rewards on the way, and what the value of ``following`` is multiplied by; 0 after an end.
    rows
        (N,) int64: where they stand in the memory.
    weights
        (N,) how much each counts; None where all count alike.
    """

    seen: Tensor
    actions: Tensor
    returns: Tensor
    discounts: Tensor
    following: Tensor
    rows: Tensor
    weights: Tensor | None = None


class Replay(Rings):
    """A replay memory of a given number of bytes, from which steps are drawn uniformly.

    Parameters
    ----------
    discount, n
        Of the returns over n steps.
    seed
        From which the draws follow.
    rings
        Shape and type of the observations, copies, bytes, stack and device, as of
        :class:`~deepen.reinforcement.rings.Rings`.

    Examples
    --------
    >>> from deepen.shapes import Vector
    >>> memory = Replay(Vector(4), torch.float32, copies=2, size=1e6, discount=0.99)
    >>> memory.capacity, len(memory)
    (43478, 0)
    """

    def __init__(self, *rings: Any, discount: float, n: int = 1, seed: int = 0, **more: Any) -> None:
        super().__init__(*rings, **more)
        self.discount, self.n = discount, n
        self._generator = seeds.generator(seed, "replay", device=self.device)
        self._ahead = self._native(torch.arange(n))  # (n,)

    def sample(self, size: int) -> Transitions:
        """Draw steps uniformly, with replacement: each that is there is as likely as any other."""
        return self._gather(self._draw(size))

    def _draw(self, size: int) -> Any:
        """Draw rows (N,) with a step on them: those without are drawn again, which leaves the others equally likely."""
        high = self.high
        rows = self._anywhere(size, high)
        while True:
            alone = self._taken(self._kinds, rows) == ALONE  # (N,)
            if not alone.any():
                return rows
            assert not alone.all() or len(self), "nothing to draw from"
            rows[alone] = self._anywhere(int(alone.sum()), high)

    def _anywhere(self, size: int, high: int) -> Any:
        """Draw rows (N,) from the first ``high`` of each ring."""
        drawn = torch.randint(high * self.copies, (size,), generator=self._generator, device=self.device)
        rows = self._native(drawn)
        return rows if high == self.rows or self.copies == 1 else rows % high + self.rows * (rows // high)

    def _gather(self, rows: Any) -> Transitions:
        """Collect the transitions that begin at rows (N,)."""
        at = rows % self.rows  # (N,) in the copy's ring
        first = rows - at
        if self.n == 1:
            lengths, returns = 1, self._tensor(self._taken(self._rewards, rows))
            discounts = self.discount * self._tensor(self._taken(self._kinds, rows) != END)
        else:
            window = first[:, None] + (at[:, None] + self._ahead) % self.rows  # (N, n)
            kinds = self._tensor(self._taken(self._kinds, window))
            rewards = self._tensor(self._taken(self._rewards, window))
            returns, discounts, found = n_step_returns(rewards, kinds != ALONE, kinds == END, self.discount)
            lengths = self._native(found)
        after = first + (at + lengths) % self.rows  # (N,)
        return Transitions(
            self._observations(rows), self._tensor(self._taken(self._actions, rows)).long(), returns, discounts,
            self._observations(after), self._tensor(rows),
        )  # fmt: skip

    def state_dict(self) -> dict[str, Any]:
        """As of the rings, and the state of the draws."""
        return {**super().state_dict(), "random": self._generator.get_state()}

    def load_state_dict(self, state: dict[str, Any]) -> bool:
        """Go on from there; the answer says whether what it held came back."""
        self._generator.set_state(state["random"].cpu())
        return super().load_state_dict(state)
