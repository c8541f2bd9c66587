import numpy as np
import pyarrow as pa
import pytest

from deepen.data.kinds.date import Date


def span(step, count, start="2020-01-01"):
    return np.datetime64(start, "us") + np.arange(count) * np.timedelta64(*step)


def test_dates_are_claimed_and_numbers_and_names_are_not():
    assert Date.claims(pa.chunked_array([["2024-05-31", None]])) == "dates"
    assert Date.claims(pa.chunked_array([["2024", "2025"]])) is None
    assert Date.claims(pa.chunked_array([[1, 2]])) is None
    assert Date.claims(np.zeros((2, 3))) is None


@pytest.mark.parametrize(
    ("dates", "cycles"),
    [
        (span((1, "h"), 400), ("day", "week")),
        (span((1, "D"), 900), ("week", "year")),
        (span((1, "D"), 400), ("week",)),  # a year seen once teaches nothing of years
        ((np.datetime64("1949-01") + np.arange(60)).astype("M8[us]"), ("year",)),
        (span((1, "D"), 1), ()),
    ],
)
def test_the_cycles_are_those_that_the_training_part_knows(dates, cycles):
    kind = Date.fit(dates)
    assert kind.cycles == cycles
    assert kind.encode(dates).shape == (len(dates), kind.width)


def test_waves_come_back_after_a_cycle_and_are_worked_out_by_hand():
    kind = Date.fit(span((1, "h"), 400))
    monday = np.array(["2024-01-01T00:00", "2024-01-08T00:00", "2024-01-01T12:00"], dtype="M8[us]")
    waves = kind.waves(monday)
    assert waves[0] == pytest.approx([0, 1, 0, 1, 0, 1, 0, 1], abs=1e-6)
    assert waves[1] == pytest.approx(waves[0], abs=1e-6)
    assert waves[2] == pytest.approx([0, -1, 0, 1, 0, 1, 0, 1], abs=1e-6)


def test_the_position_is_standardised_by_the_training_part_and_cut_beyond_it():
    kind = Date.fit(span((1, "D"), 101))
    position = kind.encode(span((1, "D"), 5000))[:, -1]
    assert position[50] == pytest.approx(0, abs=1e-6)
    assert position[:101].std() == pytest.approx(1, rel=1e-3)
    assert position.max() == 4.0


def test_a_missing_date_is_zeros_and_told_of():
    dates = np.append(span((1, "D"), 20), np.datetime64("NaT"))
    kind = Date.fit(dates)
    assert kind.missing
    assert kind.encode(dates)[-1].tolist() == [0.0] * (kind.width - 1) + [1.0]
    assert Date.fit(np.array(["NaT"], dtype="M8[us]")).encode(dates).shape == (21, 2)


def test_it_is_written_and_read():
    kind = Date.fit(span((1, "h"), 400))
    assert Date.from_dict(kind.to_dict()) == kind
