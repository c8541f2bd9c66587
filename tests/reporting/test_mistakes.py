from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.errors import DataError
from deepen.records import Mistakes
from deepen.reporting.mistakes import draw


@pytest.mark.parametrize(("count", "channels"), [(0, 1), (3, 1), (11, 3)])
def test_mistakes_are_drawn(tmp_path: Path, count: int, channels: int) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (count, 8, 8, channels), dtype=np.uint8)
    names = ("three",) * count
    path = draw(Mistakes(pixels, names, names, (0.9,) * count, count, 100), tmp_path / "m.png")
    with Image.open(path) as image:
        assert image.width > 1000
        assert np.asarray(image.convert("L")).std() > 1


def test_without_pictures_there_is_nothing_to_draw(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pictures to draw"):
        draw(None, tmp_path / "m.png")
