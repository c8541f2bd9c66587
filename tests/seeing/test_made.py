"""Inputs made for units of a player of pixels: what a known filter looks for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from deepen.learning.watch import Silent
from deepen.nets.levels import find
from deepen.nets.standing import caught
from deepen.seeing import synthesis
from deepen.seeing.episodes import OfEpisodes
from deepen.seeing.made import made_for
from deepen.seeing.moments import INPUT
from deepen.seeing.player_folder import write
from deepen.seeing.player_seen import SeenPlayer
from deepen.seeing.preferred import Best
from deepen.shapes import Grid

DARK, BRIGHT = 20, 220


@pytest.fixture
def moments():
    """Noise of two frames, for a net of three filters of 4 x 4 pixels."""
    chance = torch.Generator().manual_seed(0)
    raw = torch.randint(DARK, BRIGHT + 1, (40, 2, 36, 36), generator=chance).to(torch.uint8)
    raw[0, 0, 0, 0], raw[0, 0, 0, 1] = DARK, BRIGHT
    net = nn.Sequential(nn.Conv2d(2, 3, 4, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(243, 2)).eval()
    with torch.no_grad():
        net[0].weight.copy_(torch.randn(3, 2, 4, 4, generator=chance))
        net[0].bias.zero_()
    seen = raw.float() / 255
    return OfEpisodes(
        net=net, shape=Grid(2, 36, 36), seen=seen, raw=raw, nothing=seen.mean(0),
        names=tuple(f"episode 1, step {k}" for k in range(40)),
    )  # fmt: skip


@pytest.fixture
def seen(moments):
    levels = find(moments.net, moments.inputs(np.arange(2)), grids=True)
    return SeenPlayer(levels, {INPUT: "image"}, rows=moments.names).showing(3)


def test_a_filter_is_shown_what_it_looks_for(moments, seen, monkeypatch):
    monkeypatch.setattr(synthesis, "STEPS", 50)
    found = made_for(seen, moments, seed=0, watch=Silent())
    (level,) = found.levels
    made, weights = found.synthesised[level.name], moments.net[0].weight.detach().numpy()
    assert made.shape == (3, 2, 36, 36)
    assert made.min() >= moments.seen.min() and made.max() <= moments.seen.max()
    for unit, (x, w) in enumerate(zip(made, weights, strict=True)):
        in_sight = x[:, 16:20, 16:20]  # of the unit in the middle
        best = np.where(w > 0, BRIGHT, DARK) / 255
        assert np.abs(in_sight - best).mean() < 0.05
        excited = moments.net[0](torch.from_numpy(x)[None])[0, unit].max().item()
        assert found.excited[level.name][unit] == pytest.approx(excited, rel=1e-4)
        assert excited > 0.95 * (best * w).sum()
    again = made_for(seen, moments, seed=0, watch=Silent())
    assert np.array_equal(again.synthesised[level.name], made)


def test_they_are_drawn_beside_what_was_found(moments, seen, tmp_path, monkeypatch):
    monkeypatch.setattr(synthesis, "STEPS", 1)
    (level,) = seen.levels
    best = Best(9)
    with (
        torch.no_grad(),
        caught(moments.net, [level], moments.inputs(np.arange(40)), moments.shapes) as found,
    ):
        moments.net(moments.seen)
    best.add(np.arange(40), found[level.name])
    seen = made_for(seen, moments, seed=0, watch=Silent())
    seen = write(
        replace(seen, preferred={level.name: best.found()}, silent={level.name: 0}),
        moments,
        tmp_path / "seen",
    )
    assert "an input made for it by gradient ascent" in seen.pictures["level-1.png"]
    assert "the 8 inputs that excite it most" in seen.pictures["level-1.png"]
    shown = moments.drawn(torch.from_numpy(seen.synthesised[level.name][0]))
    assert shown.shape == (36, 36, 3) and np.allclose(shown[..., 0], seen.synthesised[level.name][0, -1])
