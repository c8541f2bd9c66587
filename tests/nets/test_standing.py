"""What stands on levels is what the net computes there, whatever an example shares its batch with."""

from __future__ import annotations

import pytest
import torch

from deepen.nets import CNN, LSTM, MLP, Bag, CNN1d, FlatMLP, SpectrogramCNN
from deepen.nets.catching import outputs
from deepen.nets.levels import example, find
from deepen.nets.standing import Standing, activations, caught
from deepen.shapes import Grid, Sequence, Tokens

WORDS = torch.tensor([[3, 4, 5, 0], [1, 2, 0, 0]])


@pytest.mark.parametrize(
    "net",
    [
        CNN1d(Sequence(2, 300, ragged=True), 2, size="tiny"),
        SpectrogramCNN(Sequence(25, 60, ragged=True), 2, size="tiny"),
        LSTM(Sequence(2, 40, ragged=True), 2, size="medium"),
        LSTM(Tokens(20, 15), 2, size="tiny"),
        CNN1d(Tokens(20, 15), 2, size="tiny"),
        Bag(Tokens(20, 15), 2, size="tiny"),
    ],
)
def test_in_a_batch_of_any_lengths_each_example_is_what_it_is_alone(net):
    net, shape = net.eval(), net.shape
    torch.manual_seed(0)
    for p in net.parameters():
        if p.ndim == 1:
            p.data += 0.1 * torch.randn_like(p)  # blocks that begin as nothing shall do something
    lengths = [shape.n, shape.n // 2 + 1, 9, 5]
    (x,) = example({"x": shape}, rows=4).values()
    for row, n in enumerate(lengths):
        x[row, n:] = 0
    found = find(net, {"x": x})
    shapes = {"x": shape}
    with torch.no_grad():
        with caught(net, found, {"x": x}, shapes) as together:
            outputs(net, {"x": x})
        for row, n in enumerate(lengths):
            alone = {"x": x[row : row + 1, :n]}
            with caught(net, found, alone, shapes) as single:
                outputs(net, alone)
            for level in found:
                a, b = together[level.name], single[level.name]
                assert torch.allclose(a.means()[row], b.means()[0], atol=1e-4), (level, n)
                assert torch.allclose(a.peaks()[0][row], b.peaks()[0][0], atol=1e-4), (level, n)


@pytest.mark.parametrize(
    ("net", "x"),
    [
        (MLP(4, 3), torch.randn(5, 4)),
        (CNN(Grid(1, 12, 12), 3, size="tiny"), torch.randn(5, 1, 12, 12)),
        (Bag(Tokens(9, 4), 3, size="large"), WORDS),
        (LSTM(Tokens(9, 4), 3, size="tiny"), WORDS),
        (CNN1d(Sequence(1, 20), 3, size="tiny"), torch.randn(5, 20, 1)),
        (SpectrogramCNN(Sequence(30, 20), 3, size="tiny"), torch.randn(5, 20, 30)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_last_level_is_what_the_head_reads(net, x):
    net.eval()
    last = activations(net, {"x": x}, -1).values
    with torch.no_grad():
        assert torch.equal(last, net.features(x))
        assert torch.equal(net.head(last), net(x))


def test_levels_of_a_perceptron_stand_after_activation_and_shortcut():
    net, x = MLP(4, 3, size="medium").eval(), torch.randn(5, 4)
    first, second = (activations(net, {"x": x}, level).values for level in ("level 1", "level 2"))
    with torch.no_grad():
        h = torch.relu(net.layers[0](x))
        assert torch.equal(first, h)
        assert torch.equal(second, h + torch.relu(net.layers[1](h)))


def test_a_perceptron_over_all_steps_has_the_levels_of_its_own():
    net, x = FlatMLP(Sequence(2, 5), 3, size="medium").eval(), torch.randn(5, 5, 2)
    with torch.no_grad():
        first = torch.relu(net.mlp.layers[0](x.flatten(1)))
    assert torch.equal(activations(net, {"x": x}, 0).values, first)


def test_levels_of_a_convolutional_net_are_its_stem_and_blocks():
    net, x = CNN(Grid(1, 16, 16), 3, size="tiny").eval(), torch.randn(5, 1, 16, 16)
    for p in net.parameters():
        p.data += 0.1 * torch.randn_like(p)  # blocks that begin as nothing shall do something
    with torch.no_grad():
        h = net.stem(x)
        assert torch.equal(activations(net, {"x": x}, 0).values, h)
        h = net.stages[0](h)
        assert torch.equal(activations(net, {"x": x}, 1).values, h)


def test_members_stand_side_by_side_and_their_outputs_are_averaged():
    net = MLP(4, 2, members=3, width=8).eval()
    x = torch.randn(5, 4)
    found = find(net, {"x": x})
    assert [(level.units, level.places) for level in found] == [(24, ()), (24, ())]
    assert activations(net, {"x": x}, -1).values.shape == (5, 24)
    assert torch.allclose(outputs(net, {"x": x}), net(x).mean(1))


def test_means_and_peaks_are_over_own_places():
    values = torch.tensor([[[1.0, 2.0, 9.0], [-4.0, -2.0, 9.0]], [[3.0, 5.0, 4.0], [0.0, 3.0, -9.0]]])
    standing = Standing(values, torch.tensor([[True, True, False], [True, True, True]]))
    assert standing.means().tolist() == [[1.5, -3.0], [4.0, -2.0]]
    assert [t.tolist() for t in standing.peaks()] == [[[2.0, -2.0], [5.0, 3.0]], [[1, 1], [1, 1]]]
    assert standing.hidden(0.0)[0].tolist() == [[1.0, 2.0, 0.0], [-4.0, -2.0, 0.0]]


def test_grids_and_vectors_give_means():
    grid = torch.arange(16.0).reshape(1, 2, 2, 4)
    assert Standing(grid).means().tolist() == [[3.5, 11.5]]
    assert Standing(torch.ones(3, 7)).means().shape == (3, 7)


def test_nothing_is_caught_after_the_block():
    net, inputs = MLP(4, 3).eval(), {"x": torch.zeros(5, 4)}
    with caught(net, find(net, inputs), inputs, {}) as found:
        outputs(net, inputs)
    before = dict(found)
    outputs(net, {"x": torch.ones(5, 4)})
    assert before.keys() == found.keys() == {"level 1", "level 2"}
    assert all(before[name] is found[name] for name in found)
