"""k-means on patches as a method of learning without labels: from raw pictures to a head on its features."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

import deepen
from deepen.errors import DataError, SettingError
from deepen.pretraining import KMeansFeatures
from deepen.pretraining.features.model import Features

DIGITS = load_digits()
PIXELS = (DIGITS.images * 15.9).astype(np.uint8)
SET = {"patch": 4, "n_patches": 3000}


@pytest.fixture(scope="module")
def features() -> Features:
    return deepen.pretrain(PIXELS[:500], method="kmeans", layers=[30], settings=SET)


def test_it_is_what_the_estimator_finds_of_the_same_pictures(features, tmp_path):
    rows = features.matrix(PIXELS[:20])
    kmeans = features.estimator
    plain = KMeansFeatures(30, **SET, random_state=kmeans.random_state)
    used = kmeans._unrolled(features.matrix(PIXELS[:500]))
    assert plain.fit(used).centroids().shape == kmeans.centroids().shape == (30, 4, 4, 1)
    plain.net_ = kmeans.net_
    np.testing.assert_allclose(
        plain.transform(rows.reshape(-1, 8, 8)), features.encode(PIXELS[:20]), atol=1e-5
    )
    back = deepen.load(features.save(tmp_path / "features"))
    np.testing.assert_array_equal(back.encode(PIXELS[:9]), features.encode(PIXELS[:9]))
    assert back.encode(PIXELS[:9]).shape == (9, 4 * 30)


def test_the_nearest_centroid_stands_for_a_patch_better_than_one_component_does(features):
    own, line, mean = (features.scores[n].headline for n in ("test", "1 principal component", "the mean"))
    assert own.high < line.low < line.value < mean.value
    assert own.better == "lower"


def test_channels_of_colour_are_not_mixed_up():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (40, 6, 7, 3), dtype=np.uint8)
    features = deepen.pretrain(pictures, method="kmeans", layers=[5], settings={"patch": 3, "n_patches": 500})
    kmeans = features.estimator
    np.testing.assert_allclose(kmeans._unrolled(features.matrix(pictures[:3])), pictures[:3] / 255, atol=1e-5)


def test_behind_from_the_features_stay_and_a_linear_head_learns(features, tmp_path):
    few = PIXELS[:150], DIGITS.target[:150]
    model = deepen.train(
        *few, from_=features, epochs=30, shallow_share=0, test=(PIXELS[500:], DIGITS.target[500:])
    )
    assert model.about["from"].endswith("the head alone is trained")
    assert model.score.headline.value > 0.7  # 0.82 (measured); at chance 0.1
    net = model.net.readers[0]
    with torch.no_grad():
        inputs = model.preparation.to_net({"image image": torch.from_numpy(_encoded(model, PIXELS[:9]))})
        found = net.features(inputs["image image"]).numpy()
    expected = (features.encode(PIXELS[:9]) - features.estimator.mean_) / features.estimator.scale_
    np.testing.assert_allclose(found, expected, atol=1e-3)
    with pytest.raises(SettingError, match="no level between.*the head alone is trained"):
        deepen.see(model, PIXELS[:40])
    back = deepen.load(model.save(tmp_path / "model"))
    np.testing.assert_array_equal(back.raw(PIXELS[:9]), model.raw(PIXELS[:9]))


def _encoded(model, pictures: np.ndarray) -> np.ndarray:
    (array,) = model.preparation.encode(model.read(pictures), workers=1).arrays.values()
    return np.array(array)


def test_its_centroids_are_drawn_and_what_it_cannot_do_is_said(features, tmp_path):
    seen = deepen.see(features, PIXELS[:20], to=tmp_path / "seen", units=9)
    assert seen.filters.shape == (9, 16)
    assert (tmp_path / "seen" / "filters.png").stat().st_size > 1000
    with pytest.raises(SettingError, match="does not go back"):
        features.reconstruct(PIXELS[:2])
    with pytest.raises(SettingError, match="does not sample"):
        features.sample(2)


def test_what_holds_no_pictures_alone_is_refused_before_it_learns():
    with pytest.raises(SettingError, match="patches of pictures.*came: numbers"):
        deepen.pretrain({"a": np.arange(50.0) ** 2, "b": np.sin(np.arange(50))}, method="kmeans")
    with pytest.raises(SettingError, match="larger than the pictures"):
        deepen.pretrain(PIXELS[:50], method="kmeans", settings={"patch": 9})
    with pytest.raises(SettingError, match="has one layer of centroids"):
        deepen.pretrain(PIXELS[:50], method="kmeans", layers=[4, 3])
    with pytest.raises(DataError, match="none of these columns"):
        kmeans = deepen.pretrain(PIXELS[:50], method="kmeans", layers=[4], settings=SET)
        deepen.train(
            {"a": np.sin(np.arange(50)), "y": np.arange(50) % 2}, target="y", from_=kmeans, keep=["a"]
        )
