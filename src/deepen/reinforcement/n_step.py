"""Returns over n steps, and how far what follows them still counts.

Legend: N windows, n steps in each.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Returns", "n_step_returns"]


class Returns(NamedTuple):
    """What windows of n steps amount to.

    Parameters
    ----------
    returns
        (N,) the discounted sum of the rewards.
    discounts
        (N,) what the value of the state behind the window is multiplied by; 0 where the episode ended within it.
    lengths
        (N,) int64: how many steps the window has, from 1 to n.
    """

    returns: Tensor
    discounts: Tensor
    lengths: Tensor


def n_step_returns(rewards: Tensor, there: Tensor, ended: Tensor, discount: float) -> Returns:
    """Sum rewards up to n steps, to the end of the episode, or to where it was broken off.

    ``R = sum over j < m of discount^j r_j``, and the state behind it counts ``discount^m`` (Sutton 1988; Hessel et al.
    2018, "Rainbow", equation 3). The window has m = n steps, or fewer: an end leaves nothing to come, so the state
    behind counts nothing; where an episode was cut, or the newest step is reached, the state behind counts after m.

    Parameters
    ----------
    rewards
        (N, n) of consecutive steps.
    there
        (N, n) bool: whether this is a step at all. The first of each window must be.
    ended
        (N, n) bool: whether the episode ended with this step.
    discount
        Between 0 and 1.

    Examples
    --------
    >>> rewards = torch.tensor([[1.0, 2.0, 4.0]]).expand(3, 3)
    >>> there = torch.tensor([[True, True, True], [True, True, True], [True, True, False]])
    >>> ended = torch.tensor([[False, False, False], [False, True, False], [False, False, False]])
    >>> n_step_returns(rewards, there, ended, 0.5)
    Returns(returns=tensor([3., 2., 2.]), discounts=tensor([0.1250, 0.0000, 0.2500]), lengths=tensor([3, 2, 2]))
    """
    on = (there & ~ended).cumprod(dim=1).bool()  # (N, n) the episode goes on behind this step
    counts = there.clone()  # (N, n) the step belongs to the window
    counts[:, 1:] &= on[:, :-1]
    powers = discount ** torch.arange(rewards.shape[1], device=rewards.device, dtype=torch.float32)  # (n,)
    lengths = counts.sum(dim=1)
    over = (counts & ended).any(dim=1)
    # A step that does not count may hold anything, so it is left out instead of multiplied by 0.
    returns = torch.where(counts, rewards * powers, 0.0).sum(dim=1)
    return Returns(returns, torch.where(over, 0.0, discount ** lengths.float()), lengths)
