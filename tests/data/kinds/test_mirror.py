import numpy as np
import pytest

from deepen.data.kinds.mirror import keeps_meaning


def pictures(slant: bool, n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Two classes: strokes that lean left or right (a mirror exchanges them), or that lie high or low."""
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 2, n)
    pixels = rng.integers(0, 60, (n, 16, 16, 1))
    for at, c in enumerate(classes):
        shift = rng.integers(-1, 2)
        for row in range(2, 14):
            if slant:
                pixels[at, row, np.clip((row if c else 15 - row) + shift, 0, 15)] += 180
            else:
                pixels[at, (4 if c else 11) + shift, row] += 180
    return pixels.astype(np.uint8), classes


@pytest.mark.parametrize(("slant", "keeps"), [(True, False), (False, True)])
def test_what_a_mirror_exchanges_is_not_mirrored(slant: bool, keeps: bool) -> None:
    assert keeps_meaning(*pictures(slant)) is keeps


def test_nothing_to_see_and_very_few_pictures_are_not_mirrored() -> None:
    rng = np.random.default_rng(0)
    assert keeps_meaning(np.zeros((50, 8, 8, 3), np.uint8), rng.integers(0, 2, 50)) is False
    assert keeps_meaning(rng.integers(0, 255, (4, 8, 8, 3)).astype(np.uint8), np.array([0, 1, 0, 1])) is False


@pytest.mark.data
def test_writing_is_not_mirrored_and_photographs_are(data_folder) -> None:
    from deepen.data.sources import read

    digits = read(data_folder / "images" / "mnist")
    image = next(digits[n] for n in digits.names if n != digits.target)
    labels = np.array([int(v) for v in digits[digits.target].to_pylist()[:3000]])
    pixels = image[:3000] if image.ndim == 4 else image[:3000, ..., None]
    assert keeps_meaning(pixels, labels) is False
