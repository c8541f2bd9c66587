import pytest
import torch

from deepen.errors import SettingError
from deepen.nets import CNN, LSTM, Assembled, Bag, CNN1d, FlatMLP, NetSettings, SpectrogramCNN
from deepen.nets.readers import READERS, build, ways
from deepen.shapes import Grid, Sequence, Shape, Tokens, Vector

TEXT, HEART, SOUND, PHOTO = Tokens(50, 12), Sequence(1, 140), Sequence(41, 60, ragged=True), Grid(3, 16, 16)


def made(shape: Shape, way: str, outputs: int | None = 3) -> torch.nn.Module:
    return build(shape, outputs, way=way, size="tiny", dropout=0.1, word_dropout=0.1)


@pytest.mark.parametrize(
    ("shape", "way", "net"),
    [
        (TEXT, "bag", Bag), (TEXT, "cnn", CNN1d), (TEXT, "lstm", LSTM), (HEART, "cnn", CNN1d), (HEART, "lstm", LSTM),
        (HEART, "mlp", FlatMLP),
        (SOUND, "spectrogram", SpectrogramCNN), (SOUND, "lstm", LSTM), (PHOTO, "image", CNN),
    ],
)  # fmt: skip
def test_each_way_is_its_own_net(shape: Shape, way: str, net: type) -> None:
    assert way in ways(shape)
    assert type(made(shape, way)) is net


def test_every_way_of_a_shape_can_be_built_and_every_net_is_some_way() -> None:
    assert {way for shape in (TEXT, HEART, SOUND, PHOTO) for way in ways(shape)} == set(READERS)
    assert ways(Vector(3)) == ()


def test_only_short_series_of_one_length_are_read_all_at_once() -> None:
    assert "mlp" not in ways(Sequence(2, 140, ragged=True))
    assert "mlp" in ways(Sequence(8, 128))
    assert "mlp" not in ways(Sequence(8, 129))


def test_what_cannot_read_a_shape_is_replaced_by_what_can() -> None:
    assert isinstance(made(PHOTO, "lstm"), CNN)
    assert isinstance(made(TEXT, ""), Bag)
    with pytest.raises(SettingError, match="'lstn' is not known.*Did you mean 'lstm'"):
        made(TEXT, "lstn")


@pytest.mark.parametrize("way", ways(TEXT))
def test_a_text_beside_numbers_and_a_photograph_makes_one_net(way: str) -> None:
    shapes = {"numbers": Vector(2), "text note": TEXT, "image scan": PHOTO}
    net = Assembled(shapes, 4, NetSettings(size="tiny", reader=way)).eval()
    tokens = torch.randint(1, 50, (5, 9))
    inputs = {"numbers": torch.randn(5, 2), "text note": tokens, "image scan": torch.randn(5, 3, 16, 16)}
    assert net(inputs).shape == (5, 4)
    changed = net({**inputs, "text note": tokens.flip(0)})
    assert not torch.allclose(changed, net(inputs))
