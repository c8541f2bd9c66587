from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.reporting.canvas import COLOURS, MARKERS, figure_of, save, short, tile


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_what_users_names_hold_is_drawn_as_it_stands(tmp_path: Path, suffix: str) -> None:
    figure = figure_of(4, 3)
    axes = figure.add_subplot()
    axes.set_title(
        r"costs $5 \frac{ $ and 中文 👍"
    )  # neither mathematics, nor a warning for want of a letter
    axes.plot([0, 1], label="$x_{$")
    axes.set_xticks([0, 1], ["$^$", "_{"])
    axes.legend()
    save(figure, tmp_path / f"a.{suffix}")
    assert (tmp_path / f"a.{suffix}").stat().st_size > 1000


def test_a_tile_keeps_its_shape_and_its_top(tmp_path: Path) -> None:
    figure = figure_of(2, 2)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    tile(axes, np.array([[1.0], [0.0]]), 0, 0, cmap="gray", vmin=0, vmax=1)  # two high, one wide; white above
    axes.set_xlim(0, 1)
    axes.set_ylim(1, 0)
    axes.set_axis_off()
    save(figure, tmp_path / "t.png")
    with Image.open(tmp_path / "t.png") as picture:
        pixels = np.asarray(picture.convert("L"))
    n = len(pixels)
    assert pixels[n // 4, n // 2] == 255
    assert pixels[3 * n // 4, n // 2] == 0
    assert pixels[3 * n // 4, n // 8] == 255  # nothing beside it


def test_colours_and_markers_are_all_different() -> None:
    assert len(set(COLOURS)) == len(set(MARKERS)) == 8


def test_long_names_keep_both_ends_on_one_line() -> None:
    assert short("plain", 5) == "plain"
    assert short("a\n b", 5) == "a b"
    assert short("abcdefghij", 5) == "ab…ij"
    assert len(short("x" * 100, 12)) == 12
