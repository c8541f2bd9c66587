import numpy as np
import pytest

from deepen.forecasting.columns import Columns
from deepen.forecasting.scaling import Scaling, filled
from deepen.forecasting.series import read_series

from .conftest import months, sold, table

GROUPED = Columns(targets=("sales",), time=("month",), group="store", kinds={}, out={})


def two(values=None):
    values = [*sold(30), *(100 * sold(30, 1))] if values is None else values
    return read_series(table(month=months(30) * 2, sales=values, store=["a"] * 30 + ["b"] * 30), GROUPED, 2)


@pytest.mark.parametrize("log", [False, True])
def test_each_series_has_a_scale_of_its_own(log):
    series = two()
    scaling = Scaling.fit(series, series.starts + 20, log=log)
    scaled = scaling.standardise(series.values, series.which)
    for s in range(2):
        part = scaled[series.starts[s] : series.starts[s] + 20]
        assert (part.mean(), part.std()) == pytest.approx((0, 1), abs=1e-9)


@pytest.mark.parametrize("log", [False, True])
def test_restoring_undoes_it(log):
    series = two()
    scaling = Scaling.fit(series, series.origins, log=log)
    rows = np.array([3, 40])
    windows = series.values[rows[:, None] + np.arange(2)]
    scaled = scaling.standardise(windows, series.which[rows])
    assert scaling.restore(scaled, series.which[rows]) == pytest.approx(windows)
    quantiles = scaled[..., None] + np.array([-1.0, 0.0, 1.0])
    assert scaling.restore(quantiles, series.which[rows])[..., 1] == pytest.approx(windows)


def test_what_comes_after_changes_nothing():
    series, poisoned = two(), two([*sold(30)[:20], *[1e6] * 10, *(100 * sold(30, 1))])
    a, b = (Scaling.fit(s, s.starts + 20, log=False) for s in (series, poisoned))
    assert a.to_dict() == b.to_dict()


def test_known_series_keep_their_scale_and_new_ones_get_their_own():
    series = two()
    scaling = Scaling.fit(series, series.starts + 20, log=False)
    other = read_series(
        table(month=months(30) * 2, sales=[*sold(30), *sold(30)], store=["b"] * 30 + ["c"] * 30), GROUPED, 2
    )
    moved = scaling.to(other)
    assert moved.mean[0] == scaling.mean[1]
    assert moved.mean[1, 0] == pytest.approx(sold(30).mean())


def test_a_constant_series_has_a_scale():
    series = two([7.0] * 30 + [0.0] * 30)
    scaled = Scaling.fit(series, series.origins, log=False).standardise(series.values, series.which)
    assert np.nanmax(np.abs(scaled)) == 0


def test_gaps_are_read_as_the_value_before_and_nothing_from_beyond():
    values = [5.0, None, None, 8.0] + [9.0] * 26 + list(sold(30))
    series = two(values)
    found = filled(series)
    assert found[:5, 0].tolist() == [5, 5, 5, 8, 9]
    assert found[30:32, 0].tolist() == [9, 9]
    assert not np.isnan(found).any()


def test_it_is_written_and_read():
    scaling = Scaling.fit(two(), two().origins, log=True)
    assert Scaling.from_dict(scaling.to_dict()).to_dict() == scaling.to_dict()


def test_a_value_that_logarithms_do_not_know_ends_at_the_floor():
    values = [*sold(20), *[0.0] * 10, *sold(30)]
    series = two(values)
    scaling = Scaling.fit(series, series.starts + 20, log=True)
    scaled = scaling.standardise(series.values, series.which)
    assert np.isfinite(scaled[20:30]).all()
    assert scaling.restore(scaled[20:22, None], series.which[20:22]).ravel() == pytest.approx(
        sold(20).min() / 2
    )
