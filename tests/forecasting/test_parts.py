import numpy as np
import pytest

from deepen.errors import DataError
from deepen.forecasting.columns import Columns
from deepen.forecasting.parts import divide
from deepen.forecasting.series import read_series

from .conftest import months, sold, table

PLAIN = Columns(targets=("sales",), time=("month",), kinds={}, out={})


def parts_of(count, horizon, test_share=0.2, valid_share=0.25):
    series = read_series(table(month=months(count), sales=sold(count)), PLAIN, horizon)
    return series, divide(series, horizon, test_share=test_share, valid_share=valid_share)


def test_sixty_twenty_twenty():
    _, parts = parts_of(100, 5)
    assert (parts.train_end.tolist(), parts.valid_end.tolist()) == ([60], [80])
    assert parts.train.tolist() == list(range(1, 56))
    assert parts.valid.tolist() == list(range(60, 76))
    assert parts.test.tolist() == list(range(80, 96))


def test_no_window_of_a_part_reaches_into_a_later_one():
    series, parts = parts_of(100, 5)
    assert parts.train.max() + 5 <= parts.valid.min() == parts.train_end[0]
    assert parts.valid.max() + 5 <= parts.test.min() == parts.valid_end[0]
    assert parts.test.max() + 5 == series.origins[0]
    assert parts.train_rows(series).tolist() == list(range(60))


def test_a_part_holds_the_horizon_at_least():
    _, parts = parts_of(48, 12)
    assert (len(parts.valid), len(parts.test)) == (1, 1)


def test_too_short_a_series_says_what_would_do():
    with pytest.raises(
        DataError, match="shop.csv: the series is too short for the horizon; allowed: 40 steps or more"
    ) as e:
        parts_of(30, 12)
    assert "came: 30 steps. Forecast fewer steps: --horizon 8" in str(e.value)
    parts_of(30, 8)


def test_series_are_divided_at_the_same_dates():
    columns = Columns(targets=("sales",), time=("month",), group="store", kinds={}, out={})
    data = table(
        month=[*months(100), *months(40, "2005-01")], sales=sold(140), store=["old"] * 100 + ["young"] * 40
    )  # fmt: skip
    series = read_series(data, columns, 5)
    parts = divide(series, 5, test_share=0.2, valid_share=0.25)
    ends = series.dates[parts.train_end]
    assert ends[0] == ends[1] == np.datetime64("2005-01", "us")


def test_parts_that_the_source_names_are_kept():
    train, test = (table(month=m, sales=sold(len(m))) for m in (months(70), months(30, "2005-11")))
    series = read_series(train.join(test, "test"), PLAIN, 5)
    parts = divide(series, 5, test_share=0.5, valid_share=0.25)
    assert parts.valid_end.tolist() == [70]


def test_a_test_part_before_the_training_part_is_refused():
    train, test = (table(month=m, sales=sold(len(m))) for m in (months(70), months(24, "1998-01")))
    with pytest.raises(DataError, match="the test part begins before the train part ends"):
        read_series(train.join(test, "test"), PLAIN, 5)
