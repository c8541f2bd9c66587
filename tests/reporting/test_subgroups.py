from pathlib import Path

import numpy as np
from PIL import Image

from deepen.evidence.subgroups import subgroups
from deepen.reporting.subgroups import draw


def test_each_group_has_a_line(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    heights = []
    for k in (2, 12):
        truth, p, group = rng.integers(0, 2, 400), rng.dirichlet([1, 1], 400), np.arange(400) % k
        found = subgroups("two classes", truth, p, group, [f"$group$ {i} " * 9 for i in range(k)], column="x")
        with Image.open(draw(found, tmp_path / "s.png")) as image:
            heights.append(image.height)
            assert image.width < 1200
    assert heights[1] - heights[0] > 10 * 25
