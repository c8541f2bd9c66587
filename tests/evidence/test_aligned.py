import numpy as np
import pytest
from PIL import Image

from deepen.evidence.aligned import NEAR, aligned, grey, spectra
from deepen.evidence.near import Neighbours, close_pairs, nearest


def blobs(count: int, side: int = 24, seed: int = 0) -> np.ndarray:
    """Smooth random pictures: (N, side, side, 1) uint8."""
    small = np.random.default_rng(seed).integers(0, 255, (count, 6, 6), dtype=np.uint8)
    resized = [Image.fromarray(s).resize((side, side), Image.Resampling.BICUBIC) for s in small]
    return np.stack([np.asarray(r) for r in resized])[..., None]


def changed(pixels: np.ndarray, how: str) -> np.ndarray:
    h, w = pixels.shape[:2]
    if how == "darker":
        return (pixels * 0.6).astype(np.uint8)
    if how == "shifted":
        return np.roll(pixels, (1, -1), (0, 1))
    cropped = pixels[1:-1, 1:-1, 0] if how == "cropped" else pixels[1:, :, 0]
    return np.asarray(Image.fromarray(cropped).resize((w, h), Image.Resampling.BICUBIC))[..., None]


def test_grey_averages_blocks_and_channels() -> None:
    pixels = np.zeros((1, 64, 64, 3), dtype=np.uint8)
    pixels[0, :2, :2, 0] = 120
    small = grey(pixels)
    assert small.shape == (1, 32, 32)
    assert (small[0, 0, 0], small[0, 1:].max()) == (40.0, 0.0)
    assert grey(np.ones((1, 2, 100, 1), np.uint8)).shape == (1, 1, 25)


@pytest.mark.parametrize("how", ["darker", "shifted", "cropped", "top cut off"])
def test_a_changed_copy_is_found_and_nothing_else(how: str) -> None:
    pixels = blobs(200)
    pixels = np.concatenate([pixels, changed(pixels[7], how)[None]])
    pictures = grey(pixels)
    pairs, _ = close_pairs(aligned(pictures, nearest(spectra(pictures))), len(pictures), NEAR)
    assert pairs.tolist() == [[7, 200]]


def test_distances_are_nought_for_light_and_at_the_most_one() -> None:
    pixels = blobs(3)
    pixels[1] = (pixels[0] * 0.5 + 20).astype(np.uint8)
    pixels[2] = 255 - pixels[0]
    found = aligned(grey(pixels), Neighbours(np.array([0]), np.array([[2, 1]]), np.ones((1, 2))))
    assert found.ids.tolist() == [[1, 2]]
    assert found.distances[0, 0] < 0.02
    assert found.distances[0, 1] <= 1.0


def test_pictures_of_one_tone_are_like_nothing() -> None:
    pixels = np.concatenate([np.full((3, 12, 12, 1), 9, np.uint8), blobs(20, 12)])
    pictures = grey(pixels)
    assert set(aligned(pictures, nearest(spectra(pictures))).rows) == set(range(3, 23))


def test_very_small_pictures_are_compared_as_they_stand() -> None:
    pictures = grey(blobs(20, 4))
    found = aligned(pictures, nearest(spectra(pictures), k=3))
    assert np.isfinite(found.distances).all()


def test_a_crop_is_told_from_a_shift() -> None:
    small = np.random.default_rng(0).integers(0, 255, (12, 12), dtype=np.uint8)
    fine = np.asarray(Image.fromarray(small).resize((28, 28), Image.Resampling.BICUBIC))[..., None]
    pictures = grey(np.stack([fine, changed(fine, "cropped")]))
    found = aligned(pictures, Neighbours(np.array([0]), np.array([[1]]), np.ones((1, 1))))
    assert found.distances[0, 0] < 0.1
