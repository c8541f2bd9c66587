from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.conv_autoencoder import ConvDecoder, ConvEncoder, sides


@pytest.mark.parametrize("side", [4, 5, 6, 7, 28, 30, 31])
def test_every_side_is_met_again(side: int):
    x = torch.rand(2, side * side)
    assert ConvDecoder(side, [3, 4], 5)(ConvEncoder(side, [3, 4], 5)(x)).shape == x.shape


def test_a_pixel_reaches_only_what_stands_near_it():
    torch.manual_seed(0)
    encoder, x = ConvEncoder(8, [3], 2), torch.rand(1, 64)
    moved = x.clone()
    moved[0, 0] += 1  # the pixel at the top left
    (layer,) = encoder.layers
    changed = (layer(x.view(1, 1, 8, 8)) != layer(moved.view(1, 1, 8, 8))).any(dim=1)[0]
    assert changed.nonzero().tolist() == [[0, 0]]


def test_deep_convolutions_neither_lose_nor_blow_up_what_they_are_given():
    torch.manual_seed(0)
    codes = ConvEncoder(32, [32] * 4, 20)(torch.randn(20, 1024))
    restored = ConvDecoder(32, [32] * 4, 20)(torch.randn(20, 20))
    assert 0.1 < codes.std() < 10
    assert 0.1 < restored.std() < 10


def test_more_halvings_than_the_side_has_are_refused():
    assert sides(9, 4) == [9, 5, 3, 2, 1]
    with pytest.raises(SettingError, match="up to 4 before the codes"):
        sides(9, 5)
