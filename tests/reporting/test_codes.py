from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.errors import DataError
from deepen.reporting import codes


def test_a_map_is_a_picture_and_a_sentence(tmp_path: Path):
    points = np.random.default_rng(0).normal(size=(90, 2))
    labels = np.array(["a", "b", "$c$"] * 30, dtype=object)
    says = codes.draw(tmp_path / "map.png", points, labels, "Codes")
    assert says == "90 examples by two codes, coloured by their class."
    pixels = np.asarray(Image.open(tmp_path / "map.png").convert("RGB")).astype(int)
    assert (
        (pixels.max(axis=2) - pixels.min(axis=2)) > 100
    ).sum() > 500  # points of colour, beside black and white
    assert codes.draw(tmp_path / "plain.png", points) == "90 examples by two codes."


def test_three_codes_make_no_map(tmp_path: Path):
    with pytest.raises(DataError, match=r"allowed: \(N, 2\)"):
        codes.draw(tmp_path / "map.png", np.zeros((4, 3)))
