"""The deep Q-network, trained on the one learning loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from deepen.compute.precision import Precision
from deepen.compute.signals import StopFlag
from deepen.environments.base import Environment
from deepen.learning.averages import Average
from deepen.learning.budget import Horizon
from deepen.learning.checkpoints import Checkpoints
from deepen.learning.loop import Looks, fit
from deepen.learning.watch import Silent, Watch
from deepen.records import History
from deepen.reinforcement.experience import Experience
from deepen.reinforcement.prioritised import PrioritisedReplay
from deepen.reinforcement.q_learning import QLearning
from deepen.reinforcement.replay import Replay
from deepen.reinforcement.settings import DQN

__all__ = ["DQN", "learn", "memory_for"]


def learn(
    net: nn.Module,
    environment: Environment,
    settings: DQN,
    *,
    horizon: Horizon,
    seed: int = 0,
    evaluate: Callable[[nn.Module], Mapping[str, float]] | None = None,
    by: str | None = None,
    precision: Precision | None = None,
    checkpoints: Checkpoints | None = None,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
) -> History:
    """Train ``net`` in place by playing, to give the values of the actions of the best play.

    Parameters
    ----------
    net
        From observations (B, *S) to action values (B, A), as :meth:`DQN.net` builds it.
    environment
        In which it acts and learns.
    settings
        How it learns; :meth:`DQN.suited` gives what suits a shape.
    horizon
        When it ends; one of so many updates can be repeated to the last bit.
    seed
        From which the episodes, the exploration and the draws follow.
    evaluate, by
        Gives further figures of the net at each look, as :class:`~deepen.reinforcement.evaluating.Evaluation` does; and
        by which of them, lower being better, the best weights are kept. By default the last ones are.
    precision
        How the net computes, when it plays too.
    checkpoints, watch, stop
        As in :func:`deepen.learning.loop.fit`.

    Returns
    -------
    History
        Whose figures are ``training_return``, of the last hundred episodes, exploration included and in the
        environment's own rewards, as soon as there was one; ``episodes`` and ``environment_steps`` so far; and those
        of ``evaluate``.

    Raises
    ------
    SettingError
        If the settings do not suit the environment.
    TrainingError
        If the environment fails, or the loss stays NaN whatever is done.

    Examples
    --------
    ::

        settings = DQN.suited(environment.shape)
        net = settings.net(environment)
        look = Evaluation(another, episodes=20)
        end = Horizon(math.inf, Clock(120))
        history = learn(net, environment, settings, horizon=end, evaluate=look, by="minus_return")
    """
    watch = watch or Silent()
    replay = memory_for(environment, settings, seed=seed, device=next(net.parameters()).device)
    experience = Experience(
        net, environment, replay, settings, seed=seed, said=watch.note,
        share=lambda updates: horizon.progress(updates, horizon.clock.elapsed),
    )  # fmt: skip
    step = QLearning(net, settings, replay if isinstance(replay, PrioritisedReplay) else None)

    def figures(of: nn.Module) -> Mapping[str, float]:
        return {**experience.figures, **(evaluate(of) if evaluate else {})}

    return fit(
        net, experience, step, horizon,
        optimiser=torch.optim.Adam(net.parameters(), lr=settings.rate, eps=settings.adam_epsilon, fused=True),
        schedule=lambda progress: 1.0 - (1.0 - settings.rate_end) * progress,
        average=Average(net, window=settings.window) if settings.window else None,
        precision=precision, clip=settings.clip, growing=True, looks=Looks(figures, by=by), checkpoints=checkpoints,
        watch=watch, stop=stop,
    )  # fmt: skip


def memory_for(environment: Environment, settings: DQN, *, seed: int, device: torch.device) -> Replay:
    """Make the replay memory that the settings ask for; of frames, where the environment has an attribute ``stack``."""
    stack, copies = getattr(environment, "stack", 1), environment.copies
    wanted = Replay.bytes_for(settings.replay, environment.shape, environment.dtype, stack=stack)
    sides: dict[str, Any] = {
        "size": min(settings.memory, wanted),
        "copies": copies,
        "discount": settings.discount,
        "n": settings.n,
        "stack": stack,
    }
    if settings.prioritised:
        return PrioritisedReplay(
            environment.shape, environment.dtype, alpha=settings.alpha, seed=seed, device=device, **sides
        )
    return Replay(environment.shape, environment.dtype, seed=seed, device=device, **sides)
