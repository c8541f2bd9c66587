"""When a machine's weights have run away: told to the loop's guard by a loss without bound, and refused in the end.

The error of a logistic unit is bounded however wrong its weights are, so that the reported loss alone cannot tell.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from deepen.learning.stepping import Step

__all__ = ["LARGEST", "Bounded", "ran_away"]

LARGEST = 100.0
"""The largest weight between two units of a machine that learns: it alone then decides a logistic unit as far as
float32 can tell, since exp(-104) is 0 in it. Rates that learn stayed below 2 on small data, rates a thousand times as
high passed 400 (200 rows of 10 columns, 40 passes); on MNIST weights came to 10 in two minutes (all measured)."""
LARGEST_BIAS = 100 * LARGEST
"""A bias makes up for the sum of its unit's weights: in those two minutes biases came to 227 (measured)."""


def ran_away(net: nn.Module) -> Tensor:
    """Whether a weight is not finite or too large: () bool.

    Examples
    --------
    >>> bool(ran_away(nn.Linear(2, 2)))
    False
    """
    return ~torch.stack([_within(p.detach()) for p in net.parameters()]).all()


def _within(weights: Tensor) -> Tensor:
    """Whether all are finite and none is too large: () bool."""
    largest = LARGEST if weights.dim() > 1 else LARGEST_BIAS
    if weights.device.type == "cpu":  # a GPU would have to be waited for
        flat = weights.flatten()
        # None is longer than all together, which is found in a third of the time (784 x 500: 0.02 ms and 0.06).
        if torch.dot(flat, flat).item() <= largest**2:
            return torch.tensor(True)
    # NaN is not within. By the ends: torch's norm takes ten times as long.
    low, high = torch.aminmax(weights)
    return (low >= -largest) & (high <= largest)


class Bounded:
    """A step of the loop whose loss is infinite where the weights have run away.

    The guard then goes back to earlier weights and lowers the rate, as with any loss that is not finite.

    Parameters
    ----------
    step
        What gives the loss.
    """

    def __init__(self, step: Step) -> None:
        self._step: Any = step
        self._steps, self._bad = 0, torch.tensor(0)

    def __call__(self, net: nn.Module, batch: Any) -> Tensor:
        """Give the loss of one batch."""
        loss: Tensor = self._step(net, batch)
        bad = ran_away(net)
        self._steps += 1
        self._bad = self._bad.to(bad.device) + bad  # counted without waiting for a GPU
        return torch.where(bad, torch.full_like(loss, math.inf), loss)

    @property
    def in_vain(self) -> bool:
        """Whether more steps than not found weights that had run away: too few others to have learned from."""
        return 2 * int(self._bad) > self._steps

    def begin_anew(self) -> None:
        """Forget what bad weights may have spoilt."""
        if hasattr(self._step, "begin_anew"):
            self._step.begin_anew()

    def state_dict(self) -> dict[str, Any] | None:
        """What the step keeps, if anything."""
        return self._step.state_dict() if hasattr(self._step, "state_dict") else None

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._step.load_state_dict(state)
