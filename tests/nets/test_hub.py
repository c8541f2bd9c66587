"""What of the hub's reader needs no package; the rest is in tests/learning/test_hub.py, where there is a checkpoint."""

import sys

import pytest
import torch

from deepen.errors import SettingError
from deepen.nets.hub import HubEncoder
from deepen.nets.readers import build
from deepen.shapes import Tokens


def test_the_first_and_the_last_token_stand_around_each_text() -> None:
    net = HubEncoder.__new__(HubEncoder)
    torch.nn.Module.__init__(net)
    net.begin, net.end = 101, 102
    x = torch.tensor([[7, 8, 9], [7, 0, 0]])
    assert net._framed(x).tolist() == [[102, 7, 8, 9, 103], [102, 7, 103, 0, 0]]
    net.begin = None
    assert net._framed(x).tolist() == [[7, 8, 9, 103], [7, 103, 0, 0]]
    net.end = None
    assert net._framed(x).tolist() == x.tolist()


def test_it_is_built_by_what_is_given_and_needs_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(SettingError, match="needs the package transformers"):
        build(Tokens(9, 4), 2, way="hub", size="tiny", dropout=0.1, word_dropout=0.0, given={"config": {}})
