from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets.lengths import WAYS
from deepen.nets.lstm import LSTM
from deepen.nets.sizes import SIZES, flops, parameters
from deepen.shapes import Grid, Sequence, Tokens


def series(ends: list[int], t: int, c: int = 3, seed: int = 0) -> torch.Tensor:
    """A ragged batch (B, T, C + 1): the same examples whatever T is."""
    x = torch.zeros(len(ends), t, c + 1)
    for i, end in enumerate(ends):
        x[i, :end, :c] = torch.randn(end, c, generator=torch.Generator().manual_seed(seed + i))
        x[i, :end, c] = 1
    return x


def words(ends: list[int], t: int, v: int = 20) -> torch.Tensor:
    x = torch.zeros(len(ends), t, dtype=torch.long)
    for i, end in enumerate(ends):
        x[i, :end] = torch.randint(1, v, (end,), generator=torch.Generator().manual_seed(i))
    return x


ENDS = [5, 1, 8, 3]
NETS = [
    (Sequence(4, 12, ragged=True), series),
    (Tokens(20, 12), words),
]


@pytest.mark.parametrize(("shape", "batch"), NETS)
@pytest.mark.parametrize("pooling", WAYS)
@pytest.mark.parametrize("bidirectional", [True, False])
def test_neither_padding_nor_company_changes_an_example(shape, batch, pooling, bidirectional):
    torch.manual_seed(0)
    net = LSTM(shape, 3, width=6, depth=2, pooling=pooling, bidirectional=bidirectional).double().eval()
    nn.init.normal_(net.pool.asked) if pooling == "attention" else None

    def as_double(x):
        return x.double() if x.is_floating_point() else x

    short, long = as_double(batch(ENDS, 8)), as_double(batch(ENDS, 12))
    torch.testing.assert_close(net(short), net(long))
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(net(short)[order], net(short[order]))
    for i, end in enumerate(ENDS):
        torch.testing.assert_close(net(short[i : i + 1, :end])[0], net(long)[i])
        torch.testing.assert_close(net.steps(short[i : i + 1, :end])[0], net.steps(long)[i, :end])
    assert net.steps(long)[1, 1:].abs().sum() == 0


@pytest.mark.parametrize("shape", [Sequence(4, 12), Sequence(4, 12, ragged=True), Tokens(20, 12)])
@pytest.mark.parametrize("size", ["tiny", 2])
def test_outputs_features_and_steps_have_their_shapes(shape, size):
    net = LSTM(shape, 5, size=size)
    x = words([7, 2], 7) if isinstance(shape, Tokens) else series([7, 2], 7)
    assert net(x).shape == (2, 5)
    assert net.features(x).shape == (2, net.features_n)
    assert net.steps(x).shape == (2, 7, net.features_n)
    bare = LSTM(shape, None, size=size).eval()
    assert torch.equal(bare(x), bare.features(x))


@pytest.mark.parametrize("bidirectional", [True, False])
def test_the_last_step_is_what_pytorch_gives_as_its_last_state(bidirectional):
    torch.manual_seed(0)
    net = LSTM(Sequence(2, 9), None, width=4, depth=1, bidirectional=bidirectional, pooling="last").eval()
    layer = net.layers[0]
    x = torch.randn(3, 9, 2)
    if not bidirectional:
        torch.testing.assert_close(net(x), layer.cell(x)[1][0][0])
        return
    ends = [layer.outward.cell(x)[1][0][0], layer.homeward.cell(x.flip(1))[1][0][0]]
    torch.testing.assert_close(net(x), torch.cat(ends, dim=1))


def test_one_direction_knows_nothing_of_later_steps():
    torch.manual_seed(0)
    net = LSTM(Sequence(2, 9), None, width=4, depth=2, bidirectional=False).eval()
    x = torch.randn(1, 9, 2)
    changed = x.clone()
    changed[0, 5:] = 7
    assert torch.equal(net.steps(x)[:, :5], net.steps(changed)[:, :5])
    assert not torch.equal(net.steps(x)[:, 5:], net.steps(changed)[:, 5:])


