"""What fits the clock where experts' moves are learned: the net's size and how to compute, found by measuring here.

Legend: N positions.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from deepen.compute.device import memory_free
from deepen.compute.precision import Precision, candidates, fastest, unmeasured
from deepen.config import Settings
from deepen.games.go import Go
from deepen.learning.budget import Clock
from deepen.learning.plan import step_to_time, timed
from deepen.nets.policy_value import PolicyValue
from deepen.nets.sizes import dial
from deepen.selfplay.experts import ExpertBatches, ExpertStep
from deepen.selfplay.replay import ExpertPositions

__all__ = ["ExpertPlan", "choose", "of_size"]

LADDER = ((32, 2), (48, 3), (64, 4), (96, 5), (128, 6), (192, 10))
"""Channels and blocks, from tiny on: each about three times the work of the one before."""

# Positions that a net shall at least see, before a larger one is taken (assumed). With few a larger net is no better
# for each: in half a minute of one core 2 blocks of 32 channels found 35 % of experts' moves after 38,000 positions, 4
# of 32 and 3 of 48 found 33 % after 22,000 and 17,000. From 120,000 on the smallest hardly rose any more (measured).
_WANTED = 150_000
_MEMORY = 0.3  # of the memory that is free for positions (assumed)
_SPARE = 1.2  # positions for each that there seems to be time for, as the measured speed wanders (assumed)


class ExpertPlan(Settings):
    """What fits the clock.

    Parameters
    ----------
    channels, blocks
        Of the net.
    batch, rate, decay, warmup
        Of the training, with Muon.
    half, channels_last
        How to compute.
    share, replayed
        The part of the positions of each game that is learned from, and how many games were replayed; 0 before.
    """

    channels: int = 32
    blocks: int = 2
    batch: int = 128
    rate: float = 0.02
    decay: float = 0.05
    warmup: float = 0.05
    half: bool = False
    channels_last: bool = False
    share: float = 1.0
    replayed: int = 0

    @property
    def precision(self) -> Precision:
        """How to compute."""
        return Precision(self.half, self.channels_last)

    def net(self, rules: Go) -> PolicyValue:
        """Build the net."""
        return PolicyValue(
            rules.shape,
            rules.actions,
            channels=self.channels,
            blocks=self.blocks,
            value="tanh",
            policy="places",
        )


def choose(
    rules: Go,
    trial: ExpertPositions,
    moves: int,
    *,
    clock: Clock,
    device: torch.device,
    size: str | float | None,
) -> ExpertPlan:
    """Choose the largest net that will see enough positions before the clock ends, and how many to prepare.

    Parameters
    ----------
    rules, trial
        The game, and positions on which steps are timed.
    moves
        N that could be learned from.
    clock, device
        What is left, and where; without a limit nothing is measured, so that a seed gives the same net everywhere.
    size
        Of the net, if it is given: then only the way of computing is chosen.
    """
    ladder = LADDER if size is None else (of_size(size),)
    plans = [ExpertPlan(channels=channels, blocks=blocks) for channels, blocks in ladder]
    room = _MEMORY * memory_free(torch.device("cpu")) / (trial.planes.bytes / len(trial))
    if math.isinf(clock.seconds):
        way = unmeasured(device, plans[0].net(rules))
        return _with(plans[0], way, min(1.0, room / moves))
    left = clock.left
    way, speed = _speed(rules, trial, plans[0], device, None)
    found = plans[0]
    for larger in plans[1:]:
        _, slower = _speed(rules, trial, larger, device, way)
        if slower * left < _WANTED:
            break
        found, speed = larger, slower
    return _with(found, way, min(1.0, _SPARE * speed * left / moves, room / moves))


def _speed(
    rules: Go, trial: ExpertPositions, plan: ExpertPlan, device: torch.device, way: Precision | None
) -> tuple[Precision, float]:
    """Find the quickest way to compute, unless it is known, and the positions a second in it."""
    batches = ExpertBatches(trial, rules, size=plan.batch, seed=0, device=device)

    def seconds_of(way: Precision) -> float:
        net = way.apply(plan.net(rules).to(device)).train()
        return timed(step_to_time(net, batches, ExpertStep(), way, device), device, steps=2)

    ways = candidates(device, plan.net(rules), seconds=0.0) if way is None else [way]
    way, table = fastest(ways, seconds_of)
    return way, batches.size / table[str(way)]


def _with(plan: ExpertPlan, way: Precision, share: float) -> ExpertPlan:
    return replace(plan, half=way.half, channels_last=way.channels_last, share=share)


def of_size(size: str | float) -> tuple[int, int]:
    """Give channels and blocks of a place on the dial, between the steps of the ladder in a line.

    Examples
    --------
    >>> of_size("tiny"), of_size(0.5), of_size("small")
    ((32, 2), (40, 2), (48, 3))
    """
    at = min(dial(size), len(LADDER) - 1.0)
    low = min(int(at), len(LADDER) - 2)
    channels, blocks = (a + (at - low) * (b - a) for a, b in zip(LADDER[low], LADDER[low + 1], strict=True))
    return 8 * round(channels / 8), round(blocks)
