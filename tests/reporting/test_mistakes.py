from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.data.exhibits import passage, picture, signal, spectrogram
from deepen.errors import DataError
from deepen.evaluation import Exhibit, Mistake, Mistakes
from deepen.reporting.mistakes import draw

RNG = np.random.default_rng(0)
SHOWN = {
    "image": picture(RNG.integers(0, 255, (8, 8, 3), dtype=np.uint8)),
    "grey": picture(RNG.integers(0, 255, (8, 8, 1), dtype=np.uint8)),
    "audio": spectrogram(RNG.normal(size=(30, 40)), 0.3, 4000),
    "series": signal(np.where(np.arange(60)[:, None] % 7, RNG.normal(size=(60, 3)), np.nan)),
    "text": passage("it costs $5 and $7, {or} more_than_that^2 " * 8),
    "row": {"values": {"age": "31", "a very long name of a column": "a very long value of it"}, "more": 3},
}


def mistakes(kind, count, number=False, name="three"):
    exhibit = Exhibit("c", "image" if kind == "grey" else kind, SHOWN[kind])
    one = Mistake(3, "line 4", name, name, None if number else 0.9, 2.5 if number else None, (exhibit,))
    return Mistakes((one,) * count, 2 * count, 1000)


def dark(path: Path) -> float:
    """The share of the picture that is not white."""
    with Image.open(path) as image:
        return float((np.asarray(image.convert("L")) < 250).mean())


@pytest.mark.parametrize(
    ("kind", "number"), [*((kind, False) for kind in sorted(SHOWN)), ("row", True), ("text", True)]
)
def test_every_kind_is_drawn(tmp_path: Path, kind: str, number: bool) -> None:
    few, more = (draw(mistakes(kind, n, number), tmp_path / f"{n}.png") for n in (1, 7))
    with Image.open(few) as a, Image.open(more) as b:
        assert dark(more) * b.width * b.height > 2 * dark(few) * a.width * a.height


def test_without_a_mistake_the_sheet_is_empty(tmp_path: Path) -> None:
    assert 0 < dark(draw(mistakes("image", 0), tmp_path / "m.png")) < 0.03


def test_names_may_hold_what_is_markup_elsewhere(tmp_path: Path) -> None:
    assert draw(mistakes("text", 2, name=r"$\frac{<b>"), tmp_path / "m.png").is_file()
    assert draw(mistakes("text", 2, name="漢字 ☃"), tmp_path / "m.png").is_file()  # whatever the font lacks
    assert draw(mistakes("row", 2, name="$" * 50), tmp_path / "m.png").is_file()


def test_an_example_that_can_no_longer_be_read_leaves_its_place(tmp_path: Path) -> None:
    one = Mistake(0, "a.png", "a", "b", 0.9, None, ())
    found = Mistakes((one, *mistakes("image", 1).worst), 2, 5)
    assert draw(found, tmp_path / "m.png").is_file()


def test_without_mistakes_there_is_nothing_to_draw(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no mistakes to draw"):
        draw(None, tmp_path / "m.png")
