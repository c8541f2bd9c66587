import numpy as np
import pytest

from deepen.errors import DataError
from deepen.forecasting.columns import Columns
from deepen.forecasting.series import read_series

from .conftest import months, sold, table

PLAIN = Columns(targets=("sales",), time=("month",), kinds={}, out={})
GROUPED = Columns(targets=("sales",), time=("month",), group="store", kinds={}, out={})


def test_a_series_goes_on_beyond_its_last_value_by_the_horizon(shop):
    found = read_series(shop, PLAIN, 12)
    assert (found.starts.tolist(), found.origins.tolist(), found.ends.tolist()) == ([0], [96], [108])
    assert str(found.frequency) == "monthly"
    assert found.frequency.show(found.dates[[0, 95, 96, 107]]) == ["2000-01", "2007-12", "2008-01", "2008-12"]
    assert np.isnan(found.values[96:]).all()
    assert not found.notes


def test_unsorted_rows_are_sorted_in_and_told_of(shop):
    order = np.random.default_rng(0).permutation(96)
    found = read_series(shop.take(order), PLAIN, 3)
    assert np.array_equal(found.values[:96, 0], sold(96))
    assert (
        "rows stood after a later date and were sorted in by 'month', the first at shop.csv, row"
        in found.notes[0]
    )


def test_rows_of_one_date_are_refused_with_both_places():
    data = table(month=[*months(10), "2000-04"], sales=sold(11))
    with pytest.raises(
        DataError, match="1 rows have a date .*2000-04-01 at shop.csv, row 4 and at shop.csv, row 11"
    ):
        read_series(data, PLAIN, 3)


def test_the_column_that_would_part_the_series_is_named():
    data = table(month=months(10) * 2, sales=sold(20), store=["a"] * 10 + ["b"] * 10)
    columns = Columns(
        targets=("sales",), time=("month",), past=("store",), kinds={"store": "category"}, out={}
    )
    with pytest.raises(DataError, match="Name the column that parts the series: --group store"):
        read_series(data, columns, 3)


def test_a_missing_date_or_group_is_refused_with_its_row():
    with pytest.raises(DataError, match="row 3, column 'month': the date is missing; came: 1 of 5"):
        read_series(table(month=["2000-01", "2000-02", None, "2000-04", "2000-05"], sales=sold(5)), PLAIN, 1)
    with pytest.raises(DataError, match="row 2, column 'store': the name of the series is missing"):
        read_series(table(month=months(2), sales=sold(2), store=["a", None]), GROUPED, 1)


def test_missing_values_and_missing_rows_are_counted_and_placed(shop):
    values = [None if i in (7, 8) else v for i, v in enumerate(sold(96))]
    data = table(month=months(96), sales=values).take(np.delete(np.arange(96), [40, 41, 42]))
    found = read_series(data, PLAIN, 3)
    assert len(found.dates) == 99  # nothing is lost: the three months have a place of their own
    assert found.notes[0] == "3 steps have no row, the first at 2003-05: counted as missing"
    assert found.notes[1].startswith("2 of 96 values of 'sales' are missing, the first at 2000-08")
    assert np.isnan(found.values[[7, 8, 40, 41, 42], 0]).all()


def test_rows_before_the_first_value_are_left_out():
    found = read_series(table(month=months(20), sales=[None] * 5 + list(sold(15))), PLAIN, 2)
    assert found.frequency.show(found.dates[:1]) == ["2000-06"]
    assert "5 rows before the first value" in found.notes[0]


def test_irregular_dates_are_told_of_and_rows_count_as_steps():
    rng = np.random.default_rng(0)
    days = np.datetime64("2020-01-01") + rng.choice([1, 2, 5], 50).cumsum()
    found = read_series(table(month=[str(d) for d in days], sales=sold(50)), PLAIN, 3)
    assert "every row counts as one step" in found.notes[0]
    assert len(found.dates) == 53
    assert (np.diff(found.dates) > np.timedelta64(0, "us")).all()


def test_a_grid_of_almost_nothing_is_taken_for_irregular():
    times = np.sort(np.random.default_rng(0).choice(100_000, 200, replace=False))
    stamps = [str(np.datetime64("2020-01-01T00:00:00") + t) for t in times]
    found = read_series(table(month=stamps, sales=sold(200)), PLAIN, 3)
    assert not found.frequency.regular
    assert len(found.dates) == 203


def test_series_of_one_table_are_kept_apart():
    data = table(
        month=[*months(30), *months(20, "2001-01"), *months(5)], sales=[*sold(30), *sold(20, 1), *[None] * 5],
        store=["b"] * 30 + ["a"] * 20 + ["c"] * 5,
    )  # fmt: skip
    found = read_series(data, GROUPED, 2)
    assert found.names == ("a", "b")
    assert (found.origins - found.starts).tolist() == [20, 30]
    assert np.array_equal(found.values[found.starts[1] : found.origins[1], 0], sold(30))
    assert found.which.tolist() == [0] * 22 + [1] * 32
    assert "'c' is left out" in found.notes[0]


def test_without_dates_the_rows_order_is_the_time():
    found = read_series(table(sales=sold(10)), Columns(targets=("sales",), kinds={}, out={}), 2)
    assert found.dates.tolist() == [float(i) for i in range(12)]


def test_rows_after_the_last_value_are_the_future():
    columns = Columns(
        targets=("sales",), time=("month",), future=("price",), kinds={"price": "number"}, out={}
    )
    data = table(month=months(15), sales=[*sold(12), None, None, None], price=np.arange(15.0))
    found = read_series(data, columns, 2)
    assert found.inputs["price"].tolist() == [float(i) for i in range(14)]
    assert found.given.all()
    ahead = read_series(data.take(np.arange(13)), columns, 2)
    assert ahead.given.tolist() == [True] * 13 + [False]
    assert np.isnan(ahead.inputs["price"][-1])


def test_a_target_without_any_value_is_refused():
    with pytest.raises(DataError, match="column 'sales': there is no value"):
        read_series(table(month=months(3), sales=[None, float("nan"), None]), PLAIN, 1)
