import numpy as np

from deepen.data.frequency import Frequency
from deepen.forecasting.grid import Grid

DAY = 86_400_000_000


def test_a_missing_row_has_a_place_and_a_date():
    dates = np.array(["2020-01-01", "2020-01-02", "2020-01-05"], dtype="M8[us]")
    block = Grid(Frequency(micros=DAY), dates, np.ones((3, 1)), 2).block(np.arange(3))
    assert block.rows.tolist() == [0, 1, -1, -1, 2, -1, -1]
    assert block.dates.astype("M8[D]").astype(str).tolist()[-1] == "2020-01-07"
    assert (block.length, block.inserted, block.before) == (5, 2, 0)


def test_rows_far_beyond_the_horizon_are_not_asked_for():
    dates = np.datetime64("2020-01-01", "us") + np.arange(9) * np.timedelta64(1, "D")
    values = np.where(np.arange(9) < 4, 1.0, np.nan)[:, None]
    block = Grid(Frequency(micros=DAY), dates, values, 2).block(np.arange(9))
    assert block.rows.tolist() == [0, 1, 2, 3, 4, 5]
