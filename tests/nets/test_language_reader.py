"""The reader of whole texts: it reads on as the language model did, and nothing behind a text's end tells."""

from __future__ import annotations

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.assemble import Assembled, NetSettings
from deepen.nets.bodies import stacked
from deepen.nets.language import LanguageLSTM
from deepen.nets.language_reader import LanguageReader
from deepen.shapes import Tokens

SHAPE = Tokens(v=11, n=6)


def reader(**options) -> LanguageReader:
    torch.manual_seed(0)
    return LanguageReader(SHAPE, None, width=5, embedding_d=4, **options).eval()


def test_the_features_are_the_last_the_largest_and_the_mean_output_of_the_language_model() -> None:
    net, model = reader(depth=2), LanguageLSTM(v=11, width=5, depth=2, embedding_d=4).eval()
    body = {n: w for n, w in model.state_dict().items() if n.startswith(("embedding.", "stack."))}
    assert net.load_state_dict(body) is not None  # the names are the same, none is missing
    ids = [7, 2, 9]
    with torch.no_grad():
        found = net(torch.tensor([[*ids, 0, 0]]))[0]
        h = model.stack(model.embedding(torch.tensor([ids])))[0][0]  # of the text's own tokens alone
    torch.testing.assert_close(found, torch.cat([h[-1], h.amax(0), h.mean(0)]))


def test_a_text_has_the_same_features_whatever_it_shares_a_batch_with() -> None:
    net = reader()
    with torch.no_grad():
        alone = net(torch.tensor([[5, 6]]))
        beside = net(torch.tensor([[5, 6, 0, 0, 0], [1, 2, 3, 4, 5]]))
    torch.testing.assert_close(alone[0], beside[0])
    assert not torch.allclose(alone[0], beside[1])


def test_numbers_are_silenced_in_training_alone() -> None:
    net = reader(dropout=0.9)
    x = torch.randint(1, 11, (4, 6))
    with torch.no_grad():
        torch.testing.assert_close(net(x), net(x))
        assert not torch.allclose(net.train()(x), net.eval()(x))
    with pytest.raises(SettingError, match="dropout"):
        reader(dropout=1.0)


def test_its_levels_are_the_embedding_and_each_layer_and_the_head_is_none() -> None:
    given = {"width": 5, "embedding_d": 4, "depth": 2}
    shapes = {"text note": SHAPE}
    net = Assembled(shapes, 3, NetSettings(reader=LanguageReader.reader, given=given))
    levels = stacked(net, shapes)["text note"]
    assert [level[0].removeprefix("readers.0.") for level in levels] == [
        "embedding.weight", "stack.layers.0.cell.weight_ih_l0", "stack.layers.1.cell.weight_ih_l0",
    ]  # fmt: skip
    named = {name for level in levels for name in level}
    assert set(net.state_dict()) - named == {"readers.0.head.weight", "readers.0.head.bias"}
