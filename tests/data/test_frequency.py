import numpy as np
import pytest

from deepen.data.frequency import Frequency


def every(step, start="2020-01-01", count=40):
    return np.datetime64(start, "us") + np.arange(count) * np.timedelta64(*step)


@pytest.mark.parametrize(
    ("step", "name", "seasons"),
    [
        ((1, "h"), "hourly", (24, 168)),
        ((15, "m"), "every 15 minutes", (96, 672)),
        ((1, "D"), "daily", (7, 365)),
        ((7, "D"), "weekly", (52,)),
        ((10, "s"), "every 10 seconds", ()),
    ],
)
def test_even_steps_are_found_and_continued(step, name, seasons):
    dates = every(step)
    found = Frequency.find([dates[:30]])
    assert (str(found), found.seasons(), found.regular) == (name, seasons, True)
    assert (found.after(dates[29], np.arange(1, 11)) == dates[30:]).all()
    assert found.places(dates).tolist() == list(range(40))
    assert Frequency.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    ("months", "name", "seasons"), [(1, "monthly", (12,)), (3, "quarterly", (4,)), (12, "yearly", ())]
)
def test_months_of_uneven_length_are_even_steps(months, name, seasons):
    dates = (np.datetime64("1949-01") + months * np.arange(24)).astype("M8[us]")
    found = Frequency.find([dates])
    assert (str(found), found.seasons()) == (name, seasons)
    assert found.places(dates[[0, 1, 23]]).tolist() == [0, 1, 23]
    assert found.after(dates[0], np.arange(24)).tolist() == dates.tolist()


def test_the_last_day_of_a_month_stays_the_last():
    found = Frequency.find([np.array(["2020-01-31", "2020-02-29", "2020-03-31"], dtype="M8[us]")])
    assert str(found) == "monthly"
    ahead = found.after(np.datetime64("2020-01-31", "us"), np.arange(3)).astype("M8[D]").astype(str)
    assert ahead.tolist() == ["2020-01-31", "2020-02-29", "2020-03-31"]


def test_gaps_leave_places_free():
    dates = every((1, "D"))
    kept = np.delete(dates, [5, 6, 20])
    found = Frequency.find([kept])
    assert str(found) == "daily"
    assert np.setdiff1d(np.arange(40), found.places(kept)).tolist() == [5, 6, 20]


def test_a_holiday_is_no_gap_on_weekdays():
    dates = every((1, "D"), count=60)
    work = dates[np.is_busday(dates.astype("M8[D]"))]
    found = Frequency.find([np.delete(work, 17)])
    assert (str(found), found.seasons()) == ("on weekdays", (5, 261))
    friday = np.datetime64("2020-01-03", "us")
    assert found.after(friday, np.array([1])).astype("M8[D]").astype(str).tolist() == ["2020-01-06"]


def test_uneven_steps_are_called_so():
    rng = np.random.default_rng(0)
    found = Frequency.find([np.datetime64("2020-01-01", "us") + rng.integers(1, 10**9, 30).cumsum()])
    assert not found.regular
    assert str(found).startswith("irregular, about every")
    assert found.places(every((1, "h")))[-1] == 39


def test_numbered_steps():
    found = Frequency.find([np.array([1.0, 1.5, 2.0, 3.0])])
    assert (found.number, found.regular, found.places(np.array([1.0, 3.0])).tolist()) == (0.5, True, [0, 4])
    assert found.show(found.after(3.0, np.array([1]))) == ["3.5"]


def test_moments_are_shown_as_a_person_would():
    month, hour = Frequency(months=1), Frequency(micros=3_600_000_000)
    assert month.show(np.array(["1949-01", "0003-12"], dtype="M8[us]")) == ["1949-01", "3-12"]
    assert hour.show(every((1, "h"))[:2]) == ["2020-01-01 00:00", "2020-01-01 01:00"]
    assert Frequency(months=12).show(np.array(["1949"], dtype="M8[us]")) == ["1949"]
