import numpy as np
import pytest

from deepen.forecasting.columns import Columns
from deepen.forecasting.parts import divide
from deepen.forecasting.scaling import filled
from deepen.forecasting.series import read_series
from deepen.forecasting.simple import LEVELS, fit_simple

from .conftest import months, sold, table

COLUMNS = Columns(targets=("sales",), time=("month",), group="store", kinds={}, out={})


def fitted(values):
    data = table(month=months(120) * 2, sales=values, store=["a"] * 120 + ["b"] * 120)
    series = read_series(data, COLUMNS, 6)
    parts = divide(series, 6, test_share=0.2, valid_share=0.25)
    return (
        fit_simple(series, filled(series), series.values, parts, season=12, horizon=6, lags=12),
        parts,
        series,
    )


def test_every_simple_forecast_is_there_with_intervals():
    simple, parts, series = fitted([*sold(120), *sold(120, 1)])
    assert simple.names == ("naive", "seasonal naive", "drift", "smoothing", "ridge")
    truth = series.values[parts.test[:, None] + np.arange(6)]
    for name in simple.names:
        found = simple.quantiles(name, parts.test)
        assert found.shape == (len(parts.test), 6, 1, len(LEVELS))
        assert (np.diff(found, axis=-1) >= 0).all()
        assert np.array_equal(found[..., 3], simple.methods()[name](parts.test))
    error = {name: np.abs(simple.methods()[name](parts.test) - truth).mean() for name in simple.names}
    assert max(error["smoothing"], error["ridge"]) < error["seasonal naive"] < error["naive"]


@pytest.mark.parametrize("again", [False, True])
def test_what_the_test_part_holds_changes_nothing(again):
    whole = np.array([sold(120), sold(120, 1)])
    poisoned = np.where(np.arange(120) < 96, whole, 1e6)
    (one, parts, _), (other, _, _) = fitted(whole.ravel()), fitted(poisoned.ravel())
    if again:
        one, other = one.again(parts), other.again(parts)
    at = np.array([96, 126 + 96])
    for name in one.names:
        assert np.array_equal(one.quantiles(name, at), other.quantiles(name, at)), name


def test_fitting_again_reads_the_validation_part_too():
    simple, parts, _ = fitted([*sold(120), *sold(120, 1)])
    again = simple.again(parts)
    assert not np.array_equal(simple.autoregression.weights, again.autoregression.weights)
    assert np.array_equal(simple.autoregression.penalty, again.autoregression.penalty)
