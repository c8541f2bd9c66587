"""PQN, parallelised Q-networks: deep Q-learning without a replay memory and without a target net.

Gallici et al. (2024, "Simplifying deep temporal difference learning") show that layer norm keeps Q-learning stable, so
that what many copies of an environment have just played can be learned from at once and forgotten: Q(lambda) returns,
a few passes over the rollout, and on. It is the quicker way where the environment is cheap, as one forward pass acts
for all copies, and no memory of a million pictures is needed.

The numbers of :class:`PQN` are those of the authors' code (github.com/mttga/purejaxql) but where it is said. Epsilon
and the rate follow the progress of the training, by steps or by the clock.

Legend: T steps of a rollout, B copies, S the shape of one observation, A actions, M rows in a minibatch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Self

import torch.nn.functional as F
from torch import Tensor, nn

from deepen.config import Settings, between, one_of, whole
from deepen.environments.base import Environment
from deepen.errors import SettingError
from deepen.learning.budget import Horizon
from deepen.learning.radam import RAdam
from deepen.nets.q_net import QNet, pixels
from deepen.reinforcement.acting import Ramp
from deepen.reinforcement.lambda_returns import lambda_returns
from deepen.reinforcement.parts import Parts
from deepen.reinforcement.rollouts import Minibatch, Rollout, Rollouts
from deepen.shapes import Grid, Vector

__all__ = ["PQN", "TargetError", "parts"]


class PQN(Settings):
    """How a net learns by PQN; the defaults are those for MinAtar.

    Parameters
    ----------
    copies, length
        B and T: a rollout has B * T steps.
    minibatches, epochs
        Into how many parts a rollout is divided, and how often it is gone through.
    discount, trace
        gamma and lambda.
    traces
        ``peng``: the return runs through whatever was done, as in the paper; ``watkins``: it stops before an action
        that was not the best one, so that exploration does not count, and the values of a small world become exact.
    epsilon, explore_share
        The probability of a random action in the end; it falls from 1 in a line, over this share of the training.
    rate, rate_end
        RAdam's rate, and the part of it that is left in the end, to which it falls in a line.
    clip
        The largest norm of the gradient.
    reward_scale, clip_rewards
        What rewards are multiplied by, and whether they are then cut to -1 and 1. Scores are told as they are.
    width, standardise
        Of :class:`~deepen.nets.q_net.QNet`, which here always has layer norms.

    Examples
    --------
    >>> PQN().rollout, PQN().batch
    (4096, 128)
    >>> [round(PQN().exploration(share), 3) for share in (0.0, 0.05, 0.1, 1.0)]
    [1.0, 0.525, 0.05, 0.05]
    """

    copies: int = 128
    length: int = 32
    minibatches: int = 32
    epochs: int = 2
    discount: float = 0.99
    trace: float = 0.65
    traces: str = "peng"
    epsilon: float = 0.05
    explore_share: float = 0.1
    rate: float = 5e-4
    rate_end: float = 0.0
    clip: float = 10.0
    reward_scale: float = 1.0
    clip_rewards: bool = False
    width: int | tuple[int, ...] | None = None
    standardise: bool = False

    def __post_init__(self) -> None:
        for name in ("copies", "length", "minibatches", "epochs"):
            whole(name, getattr(self, name), 1, 1e6)
        for name in ("discount", "trace", "epsilon", "explore_share", "rate_end"):
            between(name, getattr(self, name), 0, 1)
        for name in ("rate", "clip", "reward_scale"):
            between(name, getattr(self, name), 0, math.inf, open_low=True)
        one_of("traces", self.traces, ("peng", "watkins"))
        if self.minibatches > self.rollout:
            allowed = f"at most copies * length, {self.rollout}"
            raise SettingError(
                "too many parts", where="minibatches", allowed=allowed, came=str(self.minibatches)
            )

    @classmethod
    def suited(cls, shape: Vector | Grid, **changed: Any) -> Self:
        """Give the settings that suit what is seen: numbers, a small grid, or pixels.

        Raises
        ------
        SettingError
            If a name is unknown or a value out of range.

        Examples
        --------
        >>> PQN.suited(Vector(4)).copies, PQN.suited(Grid(4, 84, 84), length=64).rate
        (32, 0.00025)
        """
        base: dict[str, Any] = {}
        if isinstance(shape, Vector):
            base = _CLASSIC
        elif pixels(shape):
            base = _ATARI
        return cls.from_dict({**base, **changed})

    def net(self, environment: Environment) -> QNet:
        """Build the net, on the device of the environment; its weights follow from PyTorch's generator."""
        return QNet(environment.shape, environment.actions, **self.net_settings).to(environment.device)

    @property
    def net_settings(self) -> dict[str, Any]:
        """The options of :class:`~deepen.nets.q_net.QNet` that these settings ask for."""
        return {"width": self.width, "layer_norm": True, "standardise": self.standardise}

    @property
    def rollout(self) -> int:
        """Steps of all copies in one rollout."""
        return self.copies * self.length

    @property
    def batch(self) -> int:
        """Steps in a minibatch."""
        return self.rollout // self.minibatches

    def updates(self, environment_steps: float) -> int:
        """How many minibatches so many steps of the environment give.

        Examples
        --------
        >>> PQN().updates(5_000_000)
        78080
        """
        return max(1, int(environment_steps / self.rollout)) * self.minibatches * self.epochs

    def exploration(self, share: float) -> float:
        """The probability of a random action, by the share of the training that is done."""
        return Ramp(1.0, self.epsilon)(share / max(self.explore_share, 1e-9))

    def targets(self, rollout: Rollout) -> Tensor:
        """Give the returns (T, B) that the values of a rollout's actions shall come to."""
        rewards = self.reward_scale * rollout.rewards
        return lambda_returns(
            rewards.clamp(-1, 1) if self.clip_rewards else rewards, rollout.ended, rollout.cut, rollout.after,
            discount=self.discount, trace=self.trace,
            followed=rollout.greedy if self.traces == "watkins" else None,
        )  # fmt: skip


