from dataclasses import replace

import numpy as np
import pytest

from deepen.errors import DataError
from deepen.forecasting.columns import Columns
from deepen.forecasting.inputs import Inputs, refuse_leaks
from deepen.forecasting.series import read_series

from .conftest import months, sold, table


def read(future=(), past=(), horizon=3, **more):
    kinds = {n: "category" if isinstance(more[n][0], str) else "number" for n in (*future, *past)}
    columns = Columns(targets=("sales",), time=("month",), future=future, past=past, kinds=kinds, out={})
    count = len(next(iter(more.values())))
    return read_series(table(month=months(count), sales=sold(count), **more), columns, horizon)


def test_what_is_known_ahead_and_what_is_not_are_kept_apart():
    series = read(future=("price",), past=("weather",), price=sold(60, 1), weather=["dry", "wet", "wet"] * 20)
    inputs = Inputs.fit(series, np.arange(40))
    ahead, past = inputs.encode(series)
    assert ahead.shape == (63, 4 + 1)  # the waves of the year, and the price
    assert past.shape == (63, 2)
    assert past[:3].tolist() == [[1, 0], [0, 1], [0, 1]]
    assert ahead[:40, 4].mean() == pytest.approx(0, abs=1e-5)


def test_what_lies_beyond_the_fitted_rows_changes_nothing():
    price = sold(60, 1)
    poisoned = np.where(np.arange(60) < 40, price, 1e6)
    one, other = (Inputs.fit(read(past=("price",), price=p), np.arange(40)) for p in (price, poisoned))
    assert one == other


def test_they_are_written_and_read():
    series = read(future=("price",), past=("weather",), price=sold(60, 1), weather=["dry", "wet", "wet"] * 20)
    inputs = Inputs.fit(series, np.arange(40))
    again = Inputs.from_dict(inputs.to_dict())
    for a, b in zip(inputs.encode(series), again.encode(series), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("lag", [1, 3])
def test_a_column_that_holds_the_targets_future_is_refused(lag):
    later = np.append(sold(60)[lag:], [0.0] * lag)
    with pytest.raises(
        DataError, match=f"column 'peek': it holds the target 'sales' of {lag} months? later: a look into"
    ):
        refuse_leaks(read(past=("peek",), peek=later), 3)


def test_the_targets_past_is_no_look_into_the_future():
    refuse_leaks(read(past=("before",), before=np.append([0.0, 0.0], sold(60)[:-2])), 3)
    refuse_leaks(read(past=("price",), price=sold(60, 1)), 3)


def test_the_target_itself_is_not_known_ahead():
    with pytest.raises(DataError, match="itself, said to be known ahead"):
        refuse_leaks(read(future=("same",), same=sold(60)), 3)


def test_a_constant_target_is_no_leak():
    series = read(past=("one",), one=np.ones(60))
    refuse_leaks(replace(series, values=np.ones_like(series.values)), 3)
