"""Levels: found in every net, and what stands on them is what the net computes."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets import MLP
from deepen.nets.assemble import Assembled, NetSettings, OwnNet
from deepen.nets.levels import example, find, level_of
from deepen.nets.policy_value import PolicyValue
from deepen.nets.q_net import QNet
from deepen.nets.standing import activations, caught
from deepen.shapes import Codes, Grid, Sequence, Tokens, Vector


class Mine(nn.Module):
    """A user's net, written with functions, with a frozen layer."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(6, 5), nn.Linear(5, 4), nn.Linear(4, 3)
        self.first.requires_grad_(False)

    def forward(self, x):
        return self.head(torch.tanh(self.second(torch.relu(self.first(x)))))


@pytest.mark.parametrize(
    ("shapes", "settings", "readers"),
    [
        ({"numbers": Vector(4)}, {"embedding": None}, ["layers.1", "head"]),
        ({"numbers": Vector(4), "codes": Codes((3, 5))}, {}, ["layers.0", "layers.1", "head"]),
        ({"image a": Grid(1, 8, 8)}, {"size": "tiny"}, ["stages.0", "stages.1.0", "stages.2", "head"]),
        ({"text a": Tokens(30, 9)}, {"reader": "bag"}, ["layers.0", "head"]),
        ({"text a": Tokens(30, 9)}, {"reader": "cnn"}, ["body.filters.0", "head"]),
        (
            {"text a": Tokens(30, 9)},
            {"reader": "lstm", "size": "medium"},
            ["layers.0", "layers.1", "pool.heard", "head"],
        ),
        ({"series a": Sequence(2, 30, ragged=True)}, {"reader": "lstm"}, ["pool.heard", "head"]),
    ],
)
def test_the_levels_of_assembled_nets(shapes, settings, readers):
    net = Assembled(shapes, 3, NetSettings(**settings)).eval()
    found = find(net, example(shapes))
    assert [level.read_by.removeprefix("readers.0.") for level in found] == readers
    assert [level.name for level in found] == [f"level {k}" for k in range(1, len(readers) + 1)]
    assert all(level.of == tuple(shapes) for level in found)


def test_several_readers_and_the_joint_head():
    shapes = {"numbers": Vector(3), "image a": Grid(1, 8, 8), "text b": Tokens(30, 9)}
    found = find(Assembled(shapes, 2, NetSettings(size="tiny")).eval(), example(shapes))
    assert found[-1].of == ("image a", "text b", "numbers")
    assert {level.of for level in found[:-1]} == {("image a",), ("text b",), ("numbers",)}


def test_a_users_module_and_its_frozen_layer():
    net = Mine().eval()
    x = torch.randn(7, 6)
    found = find(OwnNet(net), {"x": x})
    assert [level.read_by for level in found] == ["module.second", "module.head"]
    assert not net.first.weight.requires_grad
    with torch.no_grad():
        expected = torch.relu(net.first(x))
    assert torch.equal(activations(net, {"x": x}, 0).values, expected)
    assert activations(net, {"x": x}, "level 2").values.shape == (7, 4)


def test_an_unknown_level_is_refused_with_the_nearest():
    found = find(MLP(3, 2).eval(), example({"x": Vector(3)}))
    assert level_of(found, -1) is found[-1]
    with pytest.raises(SettingError, match="Did you mean 'level 1'"):
        level_of(found, "levl 1")
    for place in (2, -3):
        with pytest.raises(SettingError, match=rf"came: {place}. There are: 'level 1', 'level 2'"):
            level_of(found, place)
    with pytest.raises(SettingError, match="There are: none"):
        level_of((), -1)


def test_a_residual_block_of_the_tower_is_one_level():
    net = PolicyValue(Grid(3, 5, 5), 26, channels=8, blocks=2).eval()
    found = find(_Logits(net), {"x": torch.randn(2, 3, 5, 5)}, grids=True)
    assert [level.read_by.removeprefix("net.") for level in found] == [
        "tower.0", "tower.1", "policy_planes.0.conv", "policy_planes.2", "value_units", "value_head",
    ]  # fmt: skip
    assert [level.size("x") for level in found[:3]] == [(3, 3), (7, 7), (11, 11)]


def test_a_grid_keeps_its_places_where_that_is_asked_for():
    net, x = QNet(Grid(4, 10, 10), 6, layer_norm=True).eval(), torch.randn(2, 4, 10, 10)
    flat, kept = find(net, {"x": x}), find(net, {"x": x}, grids=True)
    assert [(level.units, level.places) for level in flat] == [(1024, ()), (128, ())]
    assert [(level.units, level.places, level.size("x")) for level in kept] == [
        (16, (8, 8), (3, 3)), (128, (), None),
    ]  # fmt: skip
    with caught(net, kept, {"x": x}, {"x": Grid(4, 10, 10)}) as standing:
        net(x)
    expected = torch.relu(net.body[1](net.body[0](x)))
    assert torch.equal(standing["level 1"].values, expected)


class _Logits(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)[0]
