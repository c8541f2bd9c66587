import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from deepen.errors import DataError
from deepen.reporting.play_curve import Learned, averaged, chart, draw

X = np.linspace(0, 1e5, 30)


def runs(count, top=10.0, name="net"):
    rng = np.random.default_rng(count)
    return Learned(
        name,
        [list(X)] * count,
        [list(top * (1 - np.exp(-X / 2e4)) + rng.normal(0, 0.5, 30)) for _ in range(count)],
    )


def test_the_band_is_students_interval():
    learned = runs(5)
    found = averaged(learned)
    values = np.array(learned.y)
    low, high = stats.t.interval(0.95, 4, loc=values.mean(0), scale=stats.sem(values, axis=0))
    assert found.mean == pytest.approx(values.mean(0))
    assert found.low == pytest.approx(low) and found.high == pytest.approx(high)
    assert found.seeds == 5 and np.array_equal(found.x, X)


def test_few_seeds_have_no_band():
    assert np.isnan(averaged(runs(2)).low).all() and np.isfinite(averaged(runs(3)).low).all()


def test_runs_looked_at_at_other_times_are_compared_where_both_were():
    found = averaged(Learned("net", [[0, 10, 20], [5, 30]], [[0, 10, 20], [5, 30]]))
    assert (found.x[0], found.x[-1]) == (5, 20)
    assert found.mean == pytest.approx(found.x)  # both are the line y = x
    with pytest.raises(DataError, match="net: the runs have no time in common"):
        averaged(Learned("net", [[0, 1], [2, 3]], [[0, 0], [0, 0]]))


def test_what_was_not_measured_is_left_out():
    found = averaged(Learned("net", [[0, 1, 2]], [[1, math.nan, 3]]))
    assert found.x.tolist() == [0, 2] and found.mean.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("x", "y", "what"),
    [
        ([], [], "no runs"),
        ([[]], [[]], "a run without a point"),
        ([[1, 2]], [[math.nan] * 2], "a run without a point"),
        ([[2, 1]], [[0, 0]], "not in order"),
        ([[1, 2]], [[0, 0, 0]], r"not a value for each point; allowed: \(2,\) of them; came: \(3,\)"),
    ],
)
def test_runs_that_make_no_curve(x, y, what):
    with pytest.raises(DataError, match=what):
        averaged(Learned("net", x, y))


def test_a_picture_and_its_words(tmp_path: Path):
    said = draw(
        [runs(4), runs(1, 5.0, "DQN $x$")], tmp_path / "a.png", references={"random": 0.5, "human": 12.0}
    )
    assert said.startswith("return over steps: net 9.291 [8.492, 10.09] at the end; DQN")
    assert said.endswith("at the end; random 0.5; human 12")
    assert said.count("[") == 1
    with Image.open(tmp_path / "a.png") as opened:
        image = np.asarray(opened.convert("RGB")).astype(int)
    assert image.shape[1] > 1000
    for colour in ((0, 114, 178), (213, 94, 0)):
        assert (np.abs(image - colour).sum(-1) < 30).sum() > 300
    with pytest.raises(DataError, match="no curve to draw"):
        draw([], tmp_path / "b.png")


def test_every_reference_is_inside_the_picture(tmp_path: Path):
    draw([runs(1)], tmp_path / "a.svg", references={"far above": 500.0, "far below": -500.0})
    assert (tmp_path / "a.svg").stat().st_size > 5000


def test_a_chart_for_a_page_draws_the_same():
    made = chart([runs(4), runs(1, 5.0, "<b>")], references={"random": 0.5}, title="Pong", x_label="minutes")
    assert [line.name for line in made.lines] == ["random", "net", "<b>"]
    assert len(made.bands) == 1 and made.says.startswith("return over minutes: net")
    drawn = made.draw(600.0)
    assert len(list(drawn.iter("path"))) >= 3
    assert np.allclose(made.bands[0].low, averaged(runs(4)).low)
    with pytest.raises(DataError, match="no curve"):
        chart([])


def test_more_curves_than_colours(tmp_path: Path):
    draw([runs(1, k + 1.0, f"net {k}") for k in range(11)], tmp_path / "a.png")
