import math

import numpy as np
import pytest
from scipy.optimize import minimize

from deepen.errors import DataError
from deepen.evidence.elo import SCALE, difference, expected, rate

TABLE = np.array([[0, 3, 1, 0], [7, 0, 4, 2], [9, 6, 0, 5], [20, 8, 5, 0]])


def test_expected_score_and_difference_undo_each_other():
    for d in (-512.0, -1.0, 0.0, 37.0, 800.0):
        assert difference(float(expected(d))) == pytest.approx(d, abs=1e-9)
    assert expected(400) == pytest.approx(10 / 11)
    assert (difference(0.0), difference(1.0)) == (-math.inf, math.inf)
    with pytest.raises(DataError, match="not a share"):
        difference(1.5)


@pytest.mark.parametrize(("won", "drawn", "lost"), [(76, 0, 24), (10, 30, 10), (1, 3, 9), (500, 100, 1)])
def test_two_players_have_the_closed_form(won, drawn, lost):
    found = rate([[0, lost], [won, 0]], [[0, drawn], [drawn, 0]], at=1000)
    n, points = won + drawn + lost, won + drawn / 2
    assert found.values == pytest.approx([1000, 1000 + difference(points / n)])
    assert found.points.tolist() == [n - points, points] and found.games.tolist() == [n, n]
    # At the ends the log-likelihood of the one share has fallen by half of 3.84.
    top = points * math.log(points / n) + (n - points) * math.log(1 - points / n)
    for end in (found.lows[1], found.highs[1]):
        share = float(expected(end - 1000))
        assert top - points * math.log(share) - (n - points) * math.log(1 - share) == pytest.approx(
            1.9207, abs=1e-3
        )
    assert found.lows[0] == found.highs[0] == 1000


def test_the_fit_is_the_maximum_of_the_likelihood():
    found = rate(TABLE, anchor=2)

    def loss(free):
        r = np.insert(free, 2, 0.0)
        return -(TABLE * np.log(expected(r[:, None] - r[None, :]))).sum()

    best = minimize(
        loss, np.zeros(3), method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-9, "maxiter": 5000}
    )
    assert np.delete(found.values, 2) == pytest.approx(best.x, abs=0.05)
    # Each player's expected points are those it made (Zermelo 1929).
    share = expected(found.values[:, None] - found.values[None, :])
    assert ((TABLE + TABLE.T) * share - 0.5 * np.diag(np.diag(TABLE))).sum(1) == pytest.approx(found.points)


def test_the_anchor_moves_everything_alike():
    one, other = rate(TABLE, anchor=0, at=1500), rate(TABLE, anchor=3)
    assert np.diff(one.values) == pytest.approx(np.diff(other.values), abs=1e-6)


def test_third_players_tell_of_two_that_never_met():
    wins = [[0, 30, 0], [10, 0, 30], [0, 10, 0]]
    found = rate(wins, anchor=2)
    assert found.values == pytest.approx([2 * difference(0.75), difference(0.75), 0])
    # What goes by way of another is less sure: the two variances add, so the width is the root of two times larger.
    widths = found.highs - found.lows
    assert widths[0] / widths[1] == pytest.approx(math.sqrt(2), abs=0.06)
    direct = rate([[0, 10], [30, 0]])
    assert widths[1] == pytest.approx(direct.highs[1] - direct.lows[1], abs=0.01)


def test_intervals_cover_the_truth():
    rng = np.random.default_rng(0)
    truth = np.array([0.0, 150.0, -100.0])
    inside = 0
    for _ in range(100):
        wins = np.zeros((3, 3))
        for i, j in ((0, 1), (0, 2), (1, 2)):
            wins[i, j] = rng.binomial(60, float(expected(truth[i] - truth[j])))
            wins[j, i] = 60 - wins[i, j]
        found = rate(wins)
        inside += int(((found.lows <= truth) & (truth <= found.highs))[1:].sum())
    assert 180 <= inside <= 198  # 190 of 200 are meant; beyond four standard deviations it fails


def test_one_who_never_lost_has_no_upper_end():
    with pytest.raises(DataError, match=r"players 1: .*prior=1"):
        rate([[0, 0], [50, 0]])
    found = rate([[0, 0], [50, 0]], prior=1)
    assert found.values[1] == pytest.approx(difference(51 / 52))
    assert found.highs[1] == math.inf
    assert expected(found.lows[1]) == pytest.approx(math.exp(-1.9207 / 50), abs=1e-4)
    chain = rate([[0, 0, 0], [20, 0, 0], [0, 20, 0]], prior=1, anchor=1)
    assert chain.lows[0] == -math.inf and chain.highs[2] == math.inf
    assert chain.highs[0] == pytest.approx(-chain.lows[2], abs=0.01)


def test_a_prior_so_strong_that_it_contradicts_the_games():
    found = rate([[0, 1], [99, 0]], prior=1000)
    assert found.values[1] < found.lows[1] < found.highs[1] < math.inf


@pytest.mark.parametrize(
    ("wins", "draws", "more", "what"),
    [
        ([[0, 1, 2]], None, {}, "not a table"),
        ([[0]], None, {}, "not a table"),
        ([[0, 1], [1, 0]], [[0, 1, 1]], {}, "not a table"),
        ([[0, -1], [1, 0]], None, {}, "not a number of games"),
        ([[0, math.nan], [1, 0]], None, {}, "not a number of games"),
        ([[3, 1], [1, 0]], None, {}, "against itself"),
        ([[0, 1], [1, 0]], [[0, 1], [2, 0]], {}, "both sides"),
        ([[0, 1], [1, 0]], None, {"anchor": 2}, "no such player"),
        ([[0, 1, 0], [1, 0, 0], [0, 0, 0]], None, {}, "players 2: .*never met"),
        ([[0, 1, 0], [1, 0, 0], [0, 0, 0]], None, {"prior": 1}, "players 2: .*never met"),
    ],
)
def test_hostile_tables(wins, draws, more, what):
    with pytest.raises(DataError, match=what):
        rate(wins, draws, **more)


def test_large_numbers_of_games_are_fitted_too():
    found = rate(1e6 * TABLE, anchor=2)
    assert found.values == pytest.approx(rate(TABLE, anchor=2).values, abs=1e-3)
    assert pytest.approx(173.7178, abs=1e-3) == SCALE
