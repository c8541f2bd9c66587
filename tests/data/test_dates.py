import numpy as np
import pyarrow as pa
import pytest

from deepen.data.dates import day_first, from_parts, parse, surely_dates
from deepen.errors import DataError


def column(*values):
    return pa.chunked_array([list(values)])


def days(*values):
    return parse(column(*values), "day").astype("M8[D]").astype(str).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-31", "2024-05-31T00:00:00.000000"),
        ("2024/5/3", "2024-05-03T00:00:00.000000"),
        ("2024-05-31 12:30", "2024-05-31T12:30:00.000000"),
        ("2024-05-31T12:30:15.25", "2024-05-31T12:30:15.250000"),
        ("2024-05-31T12:30:00Z", "2024-05-31T12:30:00.000000"),
        ("2024-05-31T12:30:00+02:00", "2024-05-31T10:30:00.000000"),
        ("2024-05-31 12:30 AM", "2024-05-31T00:30:00.000000"),
        ("2024-05-31 1:05 pm", "2024-05-31T13:05:00.000000"),
        ("2024-05", "2024-05-01T00:00:00.000000"),
        ("05/2024", "2024-05-01T00:00:00.000000"),
        ("31.12.2024", "2024-12-31T00:00:00.000000"),
        ("12/31/99", "1999-12-31T00:00:00.000000"),
        ("31 May 2024", "2024-05-31T00:00:00.000000"),
        ("May 31, 2024", "2024-05-31T00:00:00.000000"),
        ("May 2024", "2024-05-01T00:00:00.000000"),
        ("2024 Q2", "2024-04-01T00:00:00.000000"),
        ("2024-W01", "2024-01-01T00:00:00.000000"),
        ("2021-W01", "2021-01-04T00:00:00.000000"),
        ("20240531", "2024-05-31T00:00:00.000000"),
        ("1-02", "0001-02-01T00:00:00.000000"),
        ("2024", "2024-01-01T00:00:00.000000"),
    ],
)
def test_dates_as_people_write_them(text, expected):
    assert str(parse(column(text), "day")[0]) == expected


def test_arrows_own_dates_are_read_too():
    stamps = pa.chunked_array([pa.array([0, None, 1_000_000], pa.timestamp("us"))])
    assert parse(stamps, "day").astype(str).tolist() == [
        "1970-01-01T00:00:00.000000",
        "NaT",
        "1970-01-01T00:00:01.000000",
    ]


def test_missing_dates_stay_missing():
    assert np.isnat(parse(column("2024-05-31", None, ""), "day")).tolist() == [False, True, True]


def test_a_number_above_twelve_tells_which_is_the_day():
    assert days("01/02/2011", "13/02/2011") == ["2011-02-01", "2011-02-13"]
    assert days("01/02/2011", "01/13/2011") == ["2011-01-02", "2011-01-13"]


def test_even_steps_tell_which_is_the_day():
    assert days("01/01/2011", "01/02/2011", "01/03/2011", "01/04/2011")[1] == "2011-01-02"  # daily
    monthly = [f"01/{m:02d}/2011" for m in range(1, 13)] + ["01/01/2012", "01/02/2012"]
    assert days(*monthly)[1] == "2011-02-01"


def test_a_bad_date_names_its_row_and_what_is_allowed():
    with pytest.raises(DataError, match="row 2, column 'day': not a date; allowed: 2024-05-31.*came: 'soon'"):
        parse(column("2024-05-31", "soon"), "day")
    with pytest.raises(DataError, match="row 1, column 'day': there is no such day; came: '2023-02-29'"):
        parse(column("2023-02-29"), "day")
    with pytest.raises(DataError, match="there is no date"):
        parse(column(None, ""), "day")


@pytest.mark.parametrize(
    "values", [["1949", "1950"], ["3-12"], ["1.5"], ["20240531"], ["a"], ["2024-05-31", "x"]]
)
def test_only_what_can_be_nothing_else_is_surely_a_date(values):
    assert not surely_dates(column(*values))
    assert surely_dates(column("1949-01", "1949-02"))


def test_parts_of_a_date_in_columns_of_their_own():
    parts = {
        name: np.array([v]) for name, v in (("year", 2010.0), ("month", 2.0), ("day", 28.0), ("hour", 23.0))
    }
    assert str(from_parts(parts)[0]) == "2010-02-28T23:00:00.000000"
    assert np.isnat(from_parts({**parts, "day": np.array([np.nan])})[0])


def test_the_order_of_one_column_reads_another_that_cannot_tell():
    first = day_first(pa.chunked_array([["31/01/2011", "01/02/2011"]]))
    assert first is True
    assert day_first(pa.chunked_array([["01/31/2011"]])) is False
    alone = pa.chunked_array([["01/02/2011"]])
    assert str(parse(alone, "d", day_first=first)[0].astype("M8[D]")) == "2011-02-01"
    assert str(parse(alone, "d", day_first=False)[0].astype("M8[D]")) == "2011-01-02"
    assert day_first(pa.chunked_array([["2011-01-31"]])) is None
    with pytest.raises(DataError, match="row 1.*no such day"):
        parse(pa.chunked_array([["01/31/2011"]]), "d", day_first=True)
