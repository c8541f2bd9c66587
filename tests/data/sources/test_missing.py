"""What counts as missing in text, and decimal commas: column by column."""

from __future__ import annotations

import pyarrow as pa
import pytest

from deepen.data.sources.missing import MISSING, clean, is_missing


def cleaned(*values, decimal_comma=False):
    column, rewritten = clean(pa.chunked_array([list(values)], type=pa.string()), decimal_comma)
    return column.to_pylist(), rewritten


@pytest.mark.parametrize("mark", MISSING)
def test_every_mark_is_missing_with_blanks_around_it_and_inside_a_word_it_is_not(mark):
    assert is_missing(f" {mark}\t") and cleaned(f" {mark} ", "a")[0] == [None, "a"]
    assert not is_missing(f"x{mark}x") and cleaned(f"x{mark}x")[0] == [f"x{mark}x"]


def test_an_empty_column_and_one_of_nothing_stay_what_they_are():
    assert cleaned() == ([], False)
    assert cleaned("", "NA") == ([None, None], False)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["1", "-", "2.5e3"], ["1", None, "2.5e3"]),
        (["-", "NA", "-7"], [None, None, "-7"]),
        (["a", "-"], ["a", "-"]),  # among words it may be a word
        (["-", "-"], ["-", "-"]),  # nothing says that numbers are meant
        (["-", "NA"], ["-", None]),
    ],
)
def test_a_dash_is_missing_among_numbers_alone(values, found):
    assert cleaned(*values)[0] == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["1,5", "2"], ["1.5", "2"]),
        (["1.234,5", "-1.234.567"], ["1234.5", "-1234567"]),
        ([",5", "+,25", "1,5E-3"], [".5", "+.25", "1.5E-3"]),
        (["1,5", "-"], ["1.5", None]),
        (["1,5", None], ["1.5", None]),
    ],
)
def test_decimal_commas_are_rewritten_where_every_value_is_a_number(values, found):
    assert cleaned(*(v or "NA" for v in values), decimal_comma=True) == (found, True)
    assert cleaned("1,5", "2", decimal_comma=False) == (["1,5", "2"], False)


@pytest.mark.parametrize(
    "values",
    [
        ("1,5", "+"), ("1,5", "e5"), ("1,5", "-,"), ("1,5", "a"), ("1,5", "1,5,5"), ("12.34,5", "1"), ("1", "2"),
        ("1.234", "2"),
    ],
)  # fmt: skip
def test_what_may_mean_something_else_is_left_alone(values):
    assert cleaned(*values, decimal_comma=True) == (list(values), False)
