"""Examples to look at: true to what they show, and bounded in size."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from deepen.data.exhibits import passage, picture, signal, spectrogram


def opened(data):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data["png"]))).convert("RGB"))


def test_a_small_picture_keeps_its_pixels():
    grey = np.random.default_rng(0).integers(0, 256, (28, 20, 1), dtype=np.uint8)
    np.testing.assert_array_equal(opened(picture(grey))[..., 0], grey[..., 0])
    few = np.zeros((8, 8, 3), np.uint8)
    few[:4] = [200, 30, 90]
    np.testing.assert_array_equal(opened(picture(few)), few)


def test_a_large_one_is_made_small():
    noise = np.random.default_rng(0).integers(0, 256, (700, 1400, 3), dtype=np.uint8)
    data = picture(noise)
    assert opened(data).shape == (48, 96, 3)
    assert len(json.dumps(data)) < 12_000


def test_low_bands_lie_at_the_bottom_and_the_loudest_is_white():
    levels = np.full((30, 40), -9.0)
    levels[3, 0] = 0.0  # early, low
    shown = opened(spectrogram(levels, 0.3, 4000))[..., 0]
    assert shown.shape == (40, 30)
    assert np.argwhere(shown == 255).tolist() == [[39, 3]]


def test_of_a_very_long_recording_the_beginning_is_shown():
    data = spectrogram(np.random.default_rng(0).normal(size=(1000, 40)), 10.0, 8000)
    assert opened(data).shape[:2] == (40, 400)
    assert (data["seconds"], data["hertz"]) == (4.0, 8000)
    assert len(json.dumps(data)) < 30_000
    assert opened(spectrogram(np.zeros((4, 40)), 0.04, 8000)).max() == 0  # silence


def test_a_series_keeps_its_units_and_its_gaps():
    assert signal(np.array([[1.5], [np.nan], [1e6]])) == {"channels": [[1.5, None, 1e6]], "steps": 3}
    long = signal(np.arange(40_000.0).reshape(4000, 10))
    assert (len(long["channels"]), long["steps"]) == (6, 4000)
    assert len(long["channels"][0]) == 250
    assert long["channels"][1][:2] == [1.0, 161.0]


@pytest.mark.parametrize(("length", "cut"), [(0, False), (400, False), (401, True), (10**6, True)])
def test_a_text_is_cut(length, cut):
    data = passage("x" * length)
    assert data["cut"] == cut
    assert len(data["text"]) == min(length, 400)
