"""Levels by name: what is caught is what the net itself computes there."""

import pytest
import torch
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.nets import CNN, LSTM, MLP, Assembled, Bag, CNN1d, FlatMLP, NetSettings, SpectrogramCNN
from deepen.nets.assemble import OwnNet
from deepen.nets.levels import caught, level_of, levels, vectors
from deepen.shapes import Grid, Sequence, Tokens, Vector

WORDS = torch.tensor([[3, 4, 5, 0], [1, 2, 0, 0]])
NETS = [
    (MLP(4, 3, members=2), torch.randn(5, 4)),
    (CNN(Grid(1, 12, 12), 3, size="tiny"), torch.randn(5, 1, 12, 12)),
    (Bag(Tokens(9, 4), 3, size="large"), WORDS),
    (LSTM(Tokens(9, 4), 3, size="tiny"), WORDS),
    (CNN1d(Sequence(1, 20), 3, size="tiny"), torch.randn(5, 20, 1)),
    (SpectrogramCNN(Sequence(30, 20), 3, size="tiny"), torch.randn(5, 20, 30)),
]


def run(net: nn.Module, x: Tensor, *names: str) -> tuple[Tensor, dict[str, Tensor]]:
    with torch.inference_mode(), caught(net.eval(), *names) as found:
        outputs = net(x)
    return outputs, dict(found)


@pytest.mark.parametrize(("net", "x"), NETS, ids=[type(net).__name__ for net, _ in NETS])
def test_the_last_level_is_what_the_head_reads(net, x) -> None:
    assert list(levels(net))[-1] == "features"
    outputs, found = run(net, x, "features")
    with torch.inference_mode():
        assert torch.equal(found["features"], net.features(x))
        assert torch.equal(net.head(found["features"]), outputs)


def test_levels_of_a_perceptron_stand_after_activation_and_shortcut() -> None:
    net, x = MLP(4, 3, size="medium"), torch.randn(5, 4)
    _, found = run(net, x, *levels(net))
    assert list(found) == ["entry", "layer 1", "layer 2", "features"]
    h = torch.relu(net.layers[0](x))
    assert torch.equal(found["entry"], x)
    assert torch.equal(found["layer 1"], h)
    assert torch.equal(found["layer 2"], h + torch.relu(net.layers[1](h)))
    assert (found["layer 1"] >= 0).all()


def test_levels_of_a_convolutional_net_are_its_stem_and_blocks() -> None:
    net, x = CNN(Grid(1, 12, 12), 3, size="tiny"), torch.randn(5, 1, 12, 12)
    _, found = run(net, x, *levels(net))
    with torch.inference_mode():
        h = net.stem(x)
        assert torch.equal(found["stem"], h)
        for k, block in enumerate(net.stages[:-1], 1):
            h = block(h)
            assert torch.equal(found[f"block {k}"], h)
        assert torch.equal(found["features"], net.stages[-1](h).mean((2, 3)))


@pytest.mark.parametrize("net", [net for net, _ in NETS[3:]], ids=lambda net: type(net).__name__)
def test_sequences_have_no_level_where_steps_behind_the_end_would_count(net) -> None:
    assert list(levels(net)) == ["features"]


def test_a_perceptron_over_all_steps_has_the_levels_of_its_own() -> None:
    net, x = FlatMLP(Sequence(2, 5), 3, size="medium"), torch.randn(5, 5, 2)
    _, found = run(net, x, "entry", "layer 1")
    assert torch.equal(found["entry"], x.flatten(1))
    assert torch.equal(found["layer 1"], torch.relu(net.mlp.layers[0](x.flatten(1))))
    assert list(levels(net))[-1] == "features"


def test_several_inputs_have_levels_each_and_features_in_common() -> None:
    shapes = {"numbers": Vector(4), "image photo": Grid(3, 16, 16)}
    net = Assembled(shapes, 2, NetSettings(size="tiny"))
    x = {"numbers": torch.randn(5, 4), "image photo": torch.randn(5, 3, 16, 16)}
    names = list(levels(net))
    assert names[0] == "image photo: stem" and names[-1] == "features"
    assert {"image photo: features", "table: entry", "table: features"} < set(names)
    outputs, found = run(net, x, "image photo: features", "table: features", "features")
    both = torch.cat([found["image photo: features"], found["table: features"]], dim=1)
    assert torch.equal(both, found["features"])
    assert torch.equal(net.head(both), outputs)


def test_one_input_has_the_levels_of_its_net() -> None:
    net = Assembled({"numbers": Vector(4)}, 2, NetSettings(size="tiny"))
    assert list(levels(net)) == list(levels(net.readers[0])) == ["entry", "layer 1", "features"]


def test_nothing_is_caught_after_the_block_even_where_it_fails() -> None:
    net = MLP(4, 3)
    with pytest.raises(SettingError), caught(net, "features") as found:
        net(torch.zeros(5, 7))
    net(torch.zeros(5, 4))
    assert not found
    assert all(not module._forward_pre_hooks for module in net.modules())


def test_a_level_goes_by_name_or_place() -> None:
    net = MLP(4, 3)
    assert [level_of(net, k) for k in (0, 1, 2, -1, -3)] == [
        "entry",
        "layer 1",
        "features",
        "features",
        "entry",
    ]
    assert level_of(net, "layer 1") == "layer 1"
    with pytest.raises(SettingError, match="no such level; came: 'layer1'. Did you mean 'layer 1'"):
        level_of(net, "layer1")
    for place in (3, -4):
        with pytest.raises(SettingError, match=rf"came: {place}. There are: 'entry', 'layer 1', 'features'"):
            level_of(net, place)


def test_a_module_of_ones_own_has_no_levels() -> None:
    own = OwnNet(nn.Linear(2, 2))
    assert levels(own) == {}
    with pytest.raises(SettingError, match="no such level"):
        level_of(own, -1)


def test_grids_become_their_channels_means_and_members_stand_side_by_side() -> None:
    grid = torch.arange(16.0).reshape(1, 2, 2, 4)
    assert vectors(grid).tolist() == [[3.5, 11.5]]
    assert vectors(torch.tensor([[[1.0, 2], [3, 4]]])).tolist() == [[1, 2, 3, 4]]
    assert vectors(torch.ones(3, 7)).shape == (3, 7)
