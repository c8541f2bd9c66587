"""Attribution: complete, exact where that is known, and gone with the weights (Adebayo et al. 2018)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import nn

from deepen.nets import CNN, LSTM, MLP, Bag
from deepen.nets.assemble import Assembled, NetSettings
from deepen.nets.catching import outputs
from deepen.seeing.attribution import baselines, integrated_gradients, occlusion, shuffled
from deepen.shapes import Codes, Grid, Sequence, Tokens, Vector


class Product(nn.Module):
    """x y + x², whose integrated gradients from (a, b) are worked out by hand."""

    def __init__(self):
        super().__init__()
        self.one = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return (x[:, :1] * x[:, 1:] + x[:, :1] ** 2) * self.one


def test_a_polynomial_from_a_baseline():
    x, start = torch.tensor([[3.0, 2.0]]), torch.tensor([[1.0, -1.0]])
    found = integrated_gradients(Product(), {"x": x}, 0, {"x": start})
    # The mean of 2 x + y on the way, times 2, and the mean of x times 3.
    assert found.parts["x"].tolist() == pytest.approx([2 * (4 + 0.5), 3 * 2], rel=1e-4)
    assert found.difference == pytest.approx(15.0)
    assert found.complete


class Leap(nn.Module):
    """A sigmoid so steep that equal steps would jump over it, as a recurrent net's output may be."""

    def __init__(self):
        super().__init__()
        self.steep = nn.Parameter(torch.tensor(4000.0))

    def forward(self, x):
        return torch.sigmoid(self.steep * (x[:, :1] - 0.3137)) + 0.1 * x[:, 1:]


def test_where_the_output_leaps_the_way_is_divided():
    found = integrated_gradients(Leap(), {"x": torch.tensor([[1.0, 1.0]])}, 0)
    assert found.complete
    assert found.steps < 200
    assert found.parts["x"].tolist() == pytest.approx([1.0, 0.1], abs=0.011)


def test_what_is_not_reached_is_said():
    found = integrated_gradients(Leap(), {"x": torch.tensor([[1.0, 1.0]])}, 0, most_steps=40)
    assert not found.complete
    assert found.steps == 40  # all that were allowed, though not twice those before
    assert float(found.parts["x"].sum()) == pytest.approx(found.difference * (1 + found.error), rel=1e-4)


@pytest.mark.parametrize(
    ("shapes", "settings"),
    [
        ({"image a": Grid(1, 12, 12)}, {"size": "tiny"}),
        ({"numbers": Vector(4), "codes": Codes((3, 6))}, {}),
        ({"text a": Tokens(30, 9)}, {"reader": "lstm", "size": "tiny"}),
        ({"text a": Tokens(30, 9)}, {"reader": "cnn", "size": "tiny"}),
        ({"series a": Sequence(3, 20, ragged=True)}, {"reader": "cnn", "size": "tiny"}),
        (
            {"numbers": Vector(2), "codes": Codes((4,)), "image a": Grid(1, 8, 8), "text b": Tokens(9, 5)},
            {"size": "tiny"},
        ),
    ],
)
def test_the_parts_sum_to_the_difference(shapes, settings):
    torch.manual_seed(1)
    net = Assembled(shapes, 3, NetSettings(**settings)).eval()
    for p in net.parameters():
        p.data += 0.05 * torch.randn_like(p)
    from deepen.nets.levels import example

    inputs = example(shapes, rows=1)
    for name, x in inputs.items():
        if isinstance(shapes[name], Codes):
            inputs[name] = torch.tensor([[s - 1 for s in shapes[name].sizes]])
        elif isinstance(shapes[name], Sequence):
            x[:, 14:] = 0
    found = integrated_gradients(net, inputs, 2, baselines(inputs, shapes))
    assert found.complete, found.error
    assert abs(found.difference) > 1e-2
    total = sum(float(part.sum()) for part in found.parts.values())
    assert total == pytest.approx(found.difference, rel=0.011)
    assert {k: v.shape for k, v in found.parts.items()} == {k: x.shape[1:] for k, x in inputs.items()}
    assert all(float(part.abs().sum()) > 0 for part in found.parts.values())


def test_a_category_without_a_say_has_no_part():
    net = MLP([Vector(2), Codes((4, 5, 6))], 2, embedding="piecewise").eval()
    torch.nn.init.zeros_(net.readers[1].tables[0].weight)
    torch.nn.init.zeros_(net.readers[1].tables[2].weight)
    inputs = {"numbers": torch.randn(1, 2), "codes": torch.tensor([[3, 4, 1]])}
    parts = integrated_gradients(net, inputs, 0).parts["codes"]
    assert (parts[0], parts[2]) == (0, 0)
    assert parts[1] != 0


