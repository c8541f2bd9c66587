"""Inputs made for the units of a player that sees pixels: see :mod:`~deepen.seeing.synthesis`.

The ascent reads numbers of mean 0 and deviation 1, and a player pixels from 0 to 1; so it asks the net through a module
that turns the ones into the others.

Legend: C channels, H rows, W columns.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from deepen.learning.watch import Watch
from deepen.nets.levels import Level
from deepen.seeing.episodes import OfEpisodes
from deepen.seeing.moments import INPUT
from deepen.seeing.player_seen import SeenPlayer
from deepen.seeing.synthesis import excitement, synthesise

__all__ = ["made_for"]


class _Standardised(nn.Module):
    """A net that reads x (B, C, H, W) by its deviations from the mean."""

    def __init__(self, net: nn.Module, mean: Tensor, std: Tensor) -> None:
        super().__init__()
        self.net = net
        self.mean, self.std = mean, std

    def forward(self, x: Tensor) -> Tensor:
        """Give what the net says."""
        answer: Tensor = self.net(self.mean + self.std * x)
        return answer


def made_for(seen: SeenPlayer, moments: OfEpisodes, *, seed: int, watch: Watch) -> SeenPlayer:
    """Make an input for each unit shown, as bright as the brightest pixel that was seen and as dark as the darkest.

    Parameters
    ----------
    seen
        With the units to show; comes back with inputs (U, C, H, W) as the net reads them, and what they excite.
    seed
        From which the noise follows with which each begins.
    """
    mean, std = moments.seen.mean(), moments.seen.std().clamp_min(1e-6)
    net = _Standardised(moments.net, mean, std)
    ends = moments.seen.min(), moments.seen.max()
    low, high = ((end - mean).div(std).view(1, 1, 1) for end in ends)
    base = {INPUT: torch.zeros_like(moments.seen[:1])}
    made, excited = {}, {}
    for number, level in enumerate(seen.levels, 1):
        watch.stage(f"synthesising for level {number} of {len(seen.levels)}")
        inside: Level = replace(level, read_by=f"net.{level.read_by}")
        units = list(seen.units[level.name])
        found = synthesise(net, inside, base, INPUT, units, moments.shapes, (low, high), seed=seed)
        values = excitement(net, inside, {INPUT: found}, moments.shapes)
        made[level.name] = (
            (mean + std * found).clamp(*ends).cpu().numpy()
        )  # but for rounding they lie between
        excited[level.name] = values[torch.arange(len(units)), units].cpu().numpy()
    return replace(seen, synthesised=made, excited=excited)
