from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from deepen.errors import SettingError
from deepen.learning.optimisers import groups
from deepen.nets.autoencoder import Autoencoder, Dense
from deepen.nets.bypassed import Bypassed, begin_with
from deepen.nets.units import Units


def stirred(sizes: list[int], activation: str = "gelu") -> Bypassed:
    """One whose weights are all other than they begin."""
    torch.manual_seed(0)
    net = Bypassed(Dense(sizes, activation=activation))
    for p in net.parameters():
        nn.init.normal_(p, std=0.5)
    return net


def begun(x: np.ndarray, codes: int, components: int) -> Autoencoder:
    d = x.shape[1]
    net = Autoencoder(
        Bypassed(Dense([d, 7, codes])), Bypassed(Dense([codes, 7, d])), Units("gaussian", d)
    ).double()
    pca = PCA(components).fit(x)
    begin_with(net, torch.from_numpy(pca.components_), torch.from_numpy(np.sqrt(pca.explained_variance_)))
    return net


def test_the_layers_and_the_map_are_added():
    net, x = stirred([5, 4, 3]), torch.randn(6, 5)
    torch.testing.assert_close(net(x), net.dense(x) + x @ net.line.weight.t())


def test_it_begins_as_principal_components_with_codes_of_variance_one():
    x = np.random.default_rng(0).normal(size=(300, 6)) * np.array([5.0, 3.0, 2.0, 1.0, 0.5, 0.1])
    x -= x.mean(axis=0)
    net, pca = begun(x, 3, 3), PCA(3).fit(x)
    with torch.no_grad():
        codes, again = net.encode(torch.from_numpy(x)), net(torch.from_numpy(x))
    np.testing.assert_allclose(again, pca.inverse_transform(pca.transform(x)), atol=1e-9)
    np.testing.assert_allclose(np.cov(codes.T.numpy()), np.eye(3), atol=1e-9)


def test_codes_for_which_nothing_is_left_begin_at_zero():
    x = np.zeros((50, 4))
    x[:, 0] = np.random.default_rng(0).normal(size=50)
    x -= x.mean(axis=0)
    with torch.no_grad():
        codes = begun(x, 4, 3).encode(torch.from_numpy(x))
    assert codes[:, 0].abs().max() > 0
    assert (codes[:, 1:] == 0).all()


def test_what_it_begins_as_can_be_learned_from_and_the_map_does_not_decay():
    net, x = Bypassed(Dense([5, 4, 3])), torch.randn(20, 5)
    net(x).square().sum().backward()
    assert all(net.dense.layers[-1].weight.grad.abs().amax(dim=1) > 0)
    decayed, spared = groups(net, 0.1)
    assert any(p is net.line.weight for p in spared["params"])
    assert all(p is not net.line.weight for p in decayed["params"])


@pytest.mark.parametrize("activation", ["gelu", "relu"])
@pytest.mark.parametrize("sizes", [[5, 3], [5, 4, 3], [5, 8, 6, 4, 3]])
def test_layers_alone_compute_the_same(sizes: list[int], activation: str):
    net, x = stirred(sizes, activation), torch.randn(6, 5)
    plain = net.plain()
    assert [layer.out_features for layer in plain.layers] == [s + 2 * 3 for s in sizes[1:-1]] + [3]
    torch.testing.assert_close(plain(x), net(x), rtol=1e-4, atol=1e-5)


def test_no_map_is_carried_through_layers_that_saturate():
    with pytest.raises(SettingError, match="saturate"):
        stirred([5, 4, 3], "tanh").plain()
