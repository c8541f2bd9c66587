import dataclasses
import time

import numpy as np
import pytest

from deepen.compute.signals import StopFlag
from deepen.scaling.plan import Job
from deepen.scaling.trial import Until, chance_of, epochs_of, error_of, subset, trial


def test_amounts_are_nested_and_hold_each_class_by_its_share(gathered, blobs):
    _, examples, _ = gathered(*blobs)
    small, large = (subset(examples, n, 0) for n in (30, 90))
    assert set(small) < set(large) <= set(examples.rows.train)
    assert np.all(np.abs(np.bincount(examples.target[small]) - 10) <= 2)
    assert set(subset(examples, 30, 1)) != set(small)
    assert subset(examples, len(examples.rows.train), 0).tolist() == sorted(examples.rows.train)


def test_whole_groups_are_drawn_where_there_are_groups(gathered):
    rng = np.random.default_rng(0)
    table = {
        "x": rng.normal(size=300),
        "patient": [f"p{k // 6}" for k in range(300)],
        "y": ["a", "b", "c"] * 100,
    }
    _, examples, _ = gathered(table, target="y", group="patient")
    train = examples.rows.train
    small, large = (subset(examples, len(train) * share // 4, 0) for share in (1, 2))
    assert set(small) < set(large) < set(train)
    for drawn in (small, large):
        inside = np.isin(examples.groups[train], examples.groups[drawn])
        assert drawn.tolist() == train[inside].tolist()  # of each patient all rows or none
    assert len(small) == pytest.approx(len(train) / 4, abs=6)
    assert subset(examples, len(train), 0).tolist() == train.tolist()
    assert len(subset(examples, 1, 0)) == 6
    assert set(subset(examples, len(train) // 4, 1)) != set(small)


def test_numbers_are_drawn_without_classes(gathered):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    _, examples, _ = gathered(x, x[:, 0] + 0.1 * rng.normal(size=200))
    assert set(subset(examples, 40, 0)) < set(subset(examples, 80, 0))
    assert chance_of(examples) == 1.0


@pytest.mark.parametrize("learner", ["net", "SVM"])
def test_a_trial_learns_and_can_be_repeated(gathered, blobs, learner):
    context, examples, plan = gathered(*blobs)
    job = Job(learner, 120, "tiny", 0.1) if learner == "net" else Job(learner, 120)
    first, second = (trial(context, examples, plan, job, most_rows=240, seconds=60) for _ in range(2))
    assert first["error"] == second["error"] < 0.35
    assert first["error"] < 0.7 * chance_of(examples)
    assert (first["weights"] > 0) == (first["compute"] > 0) == (learner == "net")
    assert Job.from_dict(first) == job


def test_the_test_part_decides_nothing(gathered, blobs):
    context, examples, plan = gathered(*blobs)
    poisoned = examples.target.copy()
    poisoned[examples.rows.test] = (poisoned[examples.rows.test] + 1) % 3
    job = Job("net", 60, "tiny", 0.1)
    clean = trial(context, examples, plan, job, most_rows=240, seconds=60)["error"]
    found = trial(
        context, dataclasses.replace(examples, target=poisoned), plan, job, most_rows=240, seconds=60
    )["error"]
    assert found > 0.5 > clean  # the same net, scored against wrong answers


def test_a_trial_that_takes_too_long_or_is_stopped_is_given_up(gathered, blobs):
    context, examples, plan = gathered(*blobs)
    found = trial(context, examples, plan, Job("net", 240, "tiny"), most_rows=240, seconds=0.0)
    assert "error" not in found and "clock" in found["given_up"]
    stop = StopFlag()
    stop.set("Ctrl-C")
    stopped = dataclasses.replace(context, stop=stop)
    found = trial(stopped, examples, plan, Job("net", 240, "tiny"), most_rows=240, seconds=60.0)
    assert "Ctrl-C" in found["given_up"]


def test_length_is_in_the_recipes_own_epochs(gathered, blobs):
    _, examples, plan = gathered(*blobs)
    one, half = (epochs_of(examples, plan, 100, length)[0] for length in (1.0, 0.5))
    assert half == one / 2 > 0


def test_until():
    flag = Until(0.05)
    assert not flag()
    time.sleep(0.06)
    assert flag() and flag.why == "the clock"


def test_errors_of_each_task():
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=np.float32)
    said = np.array([[1, 0], [0, 0], [1, 1], [0, 0]], dtype=bool)
    error, spread = error_of("several labels", labels, said)
    assert error == 1 / 8 and spread == 0.5 / 4  # no less than half a row
    error, spread = error_of("several labels", np.tile(labels, (9, 1)), np.tile(said, (9, 1)))
    assert error == 1 / 8 and spread == pytest.approx(np.std([0, 0.5, 0, 0]) / 6)
    y = np.arange(100.0)
    error, spread = error_of("number", y, y + 3)
    assert error == pytest.approx(9 / y.var()) and spread == 0
    assert error_of("number", y, np.full(100, y.mean()))[0] == pytest.approx(1)


def test_the_standard_error_of_numbers_is_that_of_the_bootstrap():
    rng = np.random.default_rng(0)
    y = rng.normal(size=400)
    said = y + 0.3 * rng.normal(size=400)
    spread = error_of("number", y, said)[1]
    drawn = [((said - y)[rng.integers(0, 400, 400)] ** 2).mean() / y.var() for _ in range(2000)]
    assert spread == pytest.approx(np.std(drawn), rel=0.1)


def test_chance_is_the_majoritys_error(gathered, blobs):
    x, y = blobs
    _, examples, _ = gathered(x, np.where(y == 2, 0, y))
    assert chance_of(examples) == pytest.approx(1 / 3, abs=0.03)
