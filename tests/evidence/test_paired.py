import numpy as np
import pytest

from deepen.evidence.paired import Paired, pair


def answers(seed=0, n=400):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, n)
    wrong = (truth + rng.integers(1, 3, n)) % 3
    return truth, np.where(rng.random(n) < 0.85, truth, wrong), np.where(rng.random(n) < 0.8, truth, wrong)


def test_the_interval_is_that_of_rows_drawn_again():
    truth, one, other = answers()
    found = pair("many classes", truth, one, other)
    apart = (one == truth).astype(float) - (other == truth)
    drawn = apart[np.random.default_rng(1).integers(0, 400, (20_000, 400))].mean(axis=1)
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.005)
    assert found.difference == pytest.approx(apart.mean())
    assert (found.one, found.other) == ((one == truth).mean(), (other == truth).mean())


def test_mcnemar_by_hand():
    truth = np.zeros(20, int)
    one, other = truth.copy(), truth.copy()
    other[:7], one[7:8] = 1, 1
    found = pair("two classes", truth, one, other)
    assert (found.only_one, found.only_other) == (7, 1)
    assert found.p == pytest.approx(2 * (1 + 8) / 2**8)  # of 8 rows, at most one on the rarer side
    assert pair("two classes", truth, one, one).p == 1.0


def test_pairing_is_surer_than_two_intervals():
    truth, one, _ = answers()
    other = one.copy()
    other[np.flatnonzero(one == truth)[:12]] += 1
    found = pair("many classes", truth, one, other % 3)
    assert found.verdict == "one" and found.high - found.low < 0.05 < 2 * 1.96 * (0.85 * 0.15 / 400) ** 0.5


@pytest.mark.parametrize("task", ["many classes", "several labels", "number"])
def test_turned_round_it_says_the_opposite_and_with_itself_nothing(task):
    rng = np.random.default_rng(0)
    truth = {"many classes": rng.integers(0, 3, 300), "several labels": rng.integers(0, 2, (300, 3)),
             "number": rng.normal(size=300)}[task]  # fmt: skip
    noise = rng.random(300) < 0.3
    worse = truth + rng.normal(size=300) if task == "number" else np.where(noise, truth[::-1].T, truth.T).T
    there, back, same = (
        pair(task, truth, truth, worse),
        pair(task, truth, worse, truth),
        pair(task, truth, worse, worse),
    )
    assert (there.verdict, back.verdict, same.verdict) == ("one", "other", "neither")
    assert there.difference == -back.difference and there.low == pytest.approx(-back.high, abs=0.03)
    assert same.low == same.high == 0


def test_numbers_are_compared_by_r2():
    rng = np.random.default_rng(0)
    y = rng.normal(10, 2, 500)
    one, other = y + rng.normal(size=500), y + 1.3 * rng.normal(size=500)
    found = pair("number", y, one, other)
    assert found.one == pytest.approx(1 - np.mean((one - y) ** 2) / y.var())
    drawn = []
    for rows in np.random.default_rng(1).integers(0, 500, (4000, 500)):
        var = y[rows].var()
        drawn.append((np.mean((other - y)[rows] ** 2) - np.mean((one - y)[rows] ** 2)) / var)
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.02)


def test_what_is_kept_is_the_same():
    found = pair("many classes", *answers())
    assert Paired.from_dict(found.to_dict()) == found