def test_a_linear_net_over_words_gives_each_word_its_own():
    net = Bag(Tokens(12, 6), 2, depth=0, dropout=0).eval()
    net.norm, net.most = nn.Identity(), net.mean
    tokens = torch.tensor([[3, 7, 7, 0, 0]])
    found = integrated_gradients(net, {"t": tokens}, 1)
    D = net.entry.channels
    weights = net.head.weight[1, :D] + net.head.weight[1, D:]
    by_hand = (net.entry.embedding.weight[tokens[0]] @ weights / 3).detach()
    assert torch.allclose(found.parts["t"], by_hand, atol=1e-5)


def test_the_weights_are_as_they_were():
    net = LSTM(Tokens(9, 6), 2, size="tiny").eval()
    before = net(torch.tensor([[1, 2, 3]]))
    integrated_gradients(net, {"t": torch.tensor([[1, 2, 3]])}, 0)
    assert torch.equal(net(torch.tensor([[1, 2, 3]])), before)
    assert not any(m._forward_hooks for m in net.modules())


def test_occlusion_of_overlapping_patches_is_their_mean():
    net = nn.Linear(4, 1, bias=False)
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
    patches = torch.tensor([[1, 1, 0, 0], [0, 1, 1, 0]]) > 0
    falls = (net.weight[0] * x[0]).detach()
    found = occlusion(net, {"x": x}, 0, "x", patches, torch.zeros(1, 4))
    first, second = falls[:2].sum(), falls[1:3].sum()
    assert torch.allclose(
        found, torch.stack([first, (first + second) / 2, second, torch.tensor(0.0)]), atol=1e-5
    )


@pytest.fixture(scope="module")
def patch_net():
    """A net that tells from a bright patch, at a place of its own in each picture, whether there is one."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)

    def draw(n):
        x = rng.normal(0, 0.5, (n, 1, 16, 16)).astype(np.float32)
        y, at = rng.integers(0, 2, n), rng.integers(1, 11, (n, 2))
        for k in np.flatnonzero(y):
            i, j = at[k]
            x[k, 0, i : i + 4, j : j + 4] += 2.0
        return torch.from_numpy(x), torch.from_numpy(y), at

    net = CNN(Grid(1, 16, 16), 2, size="tiny", width=8)
    optimiser = torch.optim.Adam(net.parameters(), 5e-3)
    for _ in range(60):
        x, y, _ = draw(48)
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimiser.step()
    net.eval()
    x, y, at = draw(60)
    assert (net(x).argmax(1) == y).float().mean() > 0.95
    on = (y == 1) & (net(x).argmax(1) == 1)
    return net, x[on], at[on.numpy()]


def windows():
    found = torch.zeros(49, 1, 16, 16, dtype=torch.bool)
    for k in range(49):
        i, j = 2 * (k // 7), 2 * (k % 7)
        found[k, :, i : i + 4, j : j + 4] = True
    return found


def test_the_map_lies_on_the_patch(patch_net):
    net, x, at = patch_net
    shares = []
    for k in range(6):
        i, j = at[k]
        inside = torch.zeros(16, 16, dtype=torch.bool)
        inside[i : i + 4, j : j + 4] = True
        one = {"x": x[k : k + 1]}
        gradients = integrated_gradients(net, one, 1).parts["x"][0].clamp_min(0)
        falls = occlusion(net, one, 1, "x", windows(), torch.zeros(1, 1, 16, 16))[0].clamp_min(0)
        shares.append([float(m[inside].sum() / m.sum()) for m in (gradients, falls)])
        assert (i - 2 <= int(falls.argmax()) // 16 <= i + 5) and (j - 2 <= int(falls.argmax()) % 16 <= j + 5)
    # The patch is a sixteenth of the picture.
    assert np.mean(shares, axis=0).min() > 0.35, np.mean(shares, axis=0)


def test_random_weights_give_an_unrelated_map(patch_net):
    net, x, _ = patch_net
    correlations = []
    for k in range(6):
        one = {"x": x[k : k + 1]}
        trained = integrated_gradients(net, one, 1).parts["x"].flatten().numpy()
        random = integrated_gradients(shuffled(net, seed=k), one, 1).parts["x"].flatten().numpy()
        correlations.append(spearmanr(trained, random).statistic)
    assert abs(np.mean(correlations)) < 0.2, correlations
    assert np.max(np.abs(correlations)) < 0.6


def test_shuffling_keeps_every_weight_and_leaves_the_net_alone():
    net = MLP(5, 3)
    before = [p.clone() for p in net.parameters()]
    made = shuffled(net)
    for p, q, r in zip(net.parameters(), before, made.parameters(), strict=True):
        assert torch.equal(p, q)
        assert torch.equal(r.flatten().sort().values, q.flatten().sort().values)
    x = torch.randn(4, 5)
    assert not torch.allclose(outputs(net, {"x": x}), outputs(made, {"x": x}))
