"""Prioritised replay: steps from which more is to be learned are drawn more often (Schaul et al. 2016).

Legend: N transitions in a batch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from deepen.config import between
from deepen.reinforcement.replay import Replay, Transitions
from deepen.reinforcement.rings import ALONE
from deepen.reinforcement.sum_tree import SumTree

__all__ = ["PrioritisedReplay"]

_LEAST = (
    1e-6  # added to an error, so that no step is never drawn again (OpenAI baselines; the paper names none)
)


class PrioritisedReplay(Replay):
    """A replay memory of which step i is drawn with ``P(i) = p_i^alpha / sum p_k^alpha`` (Schaul 2016, equation 1).

    The priority ``p_i`` is the size of the step's last error, the proportional variant; of a new step it is the largest
    so far, so that each is soon looked at. The importance weights ``(M P(i))^-beta`` of M steps (section 3.4) undo the
    bias of the drawing as beta nears 1; they are divided by the largest of the batch, not of the whole memory, which
    would have to be sought.

    Parameters
    ----------
    alpha
        From 0, uniform, to 1, in proportion.
    **how
        As of :class:`~deepen.reinforcement.replay.Replay`.

    Attributes
    ----------
    beta
        May be set at any time.

    Examples
    --------
    >>> from deepen.shapes import Vector
    >>> memory = PrioritisedReplay(Vector(4), torch.float32, copies=2, size=1e6, discount=0.99, alpha=0.6)
    >>> memory.beta, memory.capacity  # of the bytes a quarter is for the priorities
    (1.0, 31250)
    """

    _BESIDE = 9  # eight for the priority, and a share of the sums over them, a tenth or less

    def __init__(self, *shape: Any, alpha: float = 0.6, **how: Any) -> None:
        between("alpha", alpha, 0, 1)
        super().__init__(*shape, **how)
        self.alpha, self.beta = alpha, 1.0
        self._tree = SumTree(self.capacity, device=self.device)
        self._largest = torch.ones((), dtype=torch.float64, device=self.device)  # () p^alpha
        self._touched: list[Tensor] = []

    def sample(self, size: int) -> Transitions:
        """Draw steps by their priorities, one of each of ``size`` equal parts of the sum (appendix B.2.1)."""
        self._settle()
        total = self._tree.total
        parts = torch.arange(size, device=self.device)
        drawn = torch.rand(size, generator=self._generator, device=self.device, dtype=torch.float64)
        rows = self._tree.find((parts + drawn) * (total / size))
        shares = self._tree.weights(rows) / total  # (N,) P(i)
        weights = (len(self) * shares).pow(-self.beta)
        return self._gather(self._native(rows))._replace(weights=(weights / weights.max()).float())

    def learned(self, rows: Tensor, errors: Tensor) -> None:
        """Take note of the errors (N,) that steps at rows (N,) had."""
        rows, errors = rows.to(self.device), errors.detach().to(self.device).double().abs()
        # An error that is not finite is the loop's affair; here it must not spoil the sums.
        weights = torch.where(errors.isfinite(), (errors + _LEAST).pow(self.alpha), self._largest)
        self._largest = torch.maximum(self._largest, weights.max())
        self._tree.set(rows, weights)

    def _touch(self, rows: Any) -> None:
        some = torch.arange(rows.start, rows.stop) if isinstance(rows, slice) else torch.as_tensor(rows)
        self._touched.append(some.to(self.device, copy=True))  # the memory goes on writing to what it gave

    def _settle(self) -> None:
        """Give new steps the largest priority, and those that were written over none."""
        if not self._touched:
            return
        rows = torch.cat(self._touched)
        self._touched.clear()
        alone = torch.as_tensor(self._kinds)[rows] == ALONE
        self._tree.set(rows, torch.where(alone, 0.0, self._largest))

    def state_dict(self) -> dict[str, Any]:
        """What it holds, as of the uniform memory, and the priorities."""
        self._settle()
        state = super().state_dict()
        return {**state, "largest": self._largest, **(self._tree.state_dict() if state["kept"] else {})}

    def load_state_dict(self, state: dict[str, Any]) -> bool:
        """Go on from there; the answer says whether what it held came back."""
        whole = super().load_state_dict(state)
        self._touched.clear()
        self._largest = state["largest"].to(self.device)
        if whole:
            self._tree.load_state_dict({"weights": state["weights"].to(self.device)})
        else:
            self._tree = SumTree(self.capacity, device=self.device)
        return whole
