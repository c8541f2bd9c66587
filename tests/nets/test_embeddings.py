import math

import pytest
import torch
from torch.distributions import Normal

from deepen.errors import SettingError
from deepen.nets.embeddings import Categories, Periodic, PiecewiseLinear, normal_edges


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def double(module):
    return module.to(torch.float64)


def fill(module):
    """Draw all parameters anew, so that what starts at zero is tested too."""
    for p in module.parameters():
        torch.nn.init.normal_(p)
    return module


# --- piecewise linear


def test_bins_hold_equal_shares_of_the_normal():
    edges = normal_edges(5)
    shares = Normal(0.0, 1.0).cdf(edges[1:-1])
    assert torch.allclose(shares, torch.tensor([0.2, 0.4, 0.6, 0.8]), atol=1e-6)
    assert torch.allclose(edges, -edges.flip(0))
    medians = Normal(0.0, 1.0).icdf(torch.tensor([0.1, 0.9]))
    assert torch.allclose(medians - edges[[0, -2]], edges[[1, -1]] - medians, atol=1e-6)


def test_piecewise_linear_is_the_papers_formula():
    ple = PiecewiseLinear(2, d=3, bins=4)
    b = [-2.0, -1.0, 0.0, 1.0, 3.0]
    ple.edges = torch.tensor(b)
    numbers = [-4.0, -2.0, -1.25, 0.25, 1.0, 2.0, 5.0, 0.0]

    def by_hand(x, t):  # equation 1, with t counted from 1
        if x < b[t - 1] and t > 1:
            return 0.0
        if x >= b[t] and t < 4:
            return 1.0
        return (x - b[t - 1]) / (b[t] - b[t - 1])

    wanted = torch.tensor([[by_hand(x, t) for t in (1, 2, 3, 4)] for x in numbers])
    got = ple.encode(torch.tensor(numbers).unsqueeze(1).expand(-1, 2))
    assert got.shape == (8, 2, 4)
    assert torch.allclose(got[:, 0], wanted)
    assert torch.allclose(got[:, 1], wanted)
    assert wanted[0, 0] == -2.0
    assert wanted[6, 3] == 2.0  # the outermost bins go on without end


def test_piecewise_linear_maps_each_column_by_itself():
    ple = fill(PiecewiseLinear(3, d=4, bins=5))
    x = torch.randn(6, 3)
    whole, code = ple(x), ple.encode(x)
    for n in range(3):
        alone = x[:, n : n + 1] * ple.linear[n] + ple.bias[n] + code[:, n] @ ple.weight[n]
        assert torch.allclose(whole[:, n], alone, atol=1e-6)


def test_piecewise_linear_starts_linear():
    ple = PiecewiseLinear(1, d=2)
    x = torch.linspace(-3, 3, 7).unsqueeze(1)
    y = ple(x)[:, 0]
    assert torch.allclose(y.diff(n=2, dim=0), torch.zeros(5, 2), atol=1e-5)


def test_two_bins_are_the_fewest():
    assert PiecewiseLinear(1, bins=2).encode(torch.zeros(1, 1)).shape == (1, 1, 2)
    with pytest.raises(SettingError, match="bins"):
        PiecewiseLinear(1, bins=1)


# --- periodic


@pytest.mark.parametrize("lite", [False, True])
def test_periodic_is_the_papers_formula(lite):
    plr = Periodic(3, d=4, k=5, sigma=0.5, lite=lite)
    x = torch.randn(6, 3)
    y = plr(x)
    for n in range(3):
        v = [2 * math.pi * c.item() * x[:, n] for c in plr.frequencies[n]]
        code = torch.stack([a.sin() for a in v] + [a.cos() for a in v], dim=1)
        m = 0 if lite else n
        assert torch.allclose(y[:, n], torch.relu(code @ plr.weight[m] + plr.bias[m]), atol=1e-5)


def test_frequencies_start_with_spread_sigma():
    frequencies = Periodic(50, k=200, sigma=0.3).frequencies
    assert abs(frequencies.std().item() - 0.3) < 0.01
    assert frequencies.abs().max() <= 0.9


def test_lite_shares_one_map():
    lite, full = Periodic(7, d=2, k=3, lite=True), Periodic(7, d=2, k=3)
    assert (lite.weight.shape, full.weight.shape) == ((1, 6, 2), (7, 6, 2))


# --- categories


def test_each_category_has_its_own_row():
    embed = Categories((3, 5), d=4)
    y = embed(torch.tensor([[2, 4], [0, 0]]))
    assert y.shape == (2, 8)
    assert torch.equal(y[0], torch.cat([embed.tables[0].weight[2], embed.tables[1].weight[4]]))
    assert torch.equal(y[1], torch.cat([embed.tables[0].weight[0], embed.tables[1].weight[0]]))


def test_the_unknown_is_an_ordinary_row_and_learns():
    embed = Categories((3,), d=2)
    embed(torch.zeros(4, 1, dtype=torch.long)).sum().backward()
    assert torch.equal(embed.tables[0].weight.grad, torch.tensor([[4.0, 4.0], [0.0, 0.0], [0.0, 0.0]]))


def test_units_follow_the_columns_size():
    widths = Categories((1, 2, 3, 16, 10_000)).widths
    assert widths == (1, 1, 2, 8, 40)
    assert Categories((1, 2, 3, 16, 10_000)).d == sum(widths)


def test_any_whole_number_type_will_do():
    embed = Categories((3, 5))
    assert torch.equal(embed(torch.tensor([[2, 4]], dtype=torch.int32)), embed(torch.tensor([[2, 4]])))


# --- all


@pytest.mark.parametrize(
    "embed", [PiecewiseLinear(2, d=3, bins=4), Periodic(2, d=3, k=4), Periodic(2, d=3, k=4, lite=True)]
)
def test_gradient_is_right_and_reaches_everything(embed):
    embed = double(fill(embed))
    x = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, *_: embed(x), (x, *embed.parameters()))
    embed(x).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in embed.parameters())


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: PiecewiseLinear(0), "n"),
        (lambda: PiecewiseLinear(2, d=0), "d"),
        (lambda: Periodic(2, k=0), "k"),
        (lambda: Periodic(2, sigma=0.0), "sigma"),
        (lambda: Periodic(2, sigma=math.nan), "sigma"),
        (lambda: Categories(()), "sizes"),
        (lambda: Categories((3, 0)), "sizes"),
        (lambda: Categories((3,), d=0), "d"),
    ],
)
def test_misuse_names_the_setting(make, where):
    with pytest.raises(SettingError) as caught:
        make()
    assert caught.value.where == where


@pytest.mark.parametrize("embed", [PiecewiseLinear(2), Periodic(2), Categories((3, 4))])
def test_a_wrong_shape_is_refused(embed):
    with pytest.raises(SettingError, match=r"allowed: \(B, 2\); came: \(5, 1\)"):
        embed(torch.zeros(5, 1, dtype=torch.long))
