import math

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets.mlp import MLP, SharedLinear
from deepen.shapes import Codes, Grid, Vector

TABLE = (Vector(4), Codes((3, 6)))


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def rows(b=5):
    return torch.randn(b, 4), torch.stack([torch.arange(b) % 3, torch.arange(b) % 6], dim=1)


def members_apart(net):
    """The same members as nets of their own, written out with plain layers."""
    nets = []
    for m in range(net.members):
        alone = MLP(
            net.inputs, net.head.bias.shape[1], width=net.features_n, depth=len(net.layers), dropout=0.0
        )
        alone.readers = net.readers
        for mine, shared in zip(alone.layers, net.layers, strict=True):
            scaled = shared.scale_out[m].unsqueeze(1) * shared.weight * shared.scale_in[m]
            mine.weight, mine.bias = nn.Parameter(scaled.detach()), nn.Parameter(shared.bias[m].detach())
        alone.head.weight = nn.Parameter(net.head.weight[m].T.detach())
        alone.head.bias = nn.Parameter(net.head.bias[m].detach())
        nets.append(alone)
    return nets


@pytest.mark.parametrize("inputs", [4, Vector(4), (Vector(4),)])
def test_a_vector_alone(inputs):
    net = MLP(inputs, 3)
    x = torch.randn(5, 4)
    assert net(x).shape == (5, 3)
    assert net.features(x).shape == (5, net.features_n)


@pytest.mark.parametrize("embedding", [None, "piecewise", "periodic"])
@pytest.mark.parametrize("members", [1, 3])
def test_a_table(embedding, members):
    net = MLP(TABLE, 2, embedding=embedding, members=members, width=8)
    more = () if members == 1 else (members,)
    assert net(*rows()).shape == (5, *more, 2)
    assert net.features(*rows()).shape == (5, *more, 8)
    assert net(*rows(1)).shape == (1, *more, 2)
    assert net(*(x[:0] for x in rows())).shape == (0, *more, 2)


def test_codes_alone_and_without_outputs():
    net = MLP(Codes((3, 6)), width=8)
    codes = rows()[1]
    net.eval()
    assert net(codes).shape == (5, 8)
    assert torch.equal(net(codes), net.features(codes))


def test_the_net_is_its_formula():
    net = MLP(4, 2, width=8, depth=3, dropout=0.0)
    x = torch.randn(5, 4)
    first, second, third = net.layers
    h = torch.relu(x @ first.weight.T + first.bias)
    h = h + torch.relu(h @ second.weight.T + second.bias)
    h = h + torch.relu(h @ third.weight.T + third.bias)
    assert torch.allclose(net(x), h @ net.head.weight.T + net.head.bias, atol=1e-6)


def test_members_are_separate_nets():
    net = MLP(TABLE, 2, embedding="piecewise", members=3, width=8, depth=3, dropout=0.0)
    for name, p in net.named_parameters():
        if "scale" in name:
            nn.init.normal_(p, 1.0, 0.5)
    x = rows()
    together = net(*x)
    for m, alone in enumerate(members_apart(net)):
        assert torch.allclose(together[:, m], alone(*x), atol=1e-5)
    assert together.std(dim=1).min() > 1e-3


def test_members_differ_from_the_start_and_nearly_share_their_parameters():
    one, many = MLP(64, 2, width=64), MLP(64, 2, width=64, members=8)
    y = many.eval()(torch.randn(5, 64))
    assert y.std(dim=1).min() > 1e-3
    count = [sum(p.numel() for p in net.parameters()) for net in (one, many)]
    assert count[1] < 1.5 * count[0]


def test_a_shared_layer_gives_the_same_for_rows_written_out():
    layer = SharedLinear(4, 3, members=5, spread=True)
    x = torch.randn(6, 4)
    assert torch.allclose(layer(x), layer(x.unsqueeze(1).expand(-1, 5, -1)), atol=1e-6)


