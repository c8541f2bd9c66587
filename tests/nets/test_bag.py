from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets.bag import Bag
from deepen.nets.sizes import SIZES, flops, parameters
from deepen.shapes import Sequence, Tokens

ENDS = [5, 1, 8, 3]


def words(ends: list[int], t: int, v: int = 20) -> torch.Tensor:
    x = torch.zeros(len(ends), t, dtype=torch.long)
    for i, end in enumerate(ends):
        x[i, :end] = torch.randint(1, v, (end,), generator=torch.Generator().manual_seed(i))
    return x


@pytest.mark.parametrize("pairs", [0, 50])
def test_neither_padding_nor_company_changes_an_example(pairs):
    torch.manual_seed(0)
    net = Bag(Tokens(20, 12), 3, size="tiny", pairs=pairs).double().eval()
    short, long = words(ENDS, 8), words(ENDS, 12)
    torch.testing.assert_close(net(short), net(long))
    order = torch.tensor([2, 0, 3, 1])
    torch.testing.assert_close(net(short)[order], net(short[order]))
    for i, end in enumerate(ENDS):
        torch.testing.assert_close(net(short[i : i + 1, :end])[0], net(long)[i])


def test_the_features_by_hand():
    net = Bag(Tokens(6, 4), None, embedding_d=2, depth=0).eval()
    net.norm = nn.Identity()
    with torch.no_grad():
        net.entry.embedding.weight[1:4] = torch.tensor([[1.0, 2.0], [3.0, -4.0], [5.0, 0.0]])
    assert net(torch.tensor([[1, 2, 0, 0]])).tolist() == [[2, -1, 3, 2]]


def test_order_is_lost_without_pairs_and_kept_with_them():
    torch.manual_seed(0)
    one, other = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[4, 3, 2, 1]])
    plain = Bag(Tokens(9, 4), 2, size="tiny").eval()
    paired = Bag(Tokens(9, 4), 2, size="tiny", pairs=1000).eval()
    torch.testing.assert_close(plain(one), plain(other))
    assert not torch.allclose(paired(one), paired(other))


def test_a_pair_needs_two_words():
    net = Bag(Tokens(9, 4), 2, size="tiny", pairs=50)
    pairs = net._pairs(torch.tensor([[5, 3, 0, 0]]))
    assert (pairs[0, 0] != 0).any()
    assert (pairs[0, 1:] == 0).all()


def test_a_pair_is_another_one_the_other_way_round():
    net = Bag(Tokens(9, 4), 2, size="tiny", pairs=1000)
    assert not torch.equal(net._pairs(torch.tensor([[5, 3]])), net._pairs(torch.tensor([[3, 5]])))


def test_the_dial_widens_the_embedding_and_the_hidden_layer():
    found = [Bag(Tokens(30, 8), 2, size=size) for size in ("tiny", "small", "huge")]
    assert [net.entry.channels for net in found] == [32, 64, 512]
    assert [net.features_n for net in found] == [64, 128, 1024]
    assert [len(net.layers) for net in found] == [1, 1, 3]


def test_a_gradient_reaches_every_parameter():
    net = Bag(Tokens(20, 8), 4, size="tiny", pairs=50)
    net(words(ENDS, 8)).square().sum().backward()
    still = [name for name, p in net.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert not still


def test_a_larger_size_is_a_larger_net():
    with torch.device("meta"):
        nets = [Bag(Tokens(30, 9), 10, size=size) for size in (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4)]
        x = torch.zeros(1, 9, dtype=torch.long)
    counts = [parameters(net) for net in nets]
    work = [flops(net, x) for net in nets]
    assert counts == sorted(set(counts))
    assert work == sorted(set(work))


@pytest.mark.parametrize(("number", "name"), list(enumerate(SIZES)))
def test_a_name_and_its_number_are_one_size(number, name):
    with torch.device("meta"):
        named, numbered = (Bag(Tokens(30, 8), 2, size=size) for size in (name, number))
    assert parameters(named) == parameters(numbered)


def test_the_work_of_a_net_by_hand():
    net = Bag(Tokens(9, 8), 3, embedding_d=4, width=16, depth=2)
    assert flops(net, torch.ones(2, 8, dtype=torch.long)) == 2 * (8 * 16 + 16 * 16 + 16 * 3)


def test_it_learns_which_words_matter():
    torch.manual_seed(0)
    x = torch.randint(1, 40, (200, 12))
    y = (x == 7).any(1).long()
    net = Bag(Tokens(40, 12), 2, size="tiny")
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(60):
        loss = nn.functional.cross_entropy(net(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (net.eval()(x).argmax(1) == y).float().mean() > 0.95


def test_it_compiles_as_one_graph():
    net = Bag(Tokens(20, 8), 5, size="tiny", pairs=50).eval()
    whole = torch.compile(net, backend="eager", fullgraph=True)
    torch.testing.assert_close(whole(words(ENDS, 8)), net(words(ENDS, 8)))


@pytest.mark.parametrize(
    "option",
    [{"outputs": 0}, {"width": 0}, {"depth": -1}, {"pairs": -1}, {"dropout": 1.0}, {"embedding_d": 0}],
)
def test_options_out_of_range_are_refused(option):
    with pytest.raises(SettingError, match=next(iter(option))):
        Bag(Tokens(9, 8), **{"outputs": 2, **option})


def test_numbers_are_no_text():
    with pytest.raises(SettingError, match="Tokens"):
        Bag(Sequence(2, 8), 2)
