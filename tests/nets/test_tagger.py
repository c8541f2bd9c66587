"""Each step's tag: nothing behind an end matters, all of a row does, and rare words teach what is unknown."""

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.tagger import Tagging
from deepen.shapes import Sequence, Tokens


def words(net, rows):
    """Call with rows of words, whose n-grams are their number and the one behind it."""
    x = torch.tensor(rows)
    distinct, which = torch.unique(x, return_inverse=True)
    grams = torch.stack([distinct, distinct + 1], 1).flatten()
    return net(x, which, grams, 2 * torch.arange(len(distinct)))


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Tagging(Tokens(v=10, n=6), 3, width=8, buckets=20).eval()


def test_what_stands_behind_an_end_changes_nothing(net):
    alone, padded = words(net, [[2, 3, 4]]), words(net, [[2, 3, 4, 0, 0], [5, 6, 7, 8, 9]])
    assert torch.allclose(alone[0], padded[0, :3], atol=1e-5)
    steps = Tagging(Sequence(c=2, n=9, ragged=True), 3, width=8).eval()
    x = torch.randn(1, 4, 2)
    x[..., 1] = 1
    longer = torch.cat([x, torch.zeros(1, 3, 2)], 1)
    assert torch.allclose(steps(x)[0], steps(longer)[0, :4], atol=1e-5)


def test_every_step_knows_of_every_other(net):
    first, other_end = words(net, [[2, 3, 4, 5]]), words(net, [[2, 3, 4, 6]])
    assert not torch.allclose(first[0, 0], other_end[0, 0])


def test_words_without_a_vector_are_told_apart_by_their_n_grams(net):
    x, starts = torch.tensor([[1, 1]]), torch.tensor([0, 2])
    out = net(x, torch.tensor([[0, 1]]), torch.tensor([3, 4, 8, 9]), starts)
    same = net(x, torch.tensor([[0, 1]]), torch.tensor([3, 4, 3, 4]), starts)
    assert not torch.allclose(out, same)


def test_rare_words_are_half_of_the_time_read_as_unknown():
    net = Tagging(Tokens(v=10, n=6), 3, width=8, rare=7)
    x = torch.full((400, 6), 8)
    x[:, 0], x[:, 1] = 2, 0
    seen = net._with_unknown(x)
    assert torch.equal(seen[:, :2], x[:, :2])
    assert set(seen[:, 2:].flatten().tolist()) == {1, 8}
    assert (seen[:, 2:] == 1).float().mean() == pytest.approx(0.5, abs=0.05)
    assert torch.equal(net.eval()._with_unknown(x), x)


def test_every_weight_learns():
    net = Tagging(Tokens(v=10, n=6), 3, width=8, buckets=20, depth=2)
    words(net, [[2, 3, 4]]).square().sum().backward()
    assert all(p.grad is not None for p in net.parameters())


def test_steps_without_a_mark_of_their_end_are_refused():
    with pytest.raises(SettingError, match="which steps are own"):
        Tagging(Sequence(c=2, n=9), 3, width=8)
