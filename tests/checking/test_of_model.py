import numpy as np
import pytest
import torch
from torch import nn

import deepen
from deepen.checking.of_model import penultimate
from deepen.errors import SettingError
from deepen.nets.assemble import OwnNet
from deepen.nets.mlp import MLP
from deepen.shapes import Vector


def test_the_last_layers_input_is_given() -> None:
    layers = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    x = torch.randn(4, 3)
    assert torch.equal(penultimate(OwnNet(layers), {"x": x}), layers[1](layers[0](x)))
    assert not any(m._forward_pre_hooks for m in layers.modules())


def test_members_stand_side_by_side() -> None:
    net = MLP([Vector(3)], 2, size="tiny", members=4)
    assert penultimate(OwnNet(net), {"x": torch.randn(5, 3)}).shape[0] == 5


@pytest.fixture(scope="module")
def trained() -> tuple[np.ndarray, np.ndarray, deepen.Model]:
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    x = (rng.integers(0, 100, (200, 8, 8)) + np.where(y, 100, 0)[:, None, None]).astype(np.uint8)
    return x, y, deepen.train(x, y, steps=5, size="tiny", seed=3)


def test_on_the_split_of_its_training_its_answers_are_used(trained: tuple) -> None:
    x, y, model = trained
    found = deepen.check(x, y, model=model, seed=3)
    assert any("labels of the 40 test rows" in note for note in found.notes)


def test_on_another_split_they_are_not(trained: tuple) -> None:
    x, y, model = trained
    found = deepen.check(x[:190], y[:190], model=model, seed=4)
    assert any("may have learned from this test part" in note for note in found.notes)


def test_a_model_of_another_question_is_refused(trained: tuple) -> None:
    x, _, model = trained
    with pytest.raises(SettingError, match="another question"):
        deepen.check(x, x.mean(axis=(1, 2)) + 0.25, model=model)
    with pytest.raises(SettingError, match="not a model"):
        deepen.check(x, model=3)  # type: ignore[arg-type]
