import pytest
import torch

from deepen.errors import SettingError
from deepen.nets import FlatMLP
from deepen.shapes import Sequence


def test_it_is_the_perceptron_of_all_numbers() -> None:
    net = FlatMLP(Sequence(2, 7), 3, size="tiny").eval()
    x = torch.randn(5, 7, 2)
    assert torch.equal(net(x), net.mlp(x.reshape(5, 14)))


def test_it_can_tell_places_apart_and_single_channels() -> None:
    torch.manual_seed(0)
    x = torch.randn(256, 10, 2)
    y = (x[:, 3, 1] > x[:, 8, 0]).long()
    net = FlatMLP(Sequence(2, 10), 2, size="tiny", dropout=0.0)
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(x), y).backward()
        optimiser.step()
    assert (net(x).argmax(1) == y).float().mean() > 0.98


def test_without_outputs_it_gives_its_features() -> None:
    net = FlatMLP(Sequence(1, 6), None, size="tiny")
    assert net(torch.randn(4, 6, 1)).shape == (4, net.features_n)


def test_series_of_unequal_lengths_are_refused() -> None:
    with pytest.raises(SettingError, match="one length"):
        FlatMLP(Sequence(2, 7, ragged=True), 3)
