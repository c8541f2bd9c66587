"""In which precision a net of pixels learns and acts: whichever is quickest on this machine, by measurement."""

from __future__ import annotations

import copy
import math
import time
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from deepen.compute.precision import Precision, candidates, fastest
from deepen.environments.base import Environment
from deepen.learning.given import Given
from deepen.learning.plan import step_to_time, timed
from deepen.learning.stepping import Step
from deepen.nets.q_net import pixels
from deepen.reinforcement.acting import greedy
from deepen.reinforcement.q_learning import QLearning
from deepen.reinforcement.replay import Transitions
from deepen.reinforcement.settings import DQN

__all__ = ["quickest"]


def quickest(
    net: nn.Module, environment: Environment, settings: DQN, *, seconds: float = math.inf
) -> Precision:
    """Measure in which way one update, and the acting that goes with it, are done soonest.

    Of pixels alone: an update of the net of Mnih et al. (2015) took 37 ms in float32 and 21 in bfloat16 (measured, a
    batch of 32 on one core with AVX512-BF16). Nets of numbers and of small grids are computed in float32 always. What
    is measured differs from run to run, so a training that shall be repeated to the last bit is not asked about.

    Parameters
    ----------
    net, environment, settings
        As of :func:`deepen.reinforcement.learning.learn`; the net stays as it is, and no step is done.
    seconds
        After which no further way is tried.

    Examples
    --------
    ::

        way = quickest(net, environment, settings)
        learn(net, environment, settings, horizon=end, precision=way)
    """
    shape, device = environment.shape, next(net.parameters()).device
    if not pixels(shape):
        return Precision()
    until = time.monotonic() + seconds
    # Black pictures: what is in them makes no step longer or shorter, and no random number is drawn.
    seen = torch.zeros(settings.batch, shape.c, shape.h, shape.w, dtype=environment.dtype, device=device)
    rows = torch.zeros(len(seen), dtype=torch.long, device=device)
    batch = Transitions(seen, rows, rows.float(), rows.float(), seen, rows)
    batches: Any = SimpleNamespace(next=lambda: batch)
    acting = seen[:1].repeat(environment.copies, 1, 1, 1)  # (B, C, H, W)
    asked = max(1, round(settings.ratio / environment.copies))

    def seconds_of(way: Precision) -> float:
        tried = way.apply(copy.deepcopy(net))
        whole = _whole(tried, acting, asked, settings)
        return timed(step_to_time(tried, batches, whole, way, device), device)

    ways = candidates(device, net, seconds=0.0)
    return fastest(ways, seconds_of, enough=lambda: time.monotonic() > until)[0]


def _whole(net: nn.Module, seen: Tensor, asked: int, settings: DQN) -> Step:
    """Make the step that asks for the actions at ``seen`` so many times, and gives the loss of a batch."""
    learning = QLearning(net, settings)

    def step(called: nn.Module, batch: Transitions) -> Tensor | Given:
        with torch.no_grad():
            for _ in range(asked):
                greedy(called, seen)
        return learning(called, batch)

    return step
