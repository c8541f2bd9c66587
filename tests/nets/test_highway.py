from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.highway import Highway


def test_one_layer_by_hand():
    torch.manual_seed(0)
    net = Highway(3, 1, gate_bias=0.5)
    x, layer = torch.randn(2, 3), net.layers[0]
    gate = torch.sigmoid(x @ layer.weight[3:].T + 0.5)
    torch.testing.assert_close(net(x), gate * torch.relu(x @ layer.weight[:3].T) + (1 - gate) * x)


def test_shut_gates_let_everything_through_and_open_ones_nothing():
    x = torch.randn(4, 6)
    torch.testing.assert_close(Highway(6, 50, gate_bias=-40)(x), x)
    assert (Highway(6, 1, gate_bias=40)(x) >= 0).all()


def test_with_shut_gates_the_gradient_passes_fifty_layers_whatever_they_make():
    torch.manual_seed(0)
    norms = {}
    for bias in (-3.0, 3.0):
        net = Highway(32, 50, gate_bias=bias)
        with torch.no_grad():
            for layer in net.layers:
                layer.weight[:32] *= 0.3  # layers that lose most of what they are given
        x = torch.randn(16, 32, requires_grad=True)
        net(x).sum().backward()
        norms[bias] = x.grad.norm().item()
    assert 0.02 < norms[-3.0] / (16 * 32) ** 0.5 < 1
    assert norms[3.0] < 1e-6 * norms[-3.0]


def test_the_gradient_is_that_of_small_differences():
    torch.manual_seed(0)
    net = Highway(3, 2).double()
    x = torch.randn(2, 3).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: net(x), (x, *net.parameters()))


@pytest.mark.parametrize("option", ["n", "depth"])
def test_options_below_one_are_refused(option):
    with pytest.raises(SettingError, match=option):
        Highway(**{"n": 3, "depth": 2, option: 0})
