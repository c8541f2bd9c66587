import numpy as np
import pytest

from deepen.errors import DataError
from deepen.scaling.cells import Cell, Curve, curves_of


def test_a_cell_is_written_and_read():
    cell = Cell("net", 100, (0.2, 0.3), 500, size="small", weights=10, length=0.5, compute=1e6, seconds=2.0)
    assert Cell.from_dict(cell.to_dict()) == cell
    assert cell.name == "net small x0.5"


def test_no_error_at_all_counts_as_half_a_row():
    assert Cell("net", 100, (0.0,), 500).error == 0.001


def test_binomial_spread_is_the_textbooks_and_a_given_one_goes_first():
    assert Cell("net", 9, (0.2,), 400).test_spread == pytest.approx(0.02)
    assert Cell("net", 9, (0.2,), 400, spread=0.5).test_spread == 0.5


@pytest.mark.parametrize("errors", [(), (float("nan"),), (-0.1,), (float("inf"),)])
def test_what_is_no_error_is_refused(errors):
    with pytest.raises(DataError, match="an error must be a number"):
        Cell("net", 10, errors, 10)


def test_a_curve_rises_in_its_rows():
    cells = (Cell("net", 20, (0.1,), 9), Cell("net", 10, (0.2,), 9))
    with pytest.raises(DataError, match="once, rising"):
        Curve("net", cells, 0.9)
    with pytest.raises(DataError, match="chance"):
        Curve("net", cells[:1], 0.0)


def test_noise_follows_the_scatter_of_many_seeds():
    rng = np.random.default_rng(0)
    noisy = [Cell("net", n, tuple(0.2 * np.exp(0.2 * rng.standard_normal(40))), 10**6) for n in (10, 20, 40)]
    found = Curve("net", tuple(noisy), 0.9).noise() * np.sqrt(40)
    assert np.all((found > 0.16) & (found < 0.24))


def test_noise_of_single_seeds_is_half_of_the_binomial_variance():
    curve = Curve("net", (Cell("net", 10, (0.2,), 400),), 0.9)
    assert curve.noise()[0] ** 2 == pytest.approx(0.5 * 0.1**2 + 0.01**2)
    assert curve.shared**2 == pytest.approx(0.5 * 0.1**2)


def test_more_seeds_are_less_noisy():
    one, four = Cell("net", 10, (0.2,), 400), Cell("net", 20, (0.2, 0.2, 0.2, 0.2), 400)
    noise = Curve("net", (one, four), 0.9).noise()
    assert noise[1] < 0.6 * noise[0]


def test_cells_are_sorted_into_curves_and_keep_every_seed():
    cells = [Cell("net", 50, (0.2,), 9, size="small"), Cell("svm", 50, (0.3,), 9)]
    cells += [Cell("net", 50, (0.1,), 9, size="small", seconds=4.0), Cell("net", 50, (0.5,), 9, size="tiny")]
    found = curves_of(cells, 0.9)
    assert sorted(found) == ["net small", "net tiny", "svm"]
    assert found["net small"].cells[0].errors == (0.2, 0.1)
    assert found["net small"].cells[0].seconds == 2.0
