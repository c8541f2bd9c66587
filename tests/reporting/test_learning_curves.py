import io

import numpy as np
import pytest
from PIL import Image

from deepen.errors import DataError
from deepen.reporting.learning_curves import Line, draw

ROWS = [100.0, 200.0, 400.0]


def line(name, deep=True, **more):
    errors = [0.3, 0.2, 0.15]
    return Line(name, ROWS, errors, [0.9 * e for e in errors], [1.1 * e for e in errors], deep=deep, **more)


def lawful(name, **more):
    rows = np.geomspace(100, 4000, 30)
    law = 3 * rows**-0.5
    return line(name, law_rows=rows, law=law, law_low=0.9 * law, law_high=1.1 * law, measured=400.0, **more)


def drawn(lines, form="png", **more):
    out = io.BytesIO()
    draw(lines, out, form=form, **more)
    return out.getvalue()


def test_curves_are_drawn_with_and_without_a_law(tmp_path):
    draw(
        [lawful("net small", banded=True), line("SVM", deep=False)],
        tmp_path / "a.png",
        title="t",
        target=0.05,
    )
    with Image.open(tmp_path / "a.png") as image:
        assert image.width > 1000
        assert len(image.convert("RGB").getcolors(1 << 24)) > 50


def test_a_target_above_every_point_is_inside_the_picture():
    one = Line("linear", [43.0], [0.02], [0.01], [0.03], deep=False)
    assert drawn(
        [one], target=0.1
    )  # what stands outside leaves the axes no room: a warning, and so an error here


def test_more_curves_than_colours_are_drawn():
    assert drawn([line(f"net {k}") for k in range(7)] + [line(f"s{k}", deep=False) for k in range(6)])


def test_svg_names_every_curve_and_is_the_same_twice():
    lines = [lawful("net small"), line("nearest <b>", deep=False)]
    first, second = drawn(lines, "svg"), drawn(lines, "svg")
    assert first == second
    assert b"net small" in first and b"nearest &lt;b&gt;" in first and b"forecast" in first


def test_nothing_to_draw():
    with pytest.raises(DataError, match="no curve"):
        drawn([])
