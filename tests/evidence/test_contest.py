import time
from types import SimpleNamespace

import numpy as np
import pytest

from deepen.evidence import contest as contest_
from deepen.evidence.contest import Candidate, Contestant, best, contest, figure


def world(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    return x, (np.hypot(x[:, 0], x[:, 1]) > 1.2).astype(int)


def ran(seconds, names=("linear", "neighbours"), **more):
    x, y = world()
    entered = [Candidate(name, name, lambda rows: x[rows], **more) for name in names]
    return contest(
        entered,
        y,
        "two classes",
        train=np.arange(2000),
        valid=np.arange(2000, 3000),
        test=1000,
        seconds=seconds,
    )


def test_with_time_enough_all_rows_are_learned_and_the_best_is_found():
    found = ran(60)
    assert [c.rows for c, _ in found] == [2000, 2000]
    assert found[1][0].valid > 0.9 > found[0][0].valid
    assert best(found) == 1


def test_the_figure_is_that_of_the_validation_part():
    x, y = world()
    (one, made), *_ = ran(60)
    assert one.valid == (made.predict(x[2000:]) == y[2000:]).mean()


def test_without_time_nothing_is_learned_and_it_is_told():
    found = ran(0)
    assert [(c.name, c.rows, made) for c, made in found] == [("linear", 0, None), ("neighbours", 0, None)]
    assert best(found) is None


@pytest.fixture
def slow(monkeypatch):
    """A learner that takes a millisecond for a row, by a clock of its own; gives the rows of its fits."""
    now, fitted = [0.0], []
    monkeypatch.setattr(contest_, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def fit(name, x, y, task, **more):
        now[0] += 1e-3 * len(x)
        fitted.append(len(x))
        return SimpleNamespace(rows=len(x), seconds=1e-3 * len(x), scores=lambda new: np.zeros((len(new), 2)))

    monkeypatch.setattr(contest_, "fit", fit)
    return now, fitted


def test_what_would_take_too_long_stands_on_fewer_rows_inside_the_time(slow):
    now, fitted = slow
    ((one, _),) = ran(1.8, names=("linear",))
    assert fitted[0] == contest_.FIRST < one.rows < 2000
    assert 1.4 < now[0] <= 1.8
    assert one.rows == fitted[-1]


def test_time_that_is_left_over_goes_to_those_after(slow):
    _, fitted = slow
    first, second = (c for c, _ in ran(2.5, names=("linear", "boosting")))
    assert second.rows >= first.rows > contest_.FIRST
    assert sum(fitted) <= 2500


def test_no_more_rows_are_taken_than_fit_in_memory():
    ((one, _),) = ran(60, names=("linear",), most_rows=700)
    assert one.rows == 700


def test_a_stop_begins_nothing_more():
    x, y = world()
    entered = [Candidate("linear", "linear", lambda rows: x[rows])]
    found = contest(
        entered, y, "two classes", train=np.arange(9), valid=np.arange(9), seconds=9, stop=lambda: True
    )
    assert found[0][1] is None


def test_of_equals_the_first_is_taken():
    found = [(Contestant(n, 9, 0.0, v), object()) for n, v in (("a", 0.8), ("b", 0.9), ("c", 0.9))]
    assert best(found) == 1
    assert best([(Contestant("a", 9, 0.0, float("nan")), object())]) == 0


def test_figures():
    assert figure("number", np.array([1.0, 3.0]), np.array([1.0, 3.0])) == 1
    assert figure("number", np.array([1.0, 3.0]), np.array([2.0, 2.0])) == 0
    assert figure("several labels", np.array([[1, 0], [0, 1]]), np.array([[2.0, -1.0], [1.0, 3.0]])) == 0.75


def test_a_contestant_is_kept():
    for one in (Contestant("a", 9, 0.5, 0.8), Contestant("a", 0, 0.0, float("nan"))):
        assert repr(Contestant.from_dict(one.to_dict())) == repr(one)


def test_a_real_clock_is_kept_to():
    began = time.monotonic()
    ran(0.3, names=("boosting",))
    assert time.monotonic() - began < 6