# Few numbers, as CartPole's. The authors' rate is 1e-4, for 500,000 steps. After 120,000 steps three seeds play for
# 500, 500 and 500 at 5e-4, and for 349, 500 and 500 at 1e-3 (measured, 50 greedy episodes each).
_CLASSIC: dict[str, Any] = {
    "copies": 32, "length": 64, "minibatches": 16, "epochs": 4, "trace": 0.95, "epsilon": 0.2, "explore_share": 0.2,
    "rate": 5e-4, "reward_scale": 0.1,
}  # fmt: skip
_ATARI: dict[str, Any] = {"epsilon": 0.001, "rate": 2.5e-4, "rate_end": 1.0, "clip_rewards": True}


class TargetError:
    """The step of the loop: half the mean squared error between Q(s, a) and the returns."""

    def __init__(self, rollouts: Rollouts) -> None:
        self._rollouts = rollouts

    def __call__(self, net: nn.Module, batch: Minibatch) -> Tensor:
        """Give the loss of one minibatch: ()."""
        values = net(batch.seen).float()  # (M, A)
        chosen = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)  # (M,)
        return 0.5 * F.mse_loss(chosen, batch.targets)

    def begin_anew(self) -> None:
        """Forget what was played and judged by weights that the training went back from."""
        self._rollouts.drop()


def parts(
    net: nn.Module,
    environment: Environment,
    settings: PQN,
    *,
    horizon: Horizon,
    seed: int,
    trained: bool = False,
    said: Callable[[str], None],
) -> Parts:
    """Make what a training by these settings is put together from; as of :func:`deepen.reinforcement.learning.learn`.

    Parameters
    ----------
    said
        Told where something could not go on as it was.

    Raises
    ------
    SettingError
        If the environment has other copies than the settings.
    """
    if environment.copies != settings.copies:
        raise SettingError(
            "the environment has other copies than the settings",
            where="copies",
            allowed=str(settings.copies),
            came=str(environment.copies),
        )
    rollouts = Rollouts(
        net, environment, settings.targets, length=settings.length, minibatches=settings.minibatches,
        epochs=settings.epochs, seed=seed, said=said,
        exploration=lambda updates: settings.exploration(
            1.0 if trained else horizon.progress(updates, horizon.clock.elapsed)
        ),
    )  # fmt: skip
    return Parts(
        rollouts, TargetError(rollouts), RAdam(net.parameters(), lr=settings.rate, fused=True),
        Ramp(1.0, settings.rate_end),
    )  # fmt: skip
