from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.reporting.attributions import Panel, draw_attributions

RNG = np.random.default_rng(0)
WORDS = [*(["the", "$film", "was", "<b>", "quite"] * 12), "x" * 200]

PANELS = {
    "image": Panel(
        "cat\n(true: dog)", RNG.random((8, 9, 3)), RNG.normal(size=(8, 9)), RNG.normal(size=(8, 9))
    ),
    "sound": Panel("yes", RNG.random((40, 30)), RNG.normal(size=(40, 30)), RNG.normal(size=(40, 30))),
    "series": Panel("1\n(right)", RNG.normal(size=(50, 2)), RNG.normal(size=50), np.zeros(50)),
    "text": Panel("spam", WORDS, RNG.normal(size=61), RNG.normal(size=61)),
    "table": Panel(
        "ill", [("age", "31"), ("a_very_long_$name_of_a_column_of_it", "y")], np.array([1.0, -2]), np.ones(2)
    ),
}


@pytest.mark.parametrize("form", list(PANELS))
def test_each_form_is_drawn_and_told(tmp_path: Path, form: str) -> None:
    said = draw_attributions(tmp_path / "a.png", form, [PANELS[form]] * 2)
    assert said.startswith("What 2 answers rest on, by integrated gradients")
    assert ("bars to the right speak for" if form == "table" else "red speaks for") in said
    assert "\n" not in said
    with Image.open(tmp_path / "a.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert max(pixels.shape) < 3000
    if form != "table":
        red, blue = ((pixels[..., a] - pixels[..., b] > 60).sum() for a, b in ((0, 2), (2, 0)))
        assert min(red, blue) > 100


def test_red_speaks_for_and_blue_against(tmp_path: Path) -> None:
    values = np.zeros((4, 8))
    values[:, :4], values[:, 4:] = 1, -1
    draw_attributions(tmp_path / "a.png", "image", [Panel("a", np.zeros((4, 8, 1)), values, values)])
    with Image.open(tmp_path / "a.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    last = pixels[:, 7 * pixels.shape[1] // 10 :]
    red, blue = (np.nonzero(last[..., a] - last[..., b] > 60)[1] for a, b in ((0, 2), (2, 0)))
    assert len(red) > 100
    assert red.max() < blue.min()
