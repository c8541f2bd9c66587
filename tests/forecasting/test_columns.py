import numpy as np
import pytest

from deepen.errors import DataError, SettingError
from deepen.forecasting.columns import Columns, understand
from deepen.training.options import Options

from .conftest import months, sold, table


def of(data, **options):
    return understand(data, Options.from_dict({"forecast": "sales", "horizon": 3, **options}))


def test_the_column_of_dates_is_found():
    found = of(table(when=months(24), sales=sold(24)))
    assert (found.time, found.numbered, found.targets) == (("when",), False, ("sales",))


def test_dates_in_columns_of_their_own_are_joined():
    found = of(table(Year=[2010, 2010], month=[1, 1], day=[1, 2], hour=[0, 0], sales=[1.0, 2.0]))
    assert found.time == ("Year", "month", "day", "hour")


def test_years_are_dates_by_the_columns_name():
    assert of(table(year=[1990, 1991, 1992], sales=[1.0, 2.0, 3.0])).time == ("year",)
    assert of(table(year_sold=[1990, 1991, 1992], sales=[1.0, 2.0, 3.0])).time == ()


def test_a_column_of_numbers_orders_the_rows_if_it_is_named():
    found = of(table(second=[0.5, 1.0, 1.5], sales=[1.0, 2.0, 3.0]), time="second")
    assert (found.time, found.numbered) == (("second",), True)


def test_two_columns_of_dates_need_a_word():
    data = table(bought=months(4), paid=months(4), sales=sold(4))
    with pytest.raises(
        DataError, match="more than one column of dates; came: 'bought', 'paid'. Name .* --time"
    ):
        of(data)
    assert of(data, time="paid").time == ("paid",)
    assert of(data, time="paid").out == {"bought": "dates beside the time"}


def test_every_other_column_has_a_role_or_a_reason():
    data = table(
        month=months(40), sales=sold(40), price=np.random.default_rng(0).normal(size=40), weather=["dry", "wet"] * 20,
        row=range(40), shop=["one"] * 40, note=[f"n{i}" for i in range(40)], empty=[None] * 40, rain=[1.5, 2.5] * 20,
    )  # fmt: skip
    found = of(data, future=["price"], drop=["rain"])
    assert (found.future, found.past) == (("price",), ("weather",))
    assert found.kinds == {"price": "number", "weather": "category"}
    assert found.out["row"] == "it only counts the rows"
    assert found.out["shop"] == "it never changes"
    assert found.out["note"] == "40 different names"
    assert found.out["rain"] == "as asked"
    assert set(found.out) == {"row", "shop", "note", "empty", "rain"}
    assert of(data, keep=["row"]).kinds["row"] == "number"


def test_the_sentences_tell_all_of_it():
    data = table(month=months(24), sales=sold(24), price=sold(24, 1), store=["a", "b"] * 12)
    text = " ".join(of(data, group="store", future=["price"]).sentences())
    for word in ("sales", "month", "store", "price"):
        assert word in text


@pytest.mark.parametrize("option", ["future", "drop", "keep", "group", "time", "kinds"])
def test_a_name_that_is_not_there_is_refused_with_the_nearest(option):
    data = table(month=months(24), sales=sold(24), price=sold(24, 1))
    given = {"kinds": {"prise": "number"}, "group": "prise", "time": "prise"}.get(option, ["prise"])
    with pytest.raises(SettingError, match="there is no column 'prise'. Did you mean 'price'?"):
        of(data, **{option: given})


def test_a_kind_that_a_forecast_does_not_read_is_refused():
    with pytest.raises(SettingError, match="--kind price: a forecast reads numbers and names"):
        of(table(month=months(24), sales=sold(24), price=sold(24, 1)), kinds={"price": "image"})


def test_they_are_written_and_read():
    found = of(table(month=months(24), sales=sold(24), price=sold(24, 1)), future=["price"])
    assert Columns.from_dict(found.to_dict()) == found
