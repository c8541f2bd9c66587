"""Layers are caught at their doors, and the doors are left as they were."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets import MLP, Assembled, NetSettings
from deepen.nets.assemble import OwnNet
from deepen.nets.catching import catching, outputs
from deepen.shapes import Vector


def test_a_layer_is_caught_by_its_path_as_it_reads():
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Conv1d(2, 5, 1))
    x = torch.randn(2, 3)
    with catching(net, ["2"]) as (found, channels):
        net(x)
    assert torch.equal(found["2"], torch.relu(net[0](x)))
    assert list(found) == ["2"]
    assert channels == {"2": 1}


def test_only_what_is_new_to_a_layer_is_caught_where_none_is_named():
    class Parallel(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = (nn.Linear(3, 3) for _ in "abc")

        def forward(self, x):
            return self.c(self.a(x) + self.b(x))

    net = Parallel()
    with catching(net, None) as (found, _):
        net(torch.zeros(1, 3))
    assert list(found) == ["a", "c"]


def test_no_hook_is_left_even_where_the_net_fails():
    net = MLP(4, 3)
    with pytest.raises(SettingError), catching(net, None):
        net(torch.zeros(5, 7))
    assert all(not module._forward_pre_hooks for module in net.modules())


def test_own_nets_read_by_name_and_others_in_order():
    shapes = {"numbers": Vector(3)}
    x = {"numbers": torch.randn(4, 3)}
    net = Assembled(shapes, 2, NetSettings(size="tiny")).eval()
    assert torch.equal(outputs(net, x), net(x))
    other = nn.Bilinear(2, 3, 1)
    two = {"a": torch.randn(4, 2), "b": torch.randn(4, 3)}
    assert torch.equal(outputs(other, two), other(two["a"], two["b"]))
    flat = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))
    assert outputs(OwnNet(flat), x).shape == (4, 1)


def test_a_grid_is_caught_before_it_is_flattened_where_that_is_asked_for():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 3))
    x = torch.randn(2, 1, 4, 4)
    with catching(net, None) as (found, _):
        net(x)
    assert list(found) == ["0", "3"]
    with catching(net, None, grids=True) as (found, channels):
        net(x)
    assert list(found) == ["0", "2"]  # the matrix behind it reads the same numbers
    assert found["2"].shape == (2, 2, 2, 2) and channels["2"] == 1
    with catching(net, ["2"]) as (found, _):
        net(x)
    assert torch.equal(found["2"], torch.relu(net[0](x)))
