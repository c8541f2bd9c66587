from __future__ import annotations

import torch

from deepen.nets.stack import Stack


def test_two_layers_by_hand():
    torch.manual_seed(0)
    net = Stack([4, 3, 2], 5)
    torch.nn.init.normal_(net.head.weight)
    net.mean.copy_(torch.arange(4.0))
    net.scale.fill_(2)
    x = torch.randn(6, 4)
    first = torch.sigmoid((x - torch.arange(4.0)) / 2 @ net.layers[0].weight.t() + net.layers[0].bias)
    second = torch.sigmoid(first @ net.layers[1].weight.t() + net.layers[1].bias)
    torch.testing.assert_close(net(x), second @ net.head.weight.t() + net.head.bias)


def test_pictures_are_read_flat():
    net = Stack([12, 3], 2)
    x = torch.rand(5, 1, 3, 4)
    torch.testing.assert_close(net.features(x), net.features(x.reshape(5, 12)))


def test_the_scale_is_kept_with_the_weights_and_not_trained():
    net = Stack([3, 2], 1)
    assert {"mean", "scale"} <= set(net.state_dict())
    assert not {"mean", "scale"} & {name for name, _ in net.named_parameters()}
