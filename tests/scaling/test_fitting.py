import numpy as np
import pytest

from deepen.scaling.cells import Cell, Curve
from deepen.scaling.fitting import fit, noisy_fits

ROWS = (60, 120, 240, 480, 960, 1920, 3840)
LAWS = {
    "power": lambda n: 1.5 * n**-0.4,
    "shifted": lambda n: 4.0 * (n + 150) ** -0.5,
    "irreducible": lambda n: 0.05 + 2 * n**-0.5,
    "from chance": lambda n: 0.9 * (1 + n / 200) ** -0.6,
}


def curve(law, test=10**9):
    return Curve("net", tuple(Cell("net", n, (float(law(n)),), test) for n in ROWS), 0.9)


@pytest.mark.parametrize("name", LAWS)
def test_an_exact_law_is_found_again(name):
    found = fit(name, curve(LAWS[name]))
    far = np.array([10_000.0, 100_000.0])
    np.testing.assert_allclose(found.error(far), LAWS[name](far), rtol=0.02)
    assert found.misfit == 1.0


def test_m4_finds_its_own_law():
    from deepen.scaling.forms import FORMS, Setting

    setting, theta = Setting(480.0, 60.0, 0.1, 0.9), np.array([[-1.4, 0.7, 0.06, 0.8]])
    found = fit("M4", curve(lambda n: FORMS["M4"].value(theta, np.array([float(n)]), setting)[0][0, 0]))
    far = np.array([30_000.0])
    np.testing.assert_allclose(found.error(far), FORMS["M4"].value(theta, far, setting)[0][0], rtol=0.05)


def test_a_wrong_form_shows_as_misfit():
    assert fit("power", curve(LAWS["irreducible"])).misfit > 3


def test_one_wild_cell_pulls_no_harder_than_hubers():
    cells = list(curve(LAWS["power"]).cells)
    cells[2] = Cell("net", 240, (3 * cells[2].errors[0],), 10**9)
    found = fit("power", Curve("net", tuple(cells), 0.9))
    assert found.error(np.array([1e5]))[0] == pytest.approx(LAWS["power"](1e5), rel=0.1)


def test_resamples_are_wider_where_cells_are_noisier_and_follow_the_seed():
    wide, narrow = (fit("power", curve(LAWS["power"], test), resamples=100) for test in (500, 50_000))
    far = np.array([1e5])
    assert np.log(wide.errors(far)).std() > 3 * np.log(narrow.errors(far)).std()
    again = fit("power", curve(LAWS["power"], 500), resamples=100)
    np.testing.assert_array_equal(wide.draws, again.draws)
    assert not np.array_equal(
        fit("power", curve(LAWS["power"], 500), resamples=100, seed=1).draws, wide.draws
    )


def test_noisy_fits_of_the_curve_itself_are_the_fit():
    one = curve(LAWS["irreducible"])
    plain = fit("irreducible", one)
    found = noisy_fits(plain, one, np.log(one.errors)[None])
    np.testing.assert_allclose(found[0], plain.theta, atol=1e-3)
