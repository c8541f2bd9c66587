"""Quantities: what is read as a number, and what the training part makes of it."""

import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepen.data.kinds import from_dict, to_dict
from deepen.data.kinds.number import Number, parse
from deepen.errors import DataError

MANY = 5000  # rows from which on the quantiles are known well


def column(*values, type=None):
    return pa.chunked_array([pa.array(list(values), type)])


def read(*values):
    return parse(column(*values), "price").tolist()


# -- reading


def test_decimal_commas_and_thousands_are_understood_where_the_whole_column_has_them():
    assert read("1,5", "-0,25", ",5", "3") == [1.5, -0.25, 0.5, 3.0]
    assert read("1,234", "12,345,678.5", "7") == [1234.0, 12345678.5, 7.0]


def test_a_leading_zero_makes_the_comma_a_decimal_one():
    assert read("0,123", "1,456") == [0.123, 1.456]


def test_spaces_around_numbers_do_not_matter():
    assert read(" 1.5", "2 ", "\t3") == [1.5, 2.0, 3.0]


def test_missing_values_become_nan():
    assert np.isnan(parse(column(1.0, None, float("nan")), "x")).tolist() == [False, True, True]
    assert np.isnan(parse(column("1", None, "nan"), "x")).tolist() == [False, True, True]


@pytest.mark.parametrize("bad", ["cheap", "1_000", "0x10", "1,2,3", "1.2.3", "−5", "", "12 EUR"])
@pytest.mark.parametrize("at", [0, 1, 6, 13])
def test_what_is_no_number_is_named_with_its_row_and_column(bad, at):
    values = [str(n) for n in range(14)]
    values[at] = bad
    with pytest.raises(DataError) as caught:
        parse(column(*values), "price", lambda row: f"a.csv, line {row + 2}")
    assert caught.value.where == f"a.csv, line {at + 2}, column 'price'"
    assert caught.value.came == repr(bad)
    assert "--kind price=category" in caught.value.mend


def test_the_first_of_many_bad_values_is_named():
    values = ["1"] * 1000 + ["a"] + ["1"] * 500 + ["b"]
    with pytest.raises(DataError, match="row 1001"):
        parse(column(*values), "x")


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_infinite_values_are_refused_with_row_and_column(value):
    with pytest.raises(DataError, match=r"row 3, column 'x': an infinite value"):
        parse(column(1.0, None, value), "x")
    with pytest.raises(DataError, match="row 2.*infinite"):
        parse(column("1", "1e400"), "x")


def test_times_become_seconds():
    day = 86400.0
    assert parse(column(0, 1, type=pa.date32()), "x").tolist() == [0.0, day]
    assert parse(column(1500, None, type=pa.timestamp("ms")), "x").tolist()[0] == 1.5
    assert parse(column(1_000_000_000, type=pa.timestamp("ns", "Europe/Berlin")), "x").tolist() == [1.0]
    assert parse(column(90, type=pa.duration("s")), "x").tolist() == [90.0]
    assert parse(column(90, type=pa.time32("s")), "x").tolist() == [90.0]
    assert parse(column(90_000_000_000, type=pa.time64("ns")), "x").tolist() == [90.0]


def test_dictionaries_decimals_halves_and_truth_values_are_numbers_where_asked_for():
    assert parse(column("1", "2.5", "1").dictionary_encode(), "x").tolist() == [1.0, 2.5, 1.0]
    assert parse(column(1, 2, type=pa.decimal128(12, 2)), "x").tolist() == [1.0, 2.0]
    assert parse(pa.chunked_array([pa.array(np.array([0.5], np.float16))]), "x").tolist() == [0.5]
    assert parse(column(True, False, None), "x").tolist()[:2] == [1.0, 0.0]


def test_claims_numbers_but_no_codes_and_no_words():
    assert Number.claims(column(1, 2)) and Number.claims(column("1.5", None))
    assert Number.claims(column(0, type=pa.timestamp("s")))
    assert Number.claims(column("0.5", "0"))
    assert Number.claims(column("1", "inf")), "so that the infinite value is refused, rather than made a name"
    assert Number.claims(column("02139", "10001")) is None
    assert Number.claims(column("1", "two")) is None
    assert Number.claims(column(True)) is None
    assert Number.claims(np.zeros((3, 4, 4))) is None


# -- encoding


def test_normal_scores_are_standard_normal_on_the_training_part():
    values = np.random.default_rng(0).lognormal(3, 2, MANY)
    scores = Number.fit(values).encode(values)[:, 0]
    assert abs(scores.mean()) < 0.01
    assert abs(scores.std() - 1) < 0.02
    for share, quantile in ((0.025, -1.96), (0.25, -0.6745), (0.5, 0), (0.975, 1.96)):
        assert abs(np.quantile(scores, share) - quantile) < 0.03


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60),
    st.lists(st.floats(-1e13, 1e13), min_size=1, max_size=20),
    st.booleans(),
)
def test_scores_are_monotone_finite_and_bounded(train, new, many):
    train = np.resize(np.array(train), MANY) if many else np.array(train)
    scores = Number.fit(train).encode(np.sort(new))[:, 0]
    assert np.isfinite(scores).all()
    assert (np.diff(scores) >= 0).all()
    assert (np.abs(scores) <= 4).all()


@pytest.mark.parametrize("rows", [2, MANY])
def test_a_spread_too_small_to_divide_by_is_none(rows):
    number = Number.fit(np.resize([0.0, 2.2e-309], rows))
    assert np.isfinite(number.encode(np.array([0.0, 2.2e-309, 1.0]))).all() and number.std == 1
    assert np.isfinite(number.standardise(np.array([0.0, 2.2e-309]))).all()


