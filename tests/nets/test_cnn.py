from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets.cnn import CNN, Residual
from deepen.nets.sizes import SIZES, flops, parameters
from deepen.shapes import Grid

SIDES = [
    (4, 4),
    (5, 7),
    (8, 8),
    (12, 30),
    (16, 16),
    (19, 21),
    (28, 28),
    (32, 32),
    (47, 64),
    (64, 48),
    (96, 128),
]


def images(*sides: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*sides, generator=torch.Generator().manual_seed(seed))


def stirred(net: nn.Module) -> nn.Module:
    """Move every zero of the start, so that no branch is shut."""
    with torch.no_grad():
        for i, p in enumerate(net.parameters()):
            p.add_(0.1 * torch.randn(p.shape, generator=torch.Generator().manual_seed(i)))
    return net


@pytest.mark.parametrize(("h", "w"), SIDES)
@pytest.mark.parametrize("c", [1, 3])
def test_outputs_and_features_have_their_shapes(h, w, c):
    net = CNN(Grid(c, h, w), 7, size="tiny")
    x = images(2, c, h, w)
    assert net(x).shape == (2, 7)
    assert net.features(x).shape == (2, net.features_n)


@pytest.mark.parametrize("side", [*range(4, 72), 95, 100, 127, 161, 224])
def test_every_side_works(side):
    for shape in (Grid(2, side, side + 3), Grid(2, side + 3, side)):
        with torch.device("meta"):
            net = CNN(shape, 3, size="tiny")
            assert net(torch.zeros(2, shape.c, shape.h, shape.w)).shape == (2, 3)


def test_without_outputs_the_features_come():
    net = CNN(Grid(3, 16, 16), None, size="tiny").eval()
    x = images(2, 3, 16, 16)
    assert torch.equal(net(x), net.features(x))
    assert net(x).shape == (2, net.features_n)


@pytest.mark.parametrize("side", [8, 28, 64])
def test_a_gradient_reaches_every_parameter(side):
    net = stirred(CNN(Grid(1, side, side), 4, size="tiny", depth=2))
    net(images(3, 1, side, side)).square().sum().backward()
    still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not still


def test_a_block_begins_as_the_identity():
    x = images(2, 8, 5, 5).relu()
    assert torch.equal(Residual(8)(x), x)


@pytest.mark.parametrize("side", [16, 32, 64])
def test_channels_last_gives_the_same(side):
    net = stirred(CNN(Grid(3, side, side), 5, size="tiny")).double()
    x = images(4, 3, side, side).double()
    first = net(x)
    net.to(memory_format=torch.channels_last)
    second = net(x.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(first, second)


def test_bf16_autocast_stays_close():
    net = CNN(Grid(3, 32, 32), 5, size="tiny").eval()
    x = images(4, 3, 32, 32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = net(x)
    torch.testing.assert_close(half.float(), net(x), atol=0.05, rtol=0.05)


def test_a_larger_size_is_a_larger_net():
    with torch.device("meta"):
        nets = [CNN(Grid(3, 32, 32), 10, size=size) for size in (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4)]
    counts = [parameters(net) for net in nets]
    work = [flops(net, torch.zeros(1, 3, 32, 32)) for net in nets]
    assert counts == sorted(set(counts))
    assert work == sorted(set(work))


@pytest.mark.parametrize(("number", "name"), list(enumerate(SIZES)))
def test_a_name_and_its_number_are_one_size(number, name):
    with torch.device("meta"):
        assert parameters(CNN(Grid(1, 8, 8), 2, size=name)) == parameters(CNN(Grid(1, 8, 8), 2, size=number))


def test_width_and_depth_stand_above_size():
    net = CNN(Grid(1, 8, 8), 2, size="tiny", width=24, depth=3)
    blocks = [module for module in net.modules() if isinstance(module, Residual)]
    assert len(blocks) == 3 * 2
    assert net.features_n == 48


def test_the_work_of_a_net_by_hand():
    net = CNN(Grid(1, 4, 4), 3, width=8, depth=1)
    by_hand = 2 * (16 * 9) * (1 * 8 + 8 * 8 + 8 * 8) + 2 * 8 * 3  # the stem, one block, the head
    assert flops(net, torch.zeros(2, 1, 4, 4)) == by_hand


def test_the_start_is_neither_loud_nor_silent():
    torch.manual_seed(0)
    for side in (8, 32, 96):
        out = CNN(Grid(3, side, side), 10, size="small")(images(16, 3, side, side))
        assert 0.02 < out.std() < 3


@pytest.mark.parametrize("came", [(2, 3, 16, 16), (2, 1, 16, 15), (1, 16, 16), (2, 16, 16, 1)])
def test_other_images_are_refused(came):
    with pytest.raises(SettingError, match=r"\(B, 1, 16, 16\)") as caught:
        CNN(Grid(1, 16, 16), 2, size="tiny")(torch.zeros(came))
    assert str(came) in str(caught.value)


@pytest.mark.parametrize("shape", [Grid(1, 3, 8), Grid(1, 8, 3), Grid(0, 8, 8)])
def test_shapes_without_a_net_are_refused(shape):
    with pytest.raises(SettingError, match="shape"):
        CNN(shape, 2)


@pytest.mark.parametrize("option", ["outputs", "width", "depth"])
def test_options_below_one_are_refused(option):
    with pytest.raises(SettingError, match=option):
        CNN(Grid(1, 8, 8), **{"outputs": 2, option: 0})


def test_it_learns():
    torch.manual_seed(0)
    y = torch.arange(64) % 2
    x = images(64, 1, 8, 8) + 2 * y.view(-1, 1, 1, 1) * (torch.arange(8) < 4)
    net = CNN(Grid(1, 8, 8), 2, size="tiny")
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for _ in range(20):
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (net.eval()(x).argmax(1) == y).float().mean() > 0.95


def test_it_compiles_as_one_graph():
    net = stirred(CNN(Grid(3, 16, 16), 5, size="tiny")).eval()
    x = images(2, 3, 16, 16)
    whole = torch.compile(net, backend="eager", fullgraph=True)
    torch.testing.assert_close(whole(x), net(x))
