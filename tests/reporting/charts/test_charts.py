"""What each chart draws, read off its elements at the width of a phone and of a screen."""

import itertools
import math
import re

import pytest

from deepen.reporting.charts.bars import Bars, Histogram
from deepen.reporting.charts.curves import Band, Curves, Line
from deepen.reporting.charts.matrix import Matrix
from deepen.reporting.charts.whiskers import Whisker, Whiskers

WIDTHS = (336, 680)


def of(drawing, kind):
    return [e for e in drawing.iter() if kind in (e.get("class") or "").split()]


def told(drawing):
    return [e.text for e in drawing.iter("title")]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_higher_value_stands_higher_and_a_later_one_to_the_right(width):
    drawing = Curves("c", "s", [Line("a", (0, 1, 2), (1.0, 3.0, 2.0), shape=0)], x_label="x").draw(width)
    marks = [(float(m.get("cx")), float(m.get("cy"))) for m in of(drawing, "mark")]
    assert marks[0][0] < marks[1][0] < marks[2][0] <= width
    assert marks[1][1] < marks[2][1] < marks[0][1]
    assert told(drawing) == ["a: 1; x 0", "a: 3; x 1", "a: 2; x 2"]


def test_logarithmic_axes_make_a_power_law_straight():
    x = (10, 100, 1000)
    drawing = Curves("c", "s", [Line("a", x, [v**-0.5 for v in x], shape=0)], x_log=True, y_log=True).draw(
        680
    )
    (ax, ay), (bx, by), (cx, cy) = [(float(m.get("cx")), float(m.get("cy"))) for m in of(drawing, "mark")]
    assert bx - ax == pytest.approx(cx - bx, abs=0.2) and by - ay == pytest.approx(cy - by, abs=0.2)


def test_what_is_unknown_is_not_drawn_and_what_runs_off_has_no_point():
    line = Line(
        "a", (0, 1, 2, 3), (1.0, math.nan, 1.5, 9.0), shape=0, low=(0.5, 0, 1, 8), high=(1.5, 0, 2, 10)
    )
    drawing = Curves("c", "s", [line], frame=(0.0, 2.0)).draw(336)
    assert len(drawing.findall("svg")) == 1, "what runs off is cut by a window"
    assert len(of(drawing, "mark")) == 2
    assert "M" in of(drawing, "line")[0].get("d")[1:], "interrupted"
    assert not re.search(r"nan|inf", "".join(v for e in drawing.iter() for v in e.attrib.values()))


def test_bands_and_legend():
    chart = Curves(
        "c",
        "s",
        [Line("m", (0, 1), (1, 2), 1, 2)],
        [Band("90 %", (0, 1), (0, 1), (2, 3)), Band("50 %", (0, 1), (0.5, 1.5), (1.5, 2.5))],
    )
    assert [(k.name, k.band, k.colour, k.dash) for k in chart.keys] == [
        ("90 %", 1, 0, 0),
        ("50 %", 2, 0, 0),
        ("m", 0, 1, 2),
    ]
    assert len(of(chart.draw(336), "band")) == 2
    assert Curves("c", "s", [Line("alone", (0, 1), (1, 2))]).keys == ()


@pytest.mark.parametrize("width", WIDTHS)
def test_names_along_x_stand_apart(width):
    names = [(float(k), f"2020-{k:02d}-01") for k in range(40)]
    drawing = Curves("c", "s", [Line("a", range(40), range(40))], x_names=names).draw(width)
    dates = [e for e in drawing.iter("text") if (e.text or "").startswith("2020")]
    places = [float(e.get("x")) for e in dates]
    assert len(dates) >= 2 and min(b - a for a, b in itertools.pairwise(places)) > 60


@pytest.mark.parametrize("width", WIDTHS)
def test_whiskers_hold_their_figures(width):
    rows = [
        Whisker("this model", 0.9, 0.85, 0.93, own=True),
        Whisker("a very long name of a simple model" * 3, 0.7, 0.6, 0.8),
    ]
    drawing = Whiskers("w", "s", rows, "accuracy", percent=True).draw(width)
    lines = [e for e in of(drawing, "whisker") if e.get("y1") == e.get("y2")]
    dots = of(drawing, "mark")
    assert float(lines[0].get("x1")) < float(dots[0].get("cx")) < float(lines[0].get("x2")) <= width
    assert float(lines[1].get("x2")) < float(lines[0].get("x1")), "0.8 lies left of 0.85"
    assert told(drawing)[0] == "this model: 90 % [85 %, 93 %]"


@pytest.mark.parametrize("width", WIDTHS)
def test_bars_are_as_long_as_their_counts(width):
    drawing = Bars("b", "s", [("a", 100), ("b", 50), ("none", 0)]).draw(width)
    long, half, none = (float(e.get("width")) for e in of(drawing, "bar"))
    assert half == pytest.approx(long / 2, abs=0.1) and none == 1
    assert all(float(e.get("x")) + float(e.get("width")) < width for e in of(drawing, "bar"))
    Bars("b", "s", [("a", 0)]).draw(width)


def test_a_histogram_stands_on_zero():
    drawing = Histogram("h", "s", (0.0, 1.0, 2.0, 3.0), (4, 2, 0), "x").draw(336)
    bars = [(float(e.get("y")), float(e.get("height"))) for e in of(drawing, "bar")]
    assert bars[0][1] == pytest.approx(2 * bars[1][1], abs=0.2) and bars[2][1] == 0
    assert len({round(y + h, 1) for y, h in bars}) == 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("count", [2, 10, 40])
def test_a_matrix_fits_and_its_colour_is_the_share(width, count):
    counts = [
        [90 if i == j else (10 if j == (i + 1) % count else 0) for j in range(count)] for i in range(count)
    ]
    drawing = Matrix("m", "s", [f"class {k}" for k in range(count)], counts).draw(width)
    cells = of(drawing, "cell")
    assert len(cells) == 2 * count
    right, wrong = (next(c for c in cells if kind in c.get("class")) for kind in ("f6", "f1"))
    assert float(right.get("fill-opacity")) > 3 * float(wrong.get("fill-opacity"))
    assert all(float(c.get("x")) + float(c.get("width")) <= width for c in cells)
    assert "90 of class 0 answered as class 0 (90.0%)" in told(drawing)
    assert (len(of(drawing, "count")) > 0) == (count < 40)
