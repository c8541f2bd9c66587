from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from deepen.errors import DataError, FolderError, SettingError
from deepen.pretraining import RBM, KMeansFeatures


def strokes(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Level strokes, upright ones and slanting ones, anywhere on 16 x 16 pixels: no pixel tells them apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    X = rng.normal(0, 10, (n, 16, 16))
    for picture, kind in zip(X, y, strict=True):
        r, c = rng.integers(0, 9, 2)
        along = np.arange(8)
        picture[r + along * (kind != 0), c + along * (kind != 1)] += 150
    return (X + 60).clip(0, 255).astype(np.uint8), y


@pytest.fixture(scope="module")
def made() -> KMeansFeatures:
    return KMeansFeatures(20, patch=5, n_patches=4000).fit(strokes(200)[0])


def test_a_line_can_then_tell_what_it_could_not_from_pixels(made: KMeansFeatures) -> None:
    (X, y), (X2, y2) = strokes(300, seed=1), strokes(300, seed=2)
    behind = make_pipeline(StandardScaler(), RidgeClassifier(10)).fit(made.transform(X), y)
    pixels = make_pipeline(StandardScaler(), RidgeClassifier(10)).fit(X.reshape(300, -1), y)
    assert behind.score(made.transform(X2), y2) > 0.95
    assert pixels.score(X2.reshape(300, -1), y2) < 0.8


def test_it_stands_in_a_pipeline() -> None:
    X, y = strokes(60)
    learner = make_pipeline(KMeansFeatures(6, patch=5, n_patches=300), StandardScaler(), RidgeClassifier())
    assert clone(learner).fit(X, y).predict(X).shape == (60,)


def test_whitened_patches_are_uncorrelated(made: KMeansFeatures) -> None:
    x = torch.from_numpy(strokes(100)[0])[:, None].float() / 255
    white = made.net_.whitened(made.net_.normalised(made.net_.patches(x)))
    covariance = torch.cov(white.T)
    apart = covariance - covariance.diag().diag()
    assert apart.abs().max() < 0.1 < covariance.diag().min()


def test_of_whatever_size_the_blocks_are(made: KMeansFeatures, monkeypatch: pytest.MonkeyPatch) -> None:
    X = strokes(23)[0]
    whole = made.transform(X)
    assert whole.shape == (23, 80)
    assert whole.dtype == np.float32
    monkeypatch.setattr(KMeansFeatures, "_block", lambda self: 4)
    assert np.allclose(made.transform(X), whole, rtol=1e-5, atol=1e-5)


def test_bytes_equal_numbers_from_zero_to_one(made: KMeansFeatures) -> None:
    X = strokes(5)[0]
    assert np.allclose(made.transform(X), made.transform(X / np.float32(255)), atol=1e-4)
    assert np.allclose(made.transform(X), made.transform(torch.from_numpy(X)[..., None]))


def test_the_scale_of_the_numbers_does_not_matter() -> None:
    X = strokes(40)[0].astype(np.float32)
    one, other = (KMeansFeatures(6, patch=5, n_patches=500).fit(x).transform(x) for x in (X, 8 * X))
    assert np.allclose(one, other, rtol=1e-3, atol=1e-2)


def test_the_same_seed_gives_the_same_and_another_another() -> None:
    X = strokes(40)[0]
    first, again, other = (
        KMeansFeatures(6, patch=5, n_patches=300, random_state=seed).fit_transform(X) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)


def test_a_folder_gives_the_same_features(made: KMeansFeatures, tmp_path: Path) -> None:
    X = strokes(5)[0]
    read = KMeansFeatures.load(made.save(tmp_path / "features"))
    assert np.array_equal(read.transform(X), made.transform(X))
    assert read.get_params() == made.get_params()
    with pytest.raises(FolderError, match="holds a KMeansFeatures"):
        RBM.load(tmp_path / "features")


def test_centroids_are_pictures(made: KMeansFeatures) -> None:
    shown = made.centroids()
    assert (shown.shape, shown.dtype) == ((20, 5, 5, 1), np.uint8)
    assert ((shown == 0) | (shown == 255)).any(axis=(1, 2, 3)).all()


def test_rows_are_one_patch_each() -> None:
    X = np.random.default_rng(0).normal(size=(30, 7))
    made = KMeansFeatures(400).fit(X)
    assert made.transform(X).shape == (30, 30)  # no more centroids than patches


def test_a_picture_without_anything_in_it_has_features() -> None:
    X = np.zeros((4, 8, 8), np.uint8)
    assert np.isfinite(KMeansFeatures(3, patch=4).fit_transform(X)).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_finds_no_fault() -> None:
    check_estimator(KMeansFeatures())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"patch": 17}, "patch: larger than the pictures; allowed: up to 16; came: 17"),
        ({"n_centroids": 0}, "n_centroids: out of range"),
        ({"whitening": 0.0}, "whitening: out of range; allowed: above 0"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        KMeansFeatures(**settings).fit(strokes(5)[0])  # type: ignore[arg-type]


def test_other_pictures_than_before_are_refused(made: KMeansFeatures) -> None:
    with pytest.raises(DataError, match="another shape"):
        made.transform(np.zeros((2, 16, 12), np.uint8))
    with pytest.raises(DataError, match="no pictures"):
        KMeansFeatures().fit(np.zeros((2, 3, 4, 5, 6)))
    with pytest.raises(ValueError, match="NaN"):
        KMeansFeatures().fit(np.full((2, 8, 8), np.nan))
