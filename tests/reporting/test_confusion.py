from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.errors import DataError
from deepen.evidence.confusion import arrange
from deepen.reporting.confusion import draw


def matrix(k, names=None):
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.4, (k, k)) + np.diag(np.full(k, 40))
    return arrange(names or [f"class {i}" for i in range(k)], counts)


@pytest.mark.parametrize("k", [2, 10, 120])
def test_matrices_of_all_sizes_fit_their_sheet(tmp_path: Path, k: int) -> None:
    path = draw(matrix(k), tmp_path / "c.png")
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("L"))
    assert max(pixels.shape) < 2400
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert (edge > 250).all()  # nothing is cut off


def test_long_and_odd_names_fit_too(tmp_path: Path) -> None:
    names = ["$x^2$ " * 20, "a\nb", "<script>", "Ünïcödé " * 9]
    with Image.open(draw(matrix(4, names), tmp_path / "c.png")) as image:
        assert max(image.size) < 1200


def test_a_matrix_without_mistakes_is_drawn(tmp_path: Path) -> None:
    assert draw(arrange("abc", np.eye(3, dtype=int)), tmp_path / "c.png").is_file()


def test_numbers_have_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no confusion matrix"):
        draw(None, tmp_path / "c.png")
