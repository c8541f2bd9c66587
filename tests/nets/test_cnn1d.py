from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets.cnn1d import CNN1d, Residual1d
from deepen.nets.sizes import SIZES, flops, parameters
from deepen.shapes import Sequence, Tokens

ENDS = [50, 1, 97, 30]


def series(ends: list[int], t: int, c: int = 2) -> torch.Tensor:
    x = torch.zeros(len(ends), t, c + 1).double()
    for i, end in enumerate(ends):
        x[i, :end, :c] = torch.randn(end, c, generator=torch.Generator().manual_seed(i)).double()
        x[i, :end, c] = 1
    return x


def words(ends: list[int], t: int, v: int = 20) -> torch.Tensor:
    x = torch.zeros(len(ends), t, dtype=torch.long)
    for i, end in enumerate(ends):
        x[i, :end] = torch.randint(1, v, (end,), generator=torch.Generator().manual_seed(i))
    return x


def stirred(net: nn.Module) -> nn.Module:
    """Move every zero of the start, so that no branch is shut, and every running statistic."""
    with torch.no_grad():
        for i, p in enumerate([*net.parameters(), *net.buffers()]):
            if p.is_floating_point():
                p.add_(0.1 * torch.rand(p.shape, generator=torch.Generator().manual_seed(i)))
    return net


@pytest.mark.parametrize(
    ("shape", "batch"),
    [
        (Sequence(3, 120, ragged=True), series),
        (Sequence(3, 5000, ragged=True), series),
        (Tokens(20, 120), words),
    ],
)
def test_neither_padding_nor_company_changes_an_example(shape, batch):
    net = stirred(CNN1d(shape, 3, size="tiny")).double().eval()
    short, long = batch(ENDS, 97), batch(ENDS, 120)
    torch.testing.assert_close(net(short), net(long))
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(net(short)[order], net(short[order]))
    for i, end in enumerate(ENDS):
        torch.testing.assert_close(net(short[i : i + 1, :end])[0], net(long)[i])


def test_in_training_too_padding_changes_nothing():
    net = stirred(CNN1d(Sequence(3, 120, ragged=True), 3, size="tiny", dropout=0)).double()
    torch.testing.assert_close(net(series(ENDS, 97)), net(series(ENDS, 120)))


def test_no_gradient_comes_from_behind_the_end():
    net = stirred(CNN1d(Sequence(3, 120, ragged=True), 2, size="tiny")).double()
    x = series(ENDS, 120).requires_grad_()
    net(x).square().sum().backward()
    behind = x.detach()[..., -1] == 0
    assert x.grad[behind].abs().sum() == 0
    assert x.grad.isfinite().all()


