"""Small questions about one column."""

import numpy as np
import pyarrow as pa
import pytest

from deepen.data.columns import codes_of, is_text, missing, strings, take, uniques


def column(*values, type=None):
    return pa.chunked_array([pa.array(list(values), type)])


def test_text_is_strings_of_any_length_and_nothing_else():
    assert is_text(column("a")) and is_text(column("a", type=pa.large_string()))
    for other in (column(1), column(b"a"), column("a").dictionary_encode(), np.array(["a"])):
        assert not is_text(other)


@pytest.mark.parametrize(
    "given",
    [
        column("a", None, "b"), column(1, None, 2), column(1.0, float("nan"), 2.0), column(True, None, False),
        column(["a"], None, []), column("a", None, "b").dictionary_encode(), column({"x": 1}, None, {"x": None}),
        column(0, None, 1, type=pa.timestamp("s")),
    ],
)  # fmt: skip
def test_null_and_nan_are_missing(given):
    assert missing(given).tolist() == [False, True, False]
    assert missing(pa.chunked_array([*given.slice(0, 1).chunks, *given.slice(1).chunks])).tolist()[1]


def test_nothing_of_an_array_or_an_empty_column_is_missing():
    assert missing(np.zeros((2, 3, 3))).tolist() == [False, False]
    assert missing(column(type=pa.string())).tolist() == []
    assert missing(column(None, None)).all()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (column(3.0, 1.0, None), ["3", "1", None]),
        (column(3.0, float("nan")), ["3", None]),
        (column(1.5, 2.0), ["1.5", "2"]),
        (column(1e20, 2.0), ["1e+20", "2"]),
        (column(7, None), ["7", None]),
        (column(True, False), ["true", "false"]),
        (column("a", "").dictionary_encode(), ["a", ""]),
        (column("a", type=pa.large_string()), ["a"]),
        (pa.chunked_array([pa.array(np.array([1, 2], np.float16))]), ["1", "2"]),
        (column(1, type=pa.decimal128(5, 2)), ["1.00"]),
        (column(float("nan")), [None]),
        (column(type=pa.float64()), []),
    ],
)
def test_strings_are_as_a_person_writes_them(given, expected):
    found = strings(given)
    assert found.to_pylist() == expected
    assert found.type == pa.string()


def test_infinite_values_stay_words():
    assert strings(column(float("inf"), 1.0)).to_pylist() == ["inf", "1"]


def test_distinct_values_are_ordered_as_numbers_or_as_words():
    assert uniques(column("10", "9", None, "9", "-1.5")) == ["-1.5", "9", "10"]
    assert uniques(column("b", "10", "9", "a")) == ["10", "9", "a", "b"]
    assert uniques(column("1", "1.0", "01")) == ["01", "1", "1.0"]
    assert uniques(column(None, None, type=pa.string())) == []


def test_the_order_of_rows_never_changes_that_of_the_values():
    rng = np.random.default_rng(0)
    values = ["3", "nan", "1", "2", "10", "-1"]
    first = uniques(column(*values))
    for _ in range(20):
        assert uniques(column(*rng.permutation(values).tolist())) == first


def test_codes_number_the_distinct_values():
    codes, count = codes_of(pa.chunked_array([["b", "a", None], ["b", "c"]]))
    assert count == 3
    assert codes.tolist() == [0, 1, -1, 0, 2]
    assert codes.dtype == np.int64
    assert codes_of(column(None, None, type=pa.string()))[1] == 0


def test_take_gives_rows_of_columns_and_arrays():
    assert take(pa.chunked_array([["a", "b"], ["c"]]), np.array([2, 0])).to_pylist() == ["c", "a"]
    assert take(np.arange(6).reshape(3, 2), np.array([2, 0])).tolist() == [[4, 5], [0, 1]]
