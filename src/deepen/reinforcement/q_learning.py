"""Q-learning on a batch of transitions: the step that the learning loop takes.

Legend: N transitions in a batch, A actions.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from deepen.learning.given import Given
from deepen.reinforcement.chains import Chain, bare, chain
from deepen.reinforcement.prioritised import PrioritisedReplay
from deepen.reinforcement.replay import Transitions
from deepen.reinforcement.settings import DQN

__all__ = ["QLearning"]

_FAR = 1e30  # a threshold that no error reaches: a plain square


class QLearning:
    """The loss of one batch: how far ``Q(s, a)`` is from the rewards and the value of what follows.

    Parameters
    ----------
    net
        Of which the target net is a copy.
    how
        Double or not, the loss, and how the target net follows.
    replay
        Told of the errors where it draws by them.

    Attributes
    ----------
    target : torch.nn.Module
        The target net.
    updates : int
        The batches so far.
    """

    def __init__(self, net: nn.Module, how: DQN, replay: PrioritisedReplay | None = None) -> None:
        self._how, self._net, self._replay = how, net, replay
        self.target = copy.deepcopy(net).requires_grad_(False).eval()
        self._chain = chain(net)
        self._behind, self._ahead = bare(self.target), self._chain or net
        self.updates = 0
        self._pairs = list(zip(self.target.state_dict().values(), net.state_dict().values(), strict=True))

    def __call__(self, net: nn.Module, batch: Transitions) -> Tensor | Given:
        """Give the loss () of a batch, and let the target net follow."""
        self._follow()
        own = net is self._net  # one that is wrapped or compiled is asked itself
        targets = self.targets(self._ahead if own else net, batch)  # (N,)
        loss: Tensor | Given
        # Autocast knows of products, not of what is written out.
        if own and self._chain is not None and not torch.is_autocast_enabled("cpu"):
            loss, errors = self._by_hand(self._chain, batch, targets)
        else:
            values = self.taken(net(batch.seen), batch.actions)  # (N,)
            loss, errors = self.loss(values, targets, batch.weights), values.detach() - targets
        if self._replay is not None:
            self._replay.learned(batch.rows, errors)
        self.updates += 1
        return loss

    @torch.no_grad()
    def targets(self, net: Callable[[Tensor], Tensor], batch: Transitions) -> Tensor:
        """``R + gamma^m V(s')``, of returns and discounts over m steps: (N,)."""
        behind = self.double(net, batch.following) if self._how.double else self.best(batch.following)
        return torch.addcmul(batch.returns, batch.discounts, behind)

    def best(self, following: Tensor) -> Tensor:
        """``V(s') = max_a Q_target(s', a)`` (Mnih et al. 2015): (N,)."""
        return self._behind(following).amax(dim=1)

    def double(self, net: Callable[[Tensor], Tensor], following: Tensor) -> Tensor:
        """``V(s') = Q_target(s', argmax_a Q(s', a))`` (van Hasselt, Guez and Silver 2016, equation 4): (N,)."""
        return self.taken(self._behind(following), net(following).argmax(dim=1))

    @staticmethod
    def taken(values: Tensor, actions: Tensor) -> Tensor:
        """The values (N, A) of the actions (N,) that were taken: (N,)."""
        return values.gather(1, actions.unsqueeze(1)).squeeze(1)

    def loss(self, values: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
        """The weighted mean of ``delta^2 / 2``, or beyond the threshold of Huber's (1964) line: ().

        ``delta = Q(s, a) - target``, of values and targets (N,).
        """
        threshold = min(self._how.huber, _FAR)
        if weights is None:
            return nn.functional.huber_loss(values, targets, delta=threshold)
        each = nn.functional.huber_loss(values, targets, reduction="none", delta=threshold)
        return (weights * each).mean()

    def _by_hand(self, net: Chain, batch: Transitions, targets: Tensor) -> tuple[Given, Tensor]:
        """The loss () of a chain, its gradient written out, and the errors (N,) ``Q(s, a) - target``."""
        threshold = min(self._how.huber, _FAR)
        reached = net.reached(batch.seen)
        values, actions = reached[-1], batch.actions.unsqueeze(1)  # (N, A) and (N, 1)
        errors = values.gather(1, actions).squeeze(1) - targets  # (N,)
        slopes = errors.clamp(-threshold, threshold)  # (N,) of Huber's loss by its error
        each = slopes * (errors - 0.5 * slopes)  # (N,) the loss itself: a square, then a line
        share: Tensor | float = 1.0 / len(errors)
        if batch.weights is not None:
            each, share = batch.weights * each, batch.weights * share
        above = torch.zeros_like(values).scatter_(1, actions, (slopes * share).unsqueeze(1))  # (N, A)
        return Given(each.mean(), net.parameters, net.gradients(reached, above)), errors

    def _follow(self) -> None:
        """Let the target net become the net, or go a part of the way to it."""
        if self._how.soft:
            self._go(self._how.soft)
        elif self.updates % self._how.target == 0:
            self._go(1.0)

    @torch.no_grad()
    def _go(self, share: float) -> None:
        targets, live = zip(*self._pairs, strict=True)
        if share == 1.0:
            torch._foreach_copy_(list(targets), list(live))
        else:
            torch._foreach_lerp_(list(targets), list(live), share)

    def begin_anew(self) -> None:
        """Let the target net become the net: the training went back to earlier weights."""
        self._go(1.0)

    def state_dict(self) -> dict[str, Any]:
        """The target net, and how many batches there were."""
        return {"target": self.target.state_dict(), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self.target.load_state_dict(state["target"])
        self.updates = state["updates"]
