from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets.sizes import LARGEST, SIZES, dial, flops, parameters


def test_names_are_one_apart_and_numbers_stand_for_themselves():
    assert [dial(name) for name in SIZES] == [0, 1, 2, 3, 4]
    assert dial(2.5) == 2.5
    assert dial(3) == 3.0


@pytest.mark.parametrize("size", [-0.1, LARGEST + 1, math.nan, math.inf, True, None])
def test_a_number_off_the_dial_is_refused(size):
    with pytest.raises(SettingError, match="size"):
        dial(size)


def test_a_misspelt_name_gets_the_nearest():
    with pytest.raises(SettingError, match="'medium'"):
        dial("meduim")


def test_parameters_count_what_learns_and_once():
    net = nn.Sequential(nn.Linear(3, 2), nn.Linear(3, 2))
    assert parameters(net) == 2 * (3 * 2 + 2)
    net[1].weight = net[0].weight
    assert parameters(net) == 3 * 2 + 2 + 2
    net[0].weight.requires_grad_(False)
    assert parameters(net) == 2 + 2


@pytest.mark.parametrize("examples", [1, 7])
def test_flops_of_a_convolution_by_hand(examples):
    conv = nn.Conv2d(3, 16, 5, stride=2, padding=2)
    by_hand = 2 * (16 * 12 * 10) * (3 * 5 * 5)  # each of 16 x 12 x 10 outputs takes 75 multiply-adds
    assert flops(conv, torch.zeros(examples, 3, 24, 20)) == by_hand


def test_flops_of_two_inputs():
    class Joined(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Linear(5, 4), nn.Linear(3, 4)

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return self.left(a) + self.right(b)

    assert flops(Joined(), torch.zeros(6, 5), torch.zeros(6, 3)) == 2 * 4 * (5 + 3)


def test_flops_leaves_the_net_as_it_was():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.5))
    net[2].eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    flops(net, torch.ones(4, 1, 8, 8))
    assert net.training and net[1].training and not net[2].training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(p.device.type == "cpu" for p in net.parameters())


def test_flops_of_tied_weights():
    net = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    net[1].weight = net[0].weight
    assert flops(net, torch.zeros(1, 3)) == 2 * 2 * 9