@pytest.mark.parametrize("rows", [200, MANY])
def test_units_do_not_matter(rows):
    values = np.random.default_rng(1).normal(size=rows)
    plain, scaled = (Number.fit(v).encode(v) for v in (values, 1000 * values + 32))
    np.testing.assert_allclose(plain, scaled, atol=1e-5)


def test_many_quantiles_are_indifferent_to_skew():
    values = np.random.default_rng(1).normal(size=MANY)
    plain, bent = (Number.fit(v).encode(v) for v in (values, np.exp(values)))
    np.testing.assert_allclose(plain, bent, atol=0.1)


def test_tied_values_stand_at_the_middle_of_the_ranks_they_take_up():
    values = np.repeat([0.0, 1.0, 2.0], [MANY, MANY, MANY])
    scores = Number.fit(values).encode(np.array([0.0, 1.0, 2.0]))[:, 0]
    np.testing.assert_allclose(scores, [-0.9674, 0, 0.9674], atol=1e-3)  # the quantiles of 1/6, 1/2, 5/6


@pytest.mark.parametrize("rows", [50, MANY])
def test_a_missing_value_becomes_zero_and_an_indicator(rows):
    values = np.random.default_rng(0).normal(5, 1, rows)
    values[::10] = np.nan
    number = Number.fit(values)
    encoded = number.encode(values)
    assert encoded.shape == (rows, number.width) == (rows, 2)
    assert encoded.dtype == np.float32
    assert (encoded[::10] == [0, 1]).all()
    assert (encoded[1::10, 1] == 0).all()


def test_missing_values_that_training_had_none_of_become_zero_alone():
    number = Number.fit(np.arange(100.0))
    assert number.encode(np.array([np.nan])).tolist() == [[0.0]]


def test_nothing_but_missing_values_is_all_zeros():
    number = Number.fit(np.full(9, np.nan))
    assert number.encode(np.array([np.nan, 3.0])).tolist() == [[0, 1], [0, 0]]


@pytest.mark.parametrize("value", [0.0, 7.0, -1e-300, 0.1, 1e17, 1e300])
@pytest.mark.parametrize("rows", [3, MANY])
def test_a_constant_scores_near_zero(value, rows):
    number = Number.fit(np.full(rows, value))
    scores = number.encode(np.array([value, 2 * value]))[:, 0]
    assert np.isfinite(scores).all()
    assert abs(scores[0]) < 0.1
    assert number.std >= 1


@pytest.mark.parametrize("rows", [50, MANY])
def test_huge_values_overflow_nowhere(rows):
    values = np.random.default_rng(0).normal(size=rows) * 1e300
    number = Number.fit(values)
    assert np.isfinite([number.mean, number.std]).all()
    assert abs(number.encode(values)[:, 0].std() - 1) < 0.1
    assert abs(number.standardise(values).std() - 1) < 1e-3


def test_an_outlier_does_not_crush_the_others():
    values = np.r_[np.random.default_rng(0).normal(size=MANY), 1e9]
    assert Number.fit(values).encode(values)[:-1, 0].std() > 0.9


# -- codes


def test_values_that_recur_have_codes_of_their_own():
    values = np.random.default_rng(0).integers(0, 10, MANY).astype(float)
    number = Number.fit(values)
    if number.codes:
        codes = number.encode_codes(np.array([*number.codes, 0.5, -1, 99, np.nan]))
        assert codes.tolist() == [*range(1, len(number.codes) + 1), 0, 0, 0, 0]
    assert Number.fit(np.random.default_rng(0).normal(size=MANY)).codes == ()


# -- targets


def test_standardised_targets_have_mean_0_and_deviation_1_and_come_back():
    values = np.random.default_rng(0).normal(250_000, 40_000, 1000)
    number = Number.fit(values)
    encoded = number.standardise(values)
    assert encoded.shape == (1000, 1)
    assert encoded.dtype == np.float32
    assert abs(encoded.mean()) < 1e-5
    assert abs(encoded.std() - 1) < 1e-5
    np.testing.assert_allclose(number.restore(encoded)[:, 0], values, rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=50))
def test_written_as_json_and_read_back_it_is_the_same(values):
    number = Number.fit(np.array(values))
    again = from_dict(json.loads(json.dumps(to_dict(number), allow_nan=False)))
    assert again == number
    np.testing.assert_array_equal(again.encode(np.array(values)), number.encode(np.array(values)))


def test_coded_numbers_come_back_from_json_too():
    number = Number.fit(np.random.default_rng(0).integers(0, 10, MANY).astype(float))
    assert from_dict(json.loads(json.dumps(to_dict(number)))) == number


# -- as given


def test_as_given_values_stay_what_they_are_even_far_outside_the_training_part():
    values = np.random.default_rng(0).integers(0, 5, MANY) * 0.1
    kind = Number.fit(values)
    assert kind.codes
    plain = kind.as_given()
    assert (plain.width, plain.codes) == (1, ())
    found = from_dict(json.loads(json.dumps(to_dict(plain)))).encode(np.array([0.3, -70.0, 1e6]))
    np.testing.assert_array_equal(found[:, 0], np.array([0.3, -70.0, 1e6], np.float32))


def test_as_given_a_missing_value_is_zero_and_told_of():
    plain = Number.fit(np.array([1.0, np.nan, 3.0])).as_given()
    assert plain.encode(np.array([np.nan, 7.0])).tolist() == [[0.0, 1.0], [7.0, 0.0]]
