"""First filters: of the layer that reads the input, in the input's own space."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from deepen.nets import CNN, MLP, CNN1d, SpectrogramCNN
from deepen.nets.assemble import Assembled, NetSettings
from deepen.seeing.filters import filters
from deepen.shapes import Grid, Sequence, Tokens, Vector


def test_they_are_the_weights_of_the_first_layer():
    net = CNN(Grid(3, 64, 64), 2, size="tiny")
    assert np.array_equal(filters(net, {"x": Grid(3, 64, 64)})["x"], net.stem[0].weight.detach().numpy())
    assert filters(CNN1d(Sequence(2, 90), 3, size="tiny"), {"x": Sequence(2, 90)})["x"].shape == (16, 2, 7)
    sound = Sequence(41, 90, ragged=True)
    assert filters(SpectrogramCNN(sound, 3, size="tiny"), {"x": sound})["x"].shape == (16, 1, 3, 3)


def test_a_matrix_that_reads_all_pixels_is_seen_as_pictures():
    net = nn.Sequential(nn.Flatten(), nn.Linear(2 * 5 * 4, 7), nn.ReLU(), nn.Linear(7, 40))
    found = filters(net, {"x": Grid(2, 5, 4)})["x"]
    assert torch.equal(torch.from_numpy(found[3]).flatten(), net[1].weight[3])
    along = nn.Sequential(nn.Flatten(), nn.Linear(6 * 2, 3))
    found = filters(along, {"x": Sequence(2, 6)})["x"]  # (3, 2, 6), of steps before channels
    assert torch.equal(torch.from_numpy(found[1].T.copy()).flatten(), along[1].weight[1])


def test_each_input_has_its_own_and_tables_and_texts_have_none():
    shapes = {"numbers": Vector(3), "image a": Grid(1, 8, 8), "image b": Grid(1, 8, 8), "text": Tokens(9, 5)}
    net = Assembled(shapes, 2, NetSettings(size="tiny"))
    found = filters(net, shapes)
    assert list(found) == ["image a", "image b"]
    assert not np.array_equal(found["image a"], found["image b"])
    assert filters(MLP(3, 2), {"numbers": Vector(3)}) == {}