@pytest.mark.parametrize("n", [1, 2, 3, 7, 47, 48, 140, 255, 257, 600, 1025, 16000])
def test_every_length_works(n):
    with torch.device("meta"):
        for shape in (Sequence(3, n), Sequence(3, n, ragged=True)):
            net = CNN1d(shape, 5, size="tiny")
            for t in {1, max(1, n // 3), n}:
                assert net(torch.zeros(2, t, 3)).shape == (2, 5)
                assert net.features(torch.zeros(2, t, 3)).shape == (2, net.features_n)
    text = CNN1d(Tokens(9, n), 5, size="tiny")
    assert text(torch.ones(2, min(n, 60), dtype=torch.long)).shape == (2, 5)


@pytest.mark.parametrize("shape", [Sequence(3, 120), Sequence(3, 120, ragged=True), Tokens(20, 120)])
def test_a_gradient_reaches_every_parameter(shape):
    net = stirred(CNN1d(shape, 4, size="tiny")).double()
    x = words(ENDS, 97) if isinstance(shape, Tokens) else series(ENDS, 97)
    net(x).square().sum().backward()
    still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not still


def test_a_block_begins_as_the_identity():
    x = torch.rand(2, 8, 9)
    assert torch.equal(Residual1d(8)(x), x)


def test_without_outputs_the_features_come():
    net = CNN1d(Sequence(3, 60), None, size="tiny").eval()
    x = torch.randn(2, 60, 3)
    assert torch.equal(net(x), net.features(x))


def test_a_text_filter_sees_what_kim_describes():
    """One window of three words: the maximum over places of relu(w . [a b c] + bias)."""
    torch.manual_seed(0)
    net = CNN1d(Tokens(9, 6), None, width=2, embedding_d=4, dropout=0).eval()
    tokens = torch.tensor([[3, 1, 7, 2, 0, 0]])
    vectors = nn.functional.pad(net.entry.embedding.weight[tokens[0, :4]], (0, 0, 1, 1))  # (6, D)
    three = net.body.filters[0]
    places = [(three.weight * vectors[t : t + 3].T).sum((1, 2)) + three.bias for t in range(4)]
    torch.testing.assert_close(net(tokens)[0, :2], torch.stack(places).relu().amax(0))


@pytest.mark.parametrize("shape", [Sequence(3, 140), Sequence(3, 140, ragged=True), Tokens(30, 140)])
def test_a_larger_size_is_a_larger_net(shape):
    with torch.device("meta"):
        nets = [CNN1d(shape, 10, size=size) for size in (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4)]
        x = torch.zeros(1, 140, dtype=torch.long) if isinstance(shape, Tokens) else torch.zeros(1, 140, 3)
    counts = [parameters(net) for net in nets]
    work = [flops(net, x) for net in nets]
    assert counts == sorted(set(counts))
    assert work == sorted(set(work))


@pytest.mark.parametrize(("number", "name"), list(enumerate(SIZES)))
def test_a_name_and_its_number_are_one_size(number, name):
    with torch.device("meta"):
        named, numbered = (CNN1d(Sequence(1, 8), 2, size=size) for size in (name, number))
    assert parameters(named) == parameters(numbered)


def test_the_work_of_a_net_by_hand():
    net = CNN1d(Sequence(3, 10), 2, width=8, depth=1)
    by_hand = 2 * 10 * (7 * 3 * 8 + (7 + 5 + 3) * 8 * 8) + 2 * 8 * 2  # the stem, one block, the head
    assert flops(net, torch.zeros(5, 10, 3)) == by_hand


def test_it_learns_where_a_bump_is_steep():
    torch.manual_seed(0)
    y = torch.arange(96) % 2
    x = 0.3 * torch.randn(96, 60, 1)
    ramp = torch.linspace(0, 3, 12)
    for i in range(96):
        at = int(torch.randint(48, ()))
        x[i, at : at + 12, 0] += ramp if y[i] else ramp.flip(0)
    net = CNN1d(Sequence(1, 60), 2, size="tiny")
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(40):
        loss = nn.functional.cross_entropy(net(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (net.eval()(x).argmax(1) == y).float().mean() > 0.95


def test_the_start_is_neither_loud_nor_silent():
    torch.manual_seed(0)
    for n in (20, 140, 3000):
        out = CNN1d(Sequence(3, n), 10, size="small")(torch.randn(16, n, 3))
        assert 0.02 < out.std() < 3


def test_it_compiles_as_one_graph():
    net = stirred(CNN1d(Sequence(3, 97, ragged=True), 5, size="tiny")).double().eval()
    x = series(ENDS, 97)
    whole = torch.compile(net, backend="eager", fullgraph=True)
    torch.testing.assert_close(whole(x), net(x))


@pytest.mark.parametrize("option", [{"outputs": 0}, {"width": 0}, {"depth": -1}, {"dropout": 1.0}])
def test_options_out_of_range_are_refused(option):
    with pytest.raises(SettingError, match=next(iter(option))):
        CNN1d(Sequence(2, 8), **{"outputs": 2, **option})


def test_a_text_net_has_no_depth():
    with pytest.raises(SettingError, match="depth"):
        CNN1d(Tokens(9, 8), 2, depth=2)
