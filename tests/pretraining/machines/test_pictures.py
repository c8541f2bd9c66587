from __future__ import annotations

import numpy as np
import pytest
import torch

from deepen.errors import DataError
from deepen.pretraining import KMeansFeatures
from deepen.pretraining.machines.pictures import as_tensor

CPU = torch.device("cpu")


def test_channels_come_first_and_bytes_end_at_one() -> None:
    pictures = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    x = as_tensor(pictures, CPU)
    assert x.shape == (2, 3, 3, 4)
    assert torch.equal(x[1, 2, 0], torch.from_numpy(pictures[1, 0, :, 2]).float() / 255)
    assert torch.equal(as_tensor(pictures.astype(np.float32), CPU), 255 * x)


def test_an_array_that_must_not_be_written_is_read_without_a_warning() -> None:
    pictures = np.frombuffer(bytes(range(16)), np.uint8).reshape(1, 4, 4, 1)
    assert as_tensor(pictures, CPU).shape == (1, 1, 4, 4)


def test_grey_pictures_have_one_channel() -> None:
    X = np.random.default_rng(0).integers(0, 256, (5, 8, 9), dtype=np.uint8)
    made = KMeansFeatures(3, patch=4).fit(X)
    assert made.picture_shape_ == (8, 9, 1)
    assert np.array_equal(made.transform(X), made.transform(X[..., None]))
    assert list(made.get_feature_names_out()[:2]) == ["kmeansfeatures0", "kmeansfeatures1"]
    assert len(made.get_feature_names_out()) == 12


@pytest.mark.parametrize(
    "X", [np.zeros(4), np.zeros((2, 2, 2, 2, 2)), np.zeros((0, 8, 8)), np.full((2, 8, 8), np.inf)]
)
def test_what_is_no_picture_is_refused(X: np.ndarray) -> None:
    with pytest.raises(ValueError, match="X|array|infinity"):
        KMeansFeatures(3, patch=4).fit(X)


def test_pictures_of_another_shape_are_refused_with_both_shapes() -> None:
    made = KMeansFeatures(3, patch=4).fit(np.zeros((3, 8, 8), np.uint8))
    with pytest.raises(DataError, match=r"allowed: \(8, 8, 1\); came: \(8, 9, 1\)"):
        made.transform(np.zeros((3, 8, 9), np.uint8))
