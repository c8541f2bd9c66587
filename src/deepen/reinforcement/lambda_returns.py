"""Lambda returns of a rollout: what an action brought, part by what followed and part by what is expected then.

The one-step target trusts the net's own values, the sum of all that followed none of them; Q(lambda) mixes all between
(Peng and Williams 1994; Daley and Amato 2019; Gallici et al. 2024, of PQN)::

    R_t = r_t + gamma ((1 - lambda) max_a Q(s_t+1, a) + lambda R_t+1)

Legend: T steps of a rollout, B copies of the environment.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["lambda_returns"]


def lambda_returns(
    rewards: Tensor,
    ended: Tensor,
    cut: Tensor,
    after: Tensor,
    *,
    discount: float,
    trace: float,
    followed: Tensor | None = None,
) -> Tensor:
    """Give the lambda return of every step: (T, B).

    Nothing is to come after an episode's end, so its last return is the reward alone. Where an episode was cut, more
    would have come, and where the rollout breaks off, more will: there the net's own value stands for all of it.

    Parameters
    ----------
    rewards
        (T, B) float.
    ended, cut
        (T, B) bool, as in :class:`~deepen.environments.base.Moved`.
    after
        (T, B) the value max_a Q of what was seen after each step: of a cut episode at its end, not of the next one.
    discount, trace
        gamma and lambda, both from 0 to 1.
    followed
        (T, B) bool: whether a step's own action may count in the return before it. Watkins's Q(lambda) (1989) gives the
        greedy ones here; None, as Peng's and PQN, lets all count, though then exploration counts too.

    Examples
    --------
    >>> rewards, no = torch.tensor([[1.0], [1.0], [1.0]]), torch.zeros(3, 1, dtype=torch.bool)
    >>> after = torch.full((3, 1), 10.0)
    >>> lambda_returns(rewards, no, no, after, discount=0.5, trace=0.0).flatten().tolist()
    [6.0, 6.0, 6.0]
    >>> lambda_returns(rewards, no, no, after, discount=0.5, trace=1.0).flatten().tolist()
    [3.0, 4.0, 6.0]
    """
    one_step = rewards + discount * after.masked_fill(ended, 0.0)  # (T, B) the returns for lambda = 0
    onward = (
        discount * trace * (~(ended | cut)).to(rewards.dtype)
    )  # (T, B) how much of the next return counts
    onward[-1] = 0.0
    if followed is not None:
        onward[:-1] *= followed[1:]
    # R_t = one_step_t + onward_t (R_t+1 - after_t), of which all but one product is done for all steps at once.
    still = torch.addcmul(one_step, onward, after, value=-1)  # (T, B)
    returns = torch.empty_like(one_step)
    later = one_step[-1]  # (B,)
    for t in range(len(rewards) - 1, -1, -1):
        later = torch.addcmul(still[t], onward[t], later, out=returns[t])
    return returns
