"""Laws against exact ones, and the coverage of their intervals by simulation."""

import functools
import math

import numpy as np
import pytest

from deepen.errors import DataError
from deepen.scaling.cells import Cell, Curve
from deepen.scaling.forms import FORMS, Setting
from deepen.scaling.law import check, crossing, law

ROWS = (60, 120, 240, 480, 960, 1920, 3840)
M4 = (Setting(480.0, 60.0, 0.1, 0.9), np.array([[-1.4, 0.6, 0.05, 0.7]]))
LAWS = {
    "power": lambda n: 1.5 * n**-0.4,
    "shifted": lambda n: 4.0 * (n + 150) ** -0.5,
    "irreducible": lambda n: 0.05 + 2 * n**-0.5,
    "M4": lambda n: float(FORMS["M4"].value(M4[1], np.array([float(n)]), M4[0])[0][0, 0]),
    "from chance": lambda n: 0.9 * (1 + n / 200) ** -0.6,
}


@functools.cache
def law_of(name):
    """The law of an exact curve of seven cells, fitted once."""
    return law(exact(LAWS[name]))


def exact(truth, rows=ROWS, name="net"):
    return Curve(name, tuple(Cell(name, n, (float(truth(n)),), 10**8) for n in rows), 0.9)


@pytest.mark.parametrize("name", LAWS)
def test_an_exact_law_is_forecast_well(name):
    found = law_of(name)
    for asked in found.forecast([2 * 3840, 4 * 3840]):
        assert asked.error == pytest.approx(LAWS[name](asked.rows), rel=0.1)
        assert asked.low < LAWS[name](asked.rows) < asked.high


def covered(name, trials, resamples):
    """In how many simulated curves, with binomial noise and two seeds, the interval at four times the data holds."""
    rng, inside, test = np.random.default_rng(0), 0, 2000
    for trial in range(trials):
        cells = tuple(
            Cell("net", n, tuple(rng.binomial(test, LAWS[name](n), 2) / test), test) for n in ROWS[:6]
        )
        (asked,) = law(Curve("net", cells, 0.9), resamples=resamples, seed=trial).forecast(4 * ROWS[5])
        inside += asked.low <= LAWS[name](4 * ROWS[5]) <= asked.high
    return inside


def test_intervals_cover_most_of_what_they_promise():
    assert covered("irreducible", 5, 30) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_intervals_cover_what_they_promise(name):
    assert covered(name, 60, 100) >= 48


def test_the_form_that_extrapolates_is_chosen():
    assert law_of("irreducible").form in ("irreducible", "M4")
    assert law_of("irreducible").shares["power"] < 0.02


def test_a_target_below_the_plateau_is_not_reachable_by_data_alone():
    found = law_of("irreducible")
    need = found.needed(0.03)
    assert not need.reachable and need.share < 0.3 and math.isinf(need.rows)
    assert found.plateau.low < 0.05 < found.plateau.high
    assert found.plateau.error == pytest.approx(0.05, rel=0.2)


def test_the_data_needed_for_a_target_are_those_of_the_law():
    need = law_of("power").needed(LAWS["power"](20_000))
    assert need.reachable and need.low < 20_000 < need.high
    assert need.rows == pytest.approx(20_000, rel=0.15)


@pytest.mark.parametrize("target", [0.0, -1.0, math.nan])
def test_a_target_that_is_none_is_refused(target):
    with pytest.raises(DataError, match="target"):
        law_of("power").needed(target)


def test_a_target_that_is_reached_already_asks_for_what_is_there():
    assert law_of("power").needed(0.25).rows <= 120


def test_where_two_curves_cross():
    deep, plain = law_of("power"), law(exact(lambda n: 0.11 + 0.5 * n**-0.5, name="svm"))
    grid = np.geomspace(60, 1e6, 20_000)
    truth = grid[np.argmax(LAWS["power"](grid) < 0.11 + 0.5 * grid**-0.5)]
    found = crossing(deep, plain)
    assert found.better == "net" and found.share > 0.9
    assert found.low < truth < found.high
    assert found.rows == pytest.approx(truth, rel=0.2)
    mirrored = crossing(plain, deep)
    assert mirrored.better == "net" and mirrored.rows == pytest.approx(found.rows)


def test_curves_that_do_not_cross():
    found = crossing(law_of("power"), law(exact(lambda n: 2.2 * n**-0.4, ROWS[-4:], name="svm")))
    assert found.better == "net" and found.share < 0.5 and math.isnan(found.rows)


def test_the_check_holds_the_largest_cells_out_and_never_sees_them():
    curve = exact(LAWS["irreducible"])
    found = check(curve)
    assert [c.forecast.rows for c in found] == [1920, 3840] and {c.fitted_to for c in found} == {960}
    assert all(c.inside and c.off < 0.1 for c in found)
    poisoned = Curve("net", (*curve.cells[:5], Cell("net", 1920, (0.5,), 10**8), curve.cells[6]), 0.9)
    again = check(poisoned)
    assert [c.forecast.error for c in again] == [c.forecast.error for c in found]
    assert not again[0].inside


def test_too_few_cells():
    with pytest.raises(DataError, match="too few amounts"):
        law(exact(LAWS["power"], ROWS[:2]))
    assert check(exact(LAWS["power"], ROWS[:3])) == []
    assert law(exact(LAWS["power"], ROWS[:3])).forecast(480)[0].error == pytest.approx(
        LAWS["power"](480), rel=0.2
    )


def test_noise_of_the_measured_cell_widens_its_interval():
    found = law_of("power")
    true, noisy = (found.forecast_of(Cell("net", 7680, (0.04,), test)) for test in (10**8, 300))
    assert noisy.high - noisy.low > 2 * (true.high - true.low)


def test_what_is_kept_is_plain_data():
    import json

    kept = law_of("power").to_dict()
    assert json.loads(json.dumps(kept)) == kept
    assert sum(kept["shares"].values()) == pytest.approx(1, abs=0.01)
