import itertools
import math
from xml.etree import ElementTree

import pytest

from deepen.reporting.charts import canvas
from deepen.reporting.charts.canvas import Scale, fitting, linear, logarithmic, number, steps, width_of


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 7), (0.0123, 0.0127), (1e6, 9e6), (5, 5)])
@pytest.mark.parametrize("most", [2, 4, 6])
def test_steps_are_round_few_and_inside(low, high, most):
    found = steps(low, high, most)
    assert 1 <= len(found) <= most
    assert all(low - 1e-9 <= v <= high + 1e-9 for v in found)
    gaps = {round((b - a) / (found[1] - found[0]), 6) for a, b in itertools.pairwise(found)}
    assert gaps <= {1.0}
    if len(found) > 1:
        lead = (found[1] - found[0]) / 10 ** math.floor(math.log10((found[1] - found[0]) * (1 + 1e-9)))
        assert round(lead, 6) in (1, 2, 5)


def test_scales_go_from_end_to_end():
    scale = Scale(10, 30, 100, 0)
    assert [scale(v) for v in (10, 20, 30)] == [100, 50, 0]
    log = Scale(1, 100, 0, 10, log=True)
    assert log(10) == pytest.approx(5) and math.isnan(log(0)) and math.isnan(log(-1))
    assert set(log.ticks(3)) == {1, 10, 100}
    assert len(Scale(0.13, 0.45, 0, 10, log=True).ticks()) > 2, "less than a decade has its ticks too"
    inside = linear([1, math.nan, 3, math.inf], 0, 1)
    assert inside.low < 1 and 3 < inside.high < 4
    assert linear([2, 5], 0, 1, zero=True).low == 0
    assert logarithmic([0, -1, 10, 1000], 0, 1).low < 10


def test_texts_are_cut_to_their_room():
    long = "long name of a class" * 3
    assert width_of(fitting(long, 80)) <= 80 and fitting(long, 80).endswith("…")
    assert width_of("日本") > width_of("ab") > width_of("il")
    assert width_of("a\u0301") == width_of("a"), "an accent takes no room of its own"


def test_what_is_drawn_is_escaped_and_can_be_parsed():
    drawing = canvas.figure(10, 10)
    canvas.text(drawing, "<script>alert('x')</script> & \x00\ud800", 1, 2)
    canvas.mark(drawing, 1, 2, 0, 2, '"</title><img src=x>')
    words = ElementTree.tostring(drawing, encoding="unicode")
    assert "<script" not in words and "<img" not in words and "\x00" not in words
    parsed = ElementTree.fromstring(words)
    assert parsed.find("text").text == "<script>alert('x')</script> & \ufffd"


def test_a_line_is_interrupted_where_nothing_is_known():
    drawing = canvas.figure(10, 10)
    canvas.path(drawing, [(0, 0), (1, 1), (2, math.nan), (3, 3), (4, 4)], "line")
    canvas.path(drawing, [(math.nan, 0)], "line")
    (path,) = drawing.findall("path")
    assert path.get("d") == "M0.0 0.0L1.0 1.0M3.0 3.0L4.0 4.0"


def test_numbers_are_short():
    assert [number(v) for v in (1234567, 0.5, -12.345, 1e12)] == ["1,234,567", "0.5", "-12.35", "1e+12"]
