import io

import numpy as np
import pytest
from PIL import Image

from deepen.errors import DataError
from deepen.reporting.thumbnails import encoded, smaller


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_picture_is_scaled_down_and_keeps_its_shape(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (300, 150, channels), dtype=np.uint8)
    small = encoded(pixels, side=100)
    with Image.open(io.BytesIO(small.data)) as image:
        assert image.size == (small.width, small.height) == (50, 100)
        assert image.format.lower() == small.form


def test_a_small_picture_is_neither_scaled_up_nor_altered_beyond_its_form():
    pixels = np.zeros((8, 8, 1), np.uint8)
    pixels[2:5, 3] = 255
    small = encoded(pixels, side=100)
    with Image.open(io.BytesIO(small.data)) as image:
        assert image.size == (8, 8)
        off = np.abs(np.asarray(image.convert("L")).astype(int) - pixels[..., 0])
        assert off.max() <= (0 if small.form == "png" else 60)


def test_the_smaller_form_is_taken():
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    with io.BytesIO() as file:
        Image.fromarray(noise).save(file, "PNG")
        assert len(smaller(file.getvalue(), side=96).data) < len(file.getvalue()) / 2


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + 40 * b"\0"])
def test_what_is_no_picture_is_refused(data):
    with pytest.raises(DataError, match=r"x\.png: is no picture"):
        smaller(data, side=96, where="x.png")


def test_palettes_and_transparency_are_read():
    image = Image.new("P", (4, 4))
    image.info["transparency"] = 0
    with io.BytesIO() as file:
        image.save(file, "PNG", transparency=0)
        assert smaller(file.getvalue(), side=96).width == 4