@pytest.mark.parametrize("shape", [Sequence(4, 8, ragged=True), Tokens(20, 8)])
def test_a_gradient_reaches_every_parameter(shape):
    net = LSTM(shape, 4, width=5, depth=2)
    nn.init.normal_(net.pool.asked)
    x = words(ENDS, 8) if isinstance(shape, Tokens) else series(ENDS, 8)
    net(x).square().sum().backward()
    still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not still


def test_no_gradient_comes_from_behind_the_end():
    net = LSTM(Sequence(4, 8, ragged=True), 2, width=5)
    x = series(ENDS, 8).requires_grad_()
    net(x).square().sum().backward()
    behind = x.detach()[..., -1] == 0
    assert x.grad[behind].abs().sum() == 0
    assert x.grad[~behind].abs().sum() > 0


@pytest.mark.parametrize("shape", [Sequence(3, 10), Sequence(3, 10, ragged=True), Tokens(30, 10)])
def test_a_larger_size_is_a_larger_net(shape):
    with torch.device("meta"):
        nets = [LSTM(shape, 10, size=size) for size in (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4)]
        x = torch.zeros(1, 10, dtype=torch.long) if isinstance(shape, Tokens) else torch.zeros(1, 10, 3)
    counts = [parameters(net) for net in nets]
    work = [flops(net, x) for net in nets]
    assert counts == sorted(set(counts))
    assert work == sorted(set(work))


@pytest.mark.parametrize(("number", "name"), list(enumerate(SIZES)))
def test_a_name_and_its_number_are_one_size(number, name):
    with torch.device("meta"):
        named, numbered = (LSTM(Sequence(1, 8), 2, size=size) for size in (name, number))
    assert parameters(named) == parameters(numbered)


def test_the_work_of_a_net_by_hand():
    net = LSTM(Sequence(3, 10), 2, width=8, pooling="mean")
    by_hand = 10 * 2 * (2 * 4 * 8 * (3 + 8)) + 2 * 16 * 2  # ten steps in two directions, the head
    assert flops(net, torch.zeros(5, 10, 3)) == by_hand


def test_it_learns_which_of_two_came_first():
    torch.manual_seed(0)
    x = torch.zeros(128, 12, 2)
    at = torch.rand(128, 12).argsort(1)[:, :2]  # two places
    rows = torch.arange(128)
    x[rows, at[:, 0], 0] = 1
    x[rows, at[:, 1], 1] = 1
    y = (at[:, 0] < at[:, 1]).long()
    net = LSTM(Sequence(2, 12), 2, width=16)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(60):
        loss = nn.functional.cross_entropy(net(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (net.eval()(x).argmax(1) == y).float().mean() > 0.95


def test_bf16_autocast_stays_close():
    torch.manual_seed(0)
    net = LSTM(Sequence(4, 8, ragged=True), 3, width=8, depth=2).eval()
    x = series(ENDS, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = net(x)
    torch.testing.assert_close(half.float(), net(x), atol=0.05, rtol=0.05)


@pytest.mark.parametrize(
    "option", [{"outputs": 0}, {"width": 0}, {"depth": -1}, {"dropout": 1.0}, {"word_dropout": -0.1}]
)
def test_options_out_of_range_are_refused(option):
    with pytest.raises(SettingError, match=next(iter(option))):
        LSTM(Sequence(2, 8), **{"outputs": 2, **option})


def test_other_shapes_and_batches_are_refused():
    with pytest.raises(SettingError, match="not a sequence"):
        LSTM(Grid(1, 8, 8), 2)
    with pytest.raises(SettingError, match=r"\(B, T, 2\)"):
        LSTM(Sequence(2, 8), 2, size="tiny")(torch.zeros(3, 8, 5))
