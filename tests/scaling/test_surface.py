import numpy as np
import pytest

from deepen.errors import DataError
from deepen.scaling.cells import Cell
from deepen.scaling.law import law
from deepen.scaling.surface import compute_curve, surface


def truth(n, m):
    return 0.03 + 3 * n**-0.5 + 0.9 * m**-0.4


def grid(test=10**9, noise=0.0):
    rng = np.random.default_rng(0)
    return [
        Cell(
            "net", n, (float(truth(n, m) * np.exp(noise * rng.standard_normal())),), test, size=f"{m}", weights=m,
            compute=6.0 * n * m,
        )
        for n in (100, 400, 1600, 6400)
        for m in (1000, 10_000, 100_000)
    ]  # fmt: skip


def test_an_exact_law_is_found_again():
    found = surface(grid())
    assert found.error(25_600, 400_000) == pytest.approx(truth(25_600, 400_000), rel=0.03)
    asked = found.forecast(25_600, 400_000)
    assert asked.low < truth(25_600, 400_000) < asked.high


def test_a_noisy_law_is_forecast_within_its_interval():
    found = surface(grid(2000, 0.04)).forecast(12_800, 200_000)
    assert found.low < truth(12_800, 200_000) < found.high
    assert found.high - found.low < 0.7 * found.error


def test_one_size_is_too_few():
    with pytest.raises(DataError, match="data and size"):
        surface([c for c in grid() if c.weights == 1000])
    with pytest.raises(DataError, match="data and size"):
        surface([Cell("svm", n, (0.1,), 10) for n in range(1, 20)])


def test_the_curve_in_compute_falls_and_has_a_law():
    curve = compute_curve(grid(), 0.9)
    assert np.all(np.diff(curve.errors) < 0) and np.all(np.diff(curve.rows) > 0)
    best = min(c.error for c in grid())
    assert curve.errors[-1] == best
    assert law(curve).forecast(4 * curve.rows[-1])[0].error < best
