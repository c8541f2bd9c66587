"""The recurrent language model: its state goes on, it looks ahead nowhere, and its gradient is right."""

import math

import pytest
import torch
import torch.nn.functional as F

from deepen.errors import SettingError
from deepen.nets.language import LanguageLSTM
from deepen.nets.sizes import parameters

IDS = torch.randint(0, 11, (3, 20), generator=torch.Generator().manual_seed(0))


@pytest.fixture(params=[None, 6])
def net(request):
    torch.manual_seed(0)
    return LanguageLSTM(v=11, width=10, depth=2, embedding_d=request.param).eval()


def test_in_two_goes_it_is_the_same_as_in_one(net):
    whole, end = net(IDS)
    first, state = net(IDS[:, :7])
    second, other = net(IDS[:, 7:], state)
    assert torch.allclose(torch.cat([first, second], 1), whole, atol=1e-6)
    assert torch.allclose(end[0], other[0], atol=1e-6)


def test_later_ids_change_nothing_before_them(net):
    changed = IDS.clone()
    changed[:, 12:] = 0
    assert torch.equal(net(IDS)[0][:, :12], net(changed)[0][:, :12])
    assert not torch.equal(net(IDS)[0][:, 12:], net(changed)[0][:, 12:])


def test_the_embedding_is_used_twice_and_counted_once(net):
    names = [name for name, p in net.named_parameters() if p.shape[0] == 11 and p.ndim == 2]
    assert names == ["embedding.weight"]


def test_it_begins_near_the_uniform_guess():
    torch.manual_seed(0)
    net = LanguageLSTM(v=200, width=64)
    ids = torch.randint(0, 200, (8, 50))
    loss = F.cross_entropy(net(ids)[0].flatten(0, 1), ids.flatten())
    assert loss.item() == pytest.approx(math.log(200), rel=0.1)


def test_the_gradient_is_the_numerical_one():
    torch.manual_seed(0)
    net = LanguageLSTM(v=7, width=5, embedding_d=3).double()
    ids = IDS[:2, :6] % 7

    def loss():
        return F.cross_entropy(net(ids)[0][:, :-1].flatten(0, 1), ids[:, 1:].flatten())

    loss().backward()
    for p in net.parameters():
        at = tuple(torch.randint(0, n, (1,)).item() for n in p.shape)
        with torch.no_grad():
            p[at] += 1e-6
            up = loss()
            p[at] -= 2e-6
            down = loss()
            p[at] += 1e-6
        assert p.grad[at].item() == pytest.approx((up - down).item() / 2e-6, abs=1e-7)


def test_what_cannot_be_built_is_refused():
    with pytest.raises(SettingError, match="v: out of range"):
        LanguageLSTM(v=1, width=4)
    with pytest.raises(SettingError, match="dropout"):
        LanguageLSTM(v=5, width=4, dropout=1.0)
    assert parameters(LanguageLSTM(v=5, width=4)) > 0
