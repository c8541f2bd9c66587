"""Synthesis: a made input excites its unit more than any real one, and never leaves the range of real ones."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.data.kinds import Audio, Image, Series
from deepen.nets.levels import find
from deepen.seeing.synthesis import bounds_of, excitement, synthesise
from deepen.shapes import Grid, Sequence


class Edges(nn.Module):
    """A known net: its one filter layer answers to an upright and to a lying edge."""

    def __init__(self):
        super().__init__()
        self.first, self.head = nn.Conv2d(1, 2, 3, bias=False), nn.Linear(2, 2)
        upright = torch.tensor([[-1.0, 0.0, 1.0]] * 3)
        self.first.weight.data = torch.stack([upright, upright.T])[:, None]

    def forward(self, x):
        return self.head(torch.relu(self.first(x)).amax((2, 3)))


def test_it_is_above_every_real_input_and_looks_like_what_the_filter_wants():
    torch.manual_seed(0)
    net, shapes = Edges().eval(), {"x": Grid(1, 12, 12)}
    real = (0.5 * torch.randn(400, 1, 12, 12)).clamp(-1, 1)
    bounds = torch.tensor(-1.0), torch.tensor(1.0)
    (level,) = find(nn.Sequential(net), {"x": real[:2]})
    made = synthesise(nn.Sequential(net), level, {"x": real[:1]}, "x", [0, 1], shapes, bounds)
    excited = excitement(nn.Sequential(net), level, {"x": made}, shapes).diagonal()
    best = excitement(nn.Sequential(net), level, {"x": real}, shapes).amax(0)
    assert (excited > 1.15 * best).all(), (excited, best)
    assert excited.tolist() == pytest.approx([6.0, 6.0], rel=0.08)  # six weights of size 1, pixels of size 1
    assert made.abs().max() <= 1


class Deep(nn.Module):
    """Two layers, the second of which rests at any picture that is all of one grey."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 3, 3, padding=1)
        self.head = nn.Linear(3, 2)
        nn.init.constant_(self.second.bias, -0.5)

    def forward(self, x):
        h = torch.relu(self.second(torch.relu(self.first(x))))
        return self.head(h.mean((2, 3)))


def test_a_unit_at_rest_is_woken():
    torch.manual_seed(3)
    net, shapes = Deep().eval(), {"x": Grid(1, 10, 10)}
    levels = find(net, {"x": torch.zeros(2, 1, 10, 10)})
    zero = {"x": torch.zeros(1, 1, 10, 10)}
    assert float(excitement(net, levels[-1], zero, shapes).max()) == 0
    made = synthesise(net, levels[-1], zero, "x", [0, 1, 2], shapes, (torch.tensor(-3.0), torch.tensor(3.0)))
    noise = {"x": torch.randn(300, 1, 10, 10, generator=torch.Generator().manual_seed(0)).clamp(-3, 3)}
    excited = excitement(net, levels[-1], {"x": made}, shapes).diagonal()
    assert (excited > excitement(net, levels[-1], noise, shapes).amax(0)).all()


def test_the_same_seed_makes_the_same():
    net, shapes = Deep().eval(), {"x": Grid(1, 10, 10)}
    (level, _) = find(net, {"x": torch.zeros(2, 1, 10, 10)})
    bounds = torch.tensor(-1.0), torch.tensor(1.0)
    zero = {"x": torch.zeros(1, 1, 10, 10)}
    a, b, c = (
        synthesise(net, level, zero, "x", [1], shapes, bounds, steps=5, seed=seed) for seed in (0, 0, 1)
    )
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_the_bounds_are_those_of_real_inputs():
    picture = Image(4, 5, 3, mean=(100.0, 50.0, 0.0), std=(50.0, 25.0, 51.0))
    low, high = bounds_of(picture, picture.shape)
    assert low.flatten().tolist() == [-2, -2, 0]
    assert high.flatten().tolist() == pytest.approx([3.1, 8.2, 5.0])
    sound = Audio(8000, 4000, mean=(-4.0,) * 40, std=(2.0,) * 40)
    low, high = bounds_of(sound, sound.shape)
    assert (low[:2].tolist(), high[:2].tolist()) == ([-2.5, -2.5], [2.0, 2.0])
    assert (low[-1], high[-1]) == (1, 1)  # every frame stays its own


def test_marks_of_a_series_stay_as_they_are():
    shape = Sequence(
        4, 9, ragged=True
    )  # two channels, one of which may be missing, and the mark of own steps
    kind = Series(9, (0.0, 0.0), (1.0, 1.0), marks=(False, True), ragged=True)
    low, high = bounds_of(kind, shape)
    assert low.tolist() == [-3, -3, 0, 1]
    assert high.tolist() == [3, 3, 0, 1]
