"""The deep Q-network: what it is trained with on the one learning loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from deepen.environments.base import Environment
from deepen.errors import SettingError
from deepen.learning.adam import Adam
from deepen.learning.averages import Average
from deepen.learning.budget import Horizon
from deepen.reinforcement.acting import Ramp
from deepen.reinforcement.experience import Experience
from deepen.reinforcement.parts import Parts
from deepen.reinforcement.prioritised import PrioritisedReplay
from deepen.reinforcement.q_learning import QLearning
from deepen.reinforcement.replay import Replay
from deepen.reinforcement.settings import DQN

__all__ = ["DQN", "memory_for", "parts"]


def parts(
    net: nn.Module,
    environment: Environment,
    settings: DQN,
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
    """
    replay = memory_for(environment, settings, seed=seed, device=next(net.parameters()).device)
    experience = Experience(
        net, environment, replay, settings, seed=seed, trained=trained, said=said,
        share=lambda updates: horizon.progress(updates, horizon.clock.elapsed),
    )  # fmt: skip
    return Parts(
        experience,
        QLearning(net, settings, replay if isinstance(replay, PrioritisedReplay) else None),
        Adam(net.parameters(), lr=settings.rate, eps=settings.adam_epsilon),
        Ramp(1.0, settings.rate_end),
        Average(net, window=settings.window) if settings.window else None,
    )


def memory_for(environment: Environment, settings: DQN, *, seed: int, device: torch.device) -> Replay:
    """Make the replay memory that the settings ask for; of frames, where the environment has an attribute ``stack``."""
    stack, copies = getattr(environment, "stack", 1), environment.copies
    shape, dtype = environment.shape, environment.dtype
    kind = PrioritisedReplay if settings.prioritised else Replay
    wanted = kind.bytes_for(settings.replay, shape, dtype, stack=stack)
    sides: dict[str, Any] = {
        "size": min(settings.memory, wanted),
        "copies": copies,
        "discount": settings.discount,
        "n": settings.n,
        "stack": stack,
        **({"alpha": settings.alpha} if settings.prioritised else {}),
    }
    try:
        return kind(shape, dtype, seed=seed, device=device, **sides)
    except SettingError as error:
        # By the setting that the bytes follow from: of the command, --size is the net's.
        error.where = "memory" if settings.memory < wanted else "replay"
        raise
