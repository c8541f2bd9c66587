"""Levels: found in every net, and what stands on them is what the net computes."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from deepen.errors import SettingError
from deepen.nets import CNN, LSTM, MLP, Bag, CNN1d, SpectrogramCNN
from deepen.nets.assemble import Assembled, NetSettings, OwnNet
from deepen.seeing.levels import activations, caught, example, find, level_of, outputs
from deepen.shapes import Codes, Grid, Sequence, Tokens, Vector


class Mine(nn.Module):
    """A user's net, written with functions, with a frozen layer."""

    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = nn.Linear(6, 5), nn.Linear(5, 4), nn.Linear(4, 3)
        self.first.requires_grad_(False)

    def forward(self, x):
        return self.head(torch.tanh(self.second(torch.relu(self.first(x)))))


@pytest.mark.parametrize(
    ("shapes", "settings", "readers"),
    [
        ({"numbers": Vector(4)}, {"embedding": None}, ["layers.1", "head"]),
        ({"numbers": Vector(4), "codes": Codes((3, 5))}, {}, ["layers.0", "layers.1", "head"]),
        ({"image a": Grid(1, 8, 8)}, {"size": "tiny"}, ["stages.0", "stages.1.0", "stages.2", "head"]),
        ({"text a": Tokens(30, 9)}, {"reader": "bag"}, ["layers.0", "head"]),
        ({"text a": Tokens(30, 9)}, {"reader": "cnn"}, ["body.filters.0", "head"]),
        (
            {"text a": Tokens(30, 9)},
            {"reader": "lstm", "size": "medium"},
            ["layers.0", "layers.1", "pool.heard", "head"],
        ),
        ({"series a": Sequence(2, 30, ragged=True)}, {"reader": "lstm"}, ["pool.heard", "head"]),
    ],
)
def test_the_levels_of_assembled_nets(shapes, settings, readers):
    net = Assembled(shapes, 3, NetSettings(**settings)).eval()
    found = find(net, example(shapes))
    assert [level.read_by.removeprefix("readers.0.") for level in found] == readers
    assert [level.name for level in found] == [f"level {k}" for k in range(1, len(readers) + 1)]
    assert all(level.of == tuple(shapes) for level in found)


def test_several_readers_and_the_joint_head():
    shapes = {"numbers": Vector(3), "image a": Grid(1, 8, 8), "text b": Tokens(30, 9)}
    found = find(Assembled(shapes, 2, NetSettings(size="tiny")).eval(), example(shapes))
    assert found[-1].of == ("image a", "text b", "numbers")
    assert {level.of for level in found[:-1]} == {("image a",), ("text b",), ("numbers",)}


def test_a_users_module_and_its_frozen_layer():
    net = Mine().eval()
    x = torch.randn(7, 6)
    found = find(OwnNet(net), {"x": x})
    assert [level.read_by for level in found] == ["module.second", "module.head"]
    assert not net.first.weight.requires_grad
    with torch.no_grad():
        expected = torch.relu(net.first(x))
    assert torch.equal(activations(net, {"x": x}, 0).values, expected)
    assert activations(net, {"x": x}, "level 2").values.shape == (7, 4)


def test_the_last_level_is_what_the_head_reads():
    net = CNN(Grid(1, 16, 16), 5, size="tiny").eval()
    x = torch.randn(3, 1, 16, 16)
    with torch.no_grad():
        assert torch.allclose(net.head(activations(net, {"x": x}, -1).values), net(x), atol=1e-6)
        assert torch.equal(activations(net, {"x": x}, 0).values, net.stem(x))


def test_members_stand_side_by_side_and_their_outputs_are_averaged():
    net = MLP(4, 2, members=3, width=8).eval()
    x = torch.randn(5, 4)
    found = find(net, {"x": x})
    assert [(level.units, level.places) for level in found] == [(24, ()), (24, ())]
    assert activations(net, {"x": x}, -1).values.shape == (5, 24)
    assert torch.allclose(outputs(net, {"x": x}), net(x).mean(1))


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


def test_an_unknown_level_is_refused_with_the_nearest():
    found = find(MLP(3, 2).eval(), example({"x": Vector(3)}))
    assert level_of(found, -1) is found[-1]
    with pytest.raises(SettingError, match="Did you mean 'level 1'"):
        level_of(found, "levl 1")
    with pytest.raises(SettingError, match="no such level"):
        level_of(found, 7)
