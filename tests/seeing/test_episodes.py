"""Moments of episodes: kept once, the same for the same seed, and read as the net reads them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from playing import Still, walker

from deepen.environments import make
from deepen.errors import DataError
from deepen.nets.q_net import QNet
from deepen.seeing.episodes import Outputs, play_episodes


def test_moments_differ_and_follow_from_the_seed():
    first, again, other = (play_episodes(walker(), 50, seed) for seed in (1, 1, 2))
    assert len(first) == 50 and first.names == again.names
    assert torch.equal(first.seen, again.seen)
    sets = [set(map(tuple, found.seen.tolist())) for found in (first, other)]
    assert len(sets[0]) == 50 and not sets[0] & sets[1]
    assert torch.allclose(first.start(0), first.seen.mean(0))


def test_the_choice_is_the_value_less_the_mean():
    player = walker()
    found = play_episodes(player, 30, 0)
    values = player.net(found.seen).detach()
    outputs = Outputs(player.net)(found.seen).detach()
    assert torch.equal(outputs[:, 2:], values)
    assert torch.allclose(outputs[:, :2].sum(1), torch.zeros(30), atol=1e-5)
    choice, apart = found.decided(values.numpy())
    assert (choice == values.argmax(1).numpy()).all()
    assert np.allclose(apart, (values[:, 0] - values[:, 1]).abs().numpy())


def test_one_that_stands_still_cannot_be_looked_at():
    with pytest.raises(DataError, match="nearly always the same"):
        play_episodes(walker(Still), 10, 0)


def test_kinds_of_things_are_drawn_in_colours_and_nothing_is_black():
    environment = make("MinAtar/breakout", 2)
    player = walker()
    player.shape, player.net = environment.shape, QNet(environment.shape, environment.actions).eval()
    player.make, player.act = (
        lambda copies: make("MinAtar/breakout", copies),
        lambda x: player.net(x).argmax(1),
    )
    found = play_episodes(player, 20, 0)
    assert found.form == "grid" and found.seen.dtype is torch.float32
    assert not found.start(0).any()
    shown = found.picture(0)
    assert shown.shape == (160, 160, 3) and shown.min() >= 0 and shown.max() <= 1
    empty = ~found.raw[0].any(0).numpy()
    assert not shown[::16, ::16][empty].any() and shown[::16, ::16][~empty].any(1).all()
