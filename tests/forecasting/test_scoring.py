import numpy as np

from deepen.forecasting.columns import Columns
from deepen.forecasting.scoring import measured, thinned, verdict
from deepen.forecasting.series import read_series
from deepen.records import Measure, Score

from .conftest import months, sold, table


def of(value):
    return Score({"mase": Measure("mase", value, value, value, "none", 1)})


def test_the_verdict_is_said_in_plain_words():
    assert "better than every simple" in verdict({"test": of(0.5), "naive": of(1.0), "ridge": of(0.7)})[0]
    assert "no better than the ridge" in verdict({"test": of(0.705), "naive": of(1.0), "ridge": of(0.7)})[0]
    assert (
        "the ridge forecast wins over the net"
        in verdict({"test": of(0.9), "naive": of(1.0), "ridge": of(0.7)})[0]
    )
    said = verdict({"test": of(1.0), "naive": of(1.0), "ridge": of(0.99)})
    assert "naive forecast, that the next value is the last one, is as good as anything here" in said[1]


def test_origins_are_thinned_evenly():
    assert thinned(np.arange(100), 40_000_000 // 5).tolist() == [0, 24, 49, 74, 99]
    assert len(thinned(np.arange(100), 10)) == 100


def test_a_perfect_forecast_has_no_error():
    columns = Columns(targets=("sales",), time=("month",), kinds={}, out={})
    series = read_series(table(month=months(40), sales=sold(40)), columns, 2)
    at = np.arange(20, 39)
    truth = series.values[at[:, None] + np.arange(2)]
    found = measured(series, at, truth[..., None].repeat(7, axis=-1), {}, 1, "new")
    assert (found["mase"].value, found["coverage_80"].value, found.part) == (0.0, 1.0, "new")
