from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.reporting.units import draw_curves, draw_filters, draw_table, draw_tiles

RNG = np.random.default_rng(0)


def drawn(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


@pytest.mark.parametrize("channels", [1, 3])
def test_tiles_found_and_made(tmp_path: Path, channels: int) -> None:
    found = [[RNG.random((9, 7, channels)) for _ in range(k)] for k in (4, 2, 0)]
    made = [RNG.random((9, 9, channels)) for _ in range(3)]
    said = draw_tiles(tmp_path / "t.png", "Level 1 of 3", [0, 5, 9], found, made)
    assert said == (
        "Level 1 of 3. For each of 3 units an input made for it by gradient ascent on the left, and the 4 inputs that "
        "excite it most, cut to its receptive field."
    )
    grey = (drawn(tmp_path / "t.png").std(2) == 0).all()
    assert grey == (channels == 1)


def test_made_alone_fill_the_page(tmp_path: Path) -> None:
    said = draw_tiles(
        tmp_path / "t.png", "L", list(range(8)), [[]] * 8, [RNG.random((5, 5, 1)) for _ in range(8)]
    )
    assert said == "L. For each of 8 units an input made for it by gradient ascent."
    pixels = drawn(tmp_path / "t.png")
    assert pixels.shape[1] > 1.5 * pixels.shape[0]


def test_low_bands_lie_below(tmp_path: Path) -> None:
    spectrogram = np.zeros((10, 10))
    spectrogram[:3] = 1  # the low bands are loud
    draw_tiles(tmp_path / "s.png", "", [0], [[spectrogram]], sound=True)
    pixels = drawn(tmp_path / "s.png").astype(int)
    bright = (pixels[..., 0] > 200) & (pixels[..., 2] < 210)  # magma's end
    dark = pixels.sum(2) < 60
    assert np.nonzero(bright)[0].mean() > np.nonzero(dark)[0].mean()


def test_curves(tmp_path: Path) -> None:
    found = [[(3, RNG.normal(size=(8, 2)))], []]
    said = draw_curves(tmp_path / "c.png", "Level 2", [1, 4], found, [RNG.normal(size=(11, 2))] * 2)
    assert "the windows that excite it most, laid on one another, and the one made" in said
    with Image.open(tmp_path / "c.png") as picture:
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 50
    alone = draw_curves(tmp_path / "c.png", "Level 2", [1], [[]], [RNG.normal(size=(11, 1))])
    assert alone == "Level 2. A panel for each of 1 units: the one made for it by gradient ascent."


def test_a_table(tmp_path: Path) -> None:
    said = draw_table(
        tmp_path / "t.png", "Level 1", [0, 1], ["age", "$costs"], np.array([[9.0, 0], [0, -9]]), 5
    )
    assert "the mean of the 5 rows" in said
    pixels = drawn(tmp_path / "t.png").astype(int)
    red, blue = ((pixels[..., a] - pixels[..., b] > 60).sum() for a, b in ((0, 2), (2, 0)))
    assert min(red, blue) > 1000


@pytest.mark.parametrize("shape", [(70, 1, 3, 3), (16, 3, 5, 5), (9, 6, 3, 3), (5, 2, 7), (3, 1, 1, 1)])
def test_filters(tmp_path: Path, shape: tuple[int, ...]) -> None:
    said = draw_filters(tmp_path / "f.png", "Filters", RNG.normal(size=shape))
    assert said.startswith(
        f"Filters. {min(64, shape[0])} of {shape[0]} filters of {' x '.join(map(str, shape[2:]))}"
    )
    assert drawn(tmp_path / "f.png").std() > 1
