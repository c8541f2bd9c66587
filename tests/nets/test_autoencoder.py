from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets.autoencoder import Autoencoder, Dense, Encoded
from deepen.nets.units import Units


def test_two_layers_by_hand():
    torch.manual_seed(0)
    net, x = Dense([3, 4, 2], activation="tanh"), torch.randn(5, 3)
    first, last = net.layers
    torch.testing.assert_close(
        net(x), torch.tanh(x @ first.weight.T + first.bias) @ last.weight.T + last.bias
    )


def test_deep_layers_neither_lose_nor_blow_up_what_they_are_given():
    torch.manual_seed(0)
    for activation in ("relu", "gelu"):
        y = Dense([500] * 11, activation=activation)(torch.randn(100, 500))
        assert 0.1 < y.std() < 10


def test_codes_are_linear_and_what_is_restored_is_a_mean_of_visible_units():
    torch.manual_seed(0)
    net = Autoencoder(Dense([6, 4, 2]), Dense([2, 4, 6]), Units("binary", 6))
    codes = net.encode(torch.randn(50, 6))
    assert codes.min() < 0 < codes.max()
    restored = net(torch.rand(50, 6))
    assert ((restored > 0) & (restored < 1)).all()
    torch.testing.assert_close(net.restore(codes), torch.sigmoid(net.decoder(codes)))
    free = Autoencoder(net.encoder, net.decoder, Units("gaussian", 6))
    torch.testing.assert_close(free.restore(codes), net.decoder(codes))


def test_codes_that_are_drawn_have_means_and_variances():
    torch.manual_seed(0)
    net, x = Autoencoder(Dense([6, 4]), Dense([2, 6]), Units("binary", 6), drawn=True), torch.rand(3, 6)
    mean, log_variance = net.posterior(x)
    torch.testing.assert_close(torch.cat([mean, log_variance], dim=1), net.encoder(x))
    torch.testing.assert_close(net.encode(x), mean)


@pytest.mark.parametrize("drawn", [False, True])
def test_the_head_reads_the_codes_of_standardised_inputs_flat_or_as_pictures(drawn: bool):
    torch.manual_seed(0)
    codes = Autoencoder(Dense([4, 6 if drawn else 3]), Dense([3, 4]), Units("gaussian", 4), drawn=drawn)
    mean, scale = torch.randn(4), torch.rand(4) + 1
    net, x = Encoded(codes, 3, 2, mean=mean, scale=scale), torch.randn(5, 4)
    assert (net(x) == 0).all()  # the head begins at zero
    nn.init.normal_(net.head.weight)
    torch.testing.assert_close(net(x), codes.encode((x - mean) / scale) @ net.head.weight.T)
    torch.testing.assert_close(net(x.view(5, 1, 2, 2)), net(x))
    assert all(p.requires_grad for p in net.parameters())


def test_an_unknown_activation_is_refused_with_the_nearest():
    with pytest.raises(SettingError, match="Did you mean 'relu'"):
        Dense([2, 2], activation="rleu")
