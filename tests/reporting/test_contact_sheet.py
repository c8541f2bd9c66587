from pathlib import Path

import numpy as np
from PIL import Image

from deepen.reporting.contact_sheet import draw


def test_pictures_are_drawn_in_rows_and_a_free_place_stays_free(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (9, 8, 8, 3), dtype=np.uint8)
    one = draw([(p, "costs $5 or $6") for p in pixels[:2]], tmp_path / "one.png", "a $title$", columns=2)
    many = draw([*((p, "x") for p in pixels), (None, "")], tmp_path / "many.png", "many", columns=2)
    with Image.open(one) as small, Image.open(many) as large:
        assert small.width == large.width
        assert large.height > 3 * small.height / 2
        bottom = np.asarray(large.convert("L"))[-150:]
    assert bottom[:, : bottom.shape[1] // 2].std() > 10 > bottom[:, bottom.shape[1] // 2 + 20 :].std()
