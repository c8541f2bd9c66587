from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

import deepen
from deepen.errors import SettingError

DIGITS = load_digits()
PIXELS = (DIGITS.images * 15.9).astype(np.uint8)


@pytest.mark.parametrize(("method", "layers"), [("rbm", [24]), ("dbn", [24, 12]), ("autoencoder", [24, 12])])
def test_a_training_begins_with_the_machines_layers(method, layers, tmp_path):
    features = deepen.pretrain(PIXELS[:400], method=method, layers=layers, epochs=2)
    held = deepen.train(PIXELS[:200], DIGITS.target[:200], from_=features, freeze="all", epochs=1)
    np.testing.assert_allclose(held.activations(PIXELS[:9]), features.encode(PIXELS[:9]), atol=1e-5)
    tuned = deepen.train(
        PIXELS[:200], DIGITS.target[:200], from_=features.save(tmp_path / "features"), epochs=5
    )
    assert np.abs(tuned.activations(PIXELS[:9]) - features.encode(PIXELS[:9])).max() > 1e-3
    back = deepen.load(tuned.save(tmp_path / "model"))
    np.testing.assert_array_equal(back.raw(PIXELS[:9]), tuned.raw(PIXELS[:9]))


def test_a_series_is_handed_on_too_and_what_cannot_be_is_said():
    waves = np.sin(np.arange(300)[:, None] * 0.1 + np.linspace(0, 6, 40))[..., None]
    y = np.arange(300) // 31 % 2
    features = deepen.pretrain(waves, layers=[8], epochs=2)
    held = deepen.train(waves, y, from_=features, freeze="all", epochs=1)
    np.testing.assert_allclose(held.activations(waves[:9]), features.encode(waves[:9]), atol=1e-5)
    table = deepen.pretrain(
        {"a": np.random.default_rng(0).normal(size=100), "b": np.arange(100.0)}, layers=[3], epochs=1
    )
    with pytest.raises(SettingError, match="deepen encode"):
        table.pretrained()
    rectified = deepen.pretrain(waves, layers=[8], epochs=1, settings={"hidden": "rectified"})
    with pytest.raises(SettingError, match="cannot be gone on with"):
        rectified.pretrained()


def test_a_deep_boltzmann_machine_hands_on_one_pass_up_in_place_of_mean_field():
    features = deepen.pretrain(PIXELS[:300], method="dbm", layers=[12, 6], epochs=2)
    net, rows = features.estimator.stack(), torch.from_numpy(features.matrix(PIXELS[:9]))
    with torch.no_grad():
        torch.testing.assert_close(net(rows), features.estimator.net_.bottom_up(rows)[-1])
    assert np.corrcoef(net(rows).detach().numpy().ravel(), features.encode(PIXELS[:9]).ravel())[0, 1] > 0.5
