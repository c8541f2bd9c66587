"""When to resign: the value below which so few games were still saved that giving up early costs next to nothing.

Some games are played to the end whatever happens. Of each of their players who did not lose, the lowest value that the
search gave him is kept; resigning below the 5 % quantile of these would have lost 5 % of such games wrongly (Silver et
al. 2017 set the same threshold so).

Legend: B games, K players who did not lose.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

__all__ = ["Resigning"]

_KEPT = 1000  # players from whom the threshold follows, the latest (assumed)
_ENOUGH = 100  # before that nobody resigns (assumed)
_NEVER_ABOVE = -0.7  # whoever expects more plays on, whatever the quantile says (assumed)


class Resigning:
    """Keeps the threshold.

    Parameters
    ----------
    allowed
        The share of wrongly resigned games; 0 for no resigning at all.
    device
        Where values come from.

    Attributes
    ----------
    threshold
        The value below which to resign; below -1 for never.

    Examples
    --------
    >>> resigning = Resigning(0.05)
    >>> resigning.played_out(torch.linspace(-1, 1, 1001))
    >>> round(resigning.threshold, 2), round(resigning.wrongly, 2)
    (-0.9, 0.05)
    """

    def __init__(self, allowed: float, device: torch.device | str = "cpu") -> None:
        self.allowed = allowed
        self.threshold = -2.0
        self._lowest = torch.empty(0, device=device)

    def given_up(self, values: Tensor) -> Tensor:
        """Say who resigns, by the search's values (B,): (B,) bool."""
        return values < self.threshold

    def played_out(self, lowest: Tensor) -> None:
        """Take note of the lowest values (K,) of players who did not lose, and set the threshold anew."""
        self._lowest = torch.cat([self._lowest, lowest.to(self._lowest)])[-_KEPT:]
        if self.allowed > 0 and len(self._lowest) >= _ENOUGH:
            self.threshold = min(_NEVER_ABOVE, self._lowest.quantile(self.allowed).item())

    @property
    def wrongly(self) -> float:
        """The measured share of players who would have resigned and did not lose; NaN as long as too few are known."""
        if len(self._lowest) < _ENOUGH:
            return float("nan")
        return (self._lowest < self.threshold).float().mean().item()

    def state_dict(self) -> dict[str, Any]:
        """What the threshold follows from."""
        return {"threshold": self.threshold, "lowest": self._lowest}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.threshold, self._lowest = state["threshold"], state["lowest"].to(self._lowest)
