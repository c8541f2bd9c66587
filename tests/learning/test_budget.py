import math
import time

import pytest

from deepen.errors import SettingError
from deepen.learning.budget import Budget, Clock, Horizon


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "one of minutes, epochs or steps is needed"),
        ({"minutes": 1, "epochs": 2}, "exclude one another; came: minutes, epochs"),
        ({"minutes": 0}, "minutes: out of range; allowed: above 0, up to 525600; came: 0"),
        ({"minutes": -1}, "minutes: out of range.*came: -1"),
        ({"minutes": math.nan}, "minutes: out of range.*came: nan"),
        ({"epochs": math.inf}, "epochs: out of range"),
        ({"minutes": 600_000}, "minutes: out of range"),
        ({"epochs": 0}, "epochs: out of range"),
        ({"steps": -3}, "steps: out of range"),
        ({"steps": 2.5}, "steps: not a whole number; came: 2.5"),
    ],
)
def test_contradictions_are_refused(given: dict[str, float], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Budget(**given)  # type: ignore[arg-type]


def test_what_is_allowed() -> None:
    assert Budget(minutes=math.inf).minutes == math.inf
    assert Budget(minutes=0.1).minutes == 0.1
    assert Budget(epochs=0.5).epochs == 0.5
    assert Budget(steps=1).steps == 1


def test_the_clock_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    clock, resumed, late = Clock(60), Clock(60, spent=50), Clock(60, started=990.0)
    now = 1004.0
    assert (clock.elapsed, clock.left) == (4, 56)
    assert (resumed.elapsed, resumed.left) == (54, 6)
    assert late.elapsed == 14
    clock.count_as_spent(59)
    now = 1007.0
    assert (clock.elapsed, clock.left) == (62, -2)
    assert Clock().left == math.inf


def test_progress_by_steps_by_time_and_by_whichever_is_further() -> None:
    assert [Horizon(10, Clock()).progress(s, 99.0) for s in (0, 5, 10, 20)] == [0, 0.5, 1, 1]
    by_time = Horizon(math.inf, Clock(100), reserve=20, began=30)
    assert [by_time.progress(7, t) for t in (0, 30, 55, 80, 99)] == [0, 0, 0.5, 1, 1]
    both = Horizon(10, Clock(100))
    assert (both.progress(9, 10), both.progress(1, 50)) == (0.9, 0.5)


def test_a_clock_that_has_run_out_is_the_end() -> None:
    assert Horizon(math.inf, Clock(10), reserve=5, began=5).progress(0, 5) == 1
    assert Horizon(math.inf, Clock(10), reserve=5, began=50).progress(0, 50) == 1
