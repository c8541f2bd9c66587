from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.q_net import QNet, Standardised
from deepen.shapes import Grid, Vector


def drawn(*sides: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*sides, generator=torch.Generator().manual_seed(seed))


def parameters(net: torch.nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def test_the_net_for_pixels_is_that_of_mnih_2015():
    net = QNet(Grid(4, 84, 84), 6)
    filters = (4 * 64 + 1) * 32 + (32 * 16 + 1) * 64 + (64 * 9 + 1) * 64
    assert parameters(net) == filters + (3136 + 1) * 512 + (512 + 1) * 6
    assert net.features_n == 512


def test_the_net_for_small_grids_is_that_of_minatar():
    assert parameters(QNet(Grid(4, 10, 10), 6)) == (4 * 9 + 1) * 16 + (1024 + 1) * 128 + 129 * 6


def test_the_net_for_vectors_has_the_layers_asked_for():
    assert parameters(QNet(Vector(4), 2, width=(120, 84))) == 5 * 120 + 121 * 84 + 85 * 2
    assert parameters(QNet(Vector(4), 2, width=32)) == 5 * 32 + 33 * 32 + 33 * 2


@pytest.mark.parametrize("shape", [Vector(5), Grid(2, 7, 9), Grid(3, 40, 44)])
@pytest.mark.parametrize("duelling", [False, True])
@pytest.mark.parametrize("layer_norm", [False, True])
def test_every_form_gives_a_value_for_each_action_and_features(shape, duelling, layer_norm):
    sides = (5,) if isinstance(shape, Vector) else (shape.c, shape.h, shape.w)
    net = QNet(shape, 3, duelling=duelling, layer_norm=layer_norm)
    x = drawn(4, *sides)
    assert net(x).shape == (4, 3)
    assert net.features(x).shape == (4, net.features_n)


def test_duelling_is_the_value_and_the_advantages_about_their_mean():
    net = QNet(Vector(3), 4, duelling=True)
    x = drawn(6, 3)
    h = net.body(x)
    torch.testing.assert_close(net(x).mean(dim=1, keepdim=True), net.state(h))
    a = net.values(h)
    torch.testing.assert_close(net(x) - net.state(h), a - a.mean(dim=1, keepdim=True))


def test_bytes_and_booleans_are_read_as_numbers_from_zero_to_one():
    net = QNet(Grid(1, 10, 10), 2)
    pixels = (drawn(3, 1, 10, 10) > 0).to(torch.uint8)
    torch.testing.assert_close(net(255 * pixels), net(pixels.float()))
    torch.testing.assert_close(net(pixels.bool()), net(pixels.float()))
    assert (pixels <= 1).all()  # what came was not changed


def test_the_running_scale_is_that_of_all_observations():
    net = QNet(Vector(3), 2, standardise=True)
    x = 5 + 3 * drawn(1000, 3)
    for part in x.split([1, 9, 490, 500]):
        net.observe(part)
    assert isinstance(net.scale, Standardised)
    torch.testing.assert_close(net.scale.mean, x.mean(dim=0))
    torch.testing.assert_close(net.scale.variance, x.var(dim=0, unbiased=False))
    torch.testing.assert_close(net.scale(x[:4]), (x[:4] - x.mean(0)) / x.std(0, unbiased=False))


def test_without_a_scale_observing_changes_nothing():
    net, x = QNet(Vector(3), 2), drawn(5, 3)
    before = net(x)
    net.observe(100 * x)
    assert torch.equal(net(x), before)


@pytest.mark.parametrize(
    ("build", "where"),
    [
        (lambda: QNet(Vector(0), 2), "shape"),
        (lambda: QNet(Vector(2), 0), "actions"),
        (lambda: QNet(Vector(2), 2, width=()), "width"),
        (lambda: QNet(Vector(2), 2, width=(3, 0)), "width"),
        (lambda: QNet(Vector(2), 2, width=2.5), "width"),
        (lambda: QNet(Vector(2), 2, width=[8, 2.5]), "width"),
        (lambda: QNet(Vector(2), 2, width="wide"), "width"),
        (lambda: QNet(Grid(1, 2, 9), 2), "shape"),
        (lambda: QNet(Grid(1, 9, 9), 2, width=(3, 4)), "width"),
        (lambda: QNet(Grid(1, 9, 9), 2, standardise=True), "standardise"),
    ],
)
def test_what_no_net_can_be_built_from_is_refused_by_name(build, where):
    with pytest.raises(SettingError) as caught:
        build()
    assert caught.value.where == where


@pytest.mark.parametrize("duelling", [False, True])
@pytest.mark.parametrize("layer_norm", [False, True])
def test_in_half_precision_the_values_are_told_apart_as_in_float32(duelling, layer_norm):
    net, x = QNet(Grid(1, 40, 40), 4, duelling=duelling, layer_norm=layer_norm), torch.rand(8, 1, 40, 40)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        values = net(x)
    assert values.dtype is torch.float32
    assert (
        values != values.bfloat16().float()
    ).float().mean() > 0.5  # else they lie on the steps of bfloat16
    torch.testing.assert_close(values, net(x), atol=0.02, rtol=0.02)