@pytest.mark.parametrize("embedding", [None, "piecewise", "periodic"])
@pytest.mark.parametrize("members", [1, 3])
def test_gradient_is_right_and_reaches_everything(embedding, members):
    settings = {"embedding": embedding, "members": members, "embedding_d": 2, "dropout": 0.0}
    net = MLP(TABLE, 2, width=3, depth=2, **settings).to(torch.float64)
    for p in net.parameters():
        nn.init.normal_(p, 0.0, 0.7)
    numbers, codes = rows(6)
    numbers = numbers.to(torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: net(x, codes), (numbers, *net.parameters()))
    net(numbers, codes).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


def test_the_losses_of_the_members_are_their_own():
    net = MLP(4, 3, members=2, width=8, dropout=0.0)
    x, target = torch.randn(6, 4), torch.arange(6) % 3
    y = net(x)
    whole = nn.functional.cross_entropy(y.flatten(0, 1), target.repeat_interleave(2, dim=0))
    apart = [nn.functional.cross_entropy(alone(x), target) for alone in members_apart(net)]
    assert math.isclose(whole.item(), torch.stack(apart).mean().item(), rel_tol=1e-5)


def test_it_learns_what_no_linear_map_can():
    x = torch.randn(256, 2)
    target = (x[:, 0] * x[:, 1] > 0).long()
    net = MLP(2, 2, width=32, members=4, embedding="piecewise")
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(x).flatten(0, 1), target.repeat_interleave(4, dim=0)).backward()
        optimiser.step()
    found = net.eval()(x).softmax(-1).mean(1).argmax(1)
    assert (found == target).float().mean() > 0.95


def test_dropout_only_while_training():
    net = MLP(4, 2, dropout=0.5)
    x = torch.randn(5, 4)
    assert not torch.equal(net(x), net(x))
    net.eval()
    assert torch.equal(net(x), net(x))


@pytest.mark.parametrize(
    ("size", "width", "depth"), [("tiny", 64, 2), ("small", 128, 2), ("medium", 256, 3), ("large", 512, 3)]
)
def test_sizes(size, width, depth):
    net = MLP(4, 2, size=size)
    assert (net.features_n, len(net.layers)) == (width, depth)
    assert MLP(4, 2, size=size, width=24, depth=1).features_n == 24


def test_bins_reach_the_embedding():
    assert MLP(4, 2, embedding="piecewise", embedding_d=3, bins=7).readers[0].weight.shape == (4, 7, 3)


def test_the_weights_can_be_saved_and_read_back():
    net, other = (MLP(TABLE, 2, embedding="piecewise", members=3, width=8).eval() for _ in range(2))
    x = rows()
    assert not torch.equal(net(*x), other(*x))
    other.load_state_dict(net.state_dict())
    assert torch.equal(net(*x), other(*x))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MLP(4, 2, size="smal"), "Did you mean 'small'"),
        (lambda: MLP(4, 2, embedding="picewise"), "Did you mean 'piecewise'"),
        (lambda: MLP(4, 2, width=0), "width"),
        (lambda: MLP(4, 2, depth=0), "depth"),
        (lambda: MLP(4, 0), "outputs"),
        (lambda: MLP(4, 2, members=0), "members"),
        (lambda: MLP(4, 2, dropout=1.0), "dropout"),
        (lambda: MLP(4, 2, dropout=-0.1), "dropout"),
        (lambda: MLP(0, 2), "Leave it out"),
        (lambda: MLP((), 2), "inputs"),
        (lambda: MLP(Grid(1, 8, 8), 2), "inputs"),
        (lambda: MLP((Grid(1, 8, 8),), 2), "Grid"),
    ],
)
def test_misuse_says_what_to_mend(make, message):
    with pytest.raises(SettingError, match=message):
        make()


def test_wrong_tensors_are_refused():
    net = MLP(TABLE, 2)
    numbers, codes = rows()
    with pytest.raises(SettingError, match="one tensor for each input"):
        net(numbers)
    with pytest.raises(SettingError, match=r"Codes.*allowed: \(B, 2\); came: \(5, 4\)"):
        net(codes.float().repeat(1, 2), numbers)
