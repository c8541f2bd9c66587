import math
from dataclasses import dataclass, replace

import pytest
import torch

from deepen.games import TicTacToe
from deepen.matches.gtp_arguments import Refused
from deepen.matches.gtp_time import Clocks


class Watch:
    """A clock that stands until somebody thinks."""

    time = 0.0

    def __call__(self):
        return self.time


@dataclass(frozen=True)
class Searching:
    simulations: int


@dataclass(frozen=True)
class Thinker:
    """Takes a second for each simulation."""

    watch: Watch
    searching: Searching | None = Searching(20)
    rules = TicTacToe()
    name = "thinker"

    def thinking(self, simulations):
        return replace(self, searching=Searching(simulations) if simulations else None)

    def choose(self, boards):
        self.watch.time += self.searching.simulations if self.searching else 0
        return torch.tensor([0])


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def clocks(watch):
    return Clocks(100, now=watch)


def say(clocks, line):
    name, *arguments = line.split()
    return clocks.commands[name](arguments)


def think(clocks, player, made=0):
    """Make one move, and say with how many simulations."""
    fitted = clocks.fit(player, TicTacToe().begin(1), made)
    clocks.timed(1, fitted, lambda: int(fitted.choose(TicTacToe().begin(1))[0]))
    return fitted.searching.simulations if fitted.searching else 0


def test_without_a_clock_nobody_is_hurried(clocks, watch):
    assert think(clocks, Thinker(watch)) == 20 and clocks.seconds(1, 0) == math.inf
    clocks.begin()
    assert think(clocks, Thinker(watch)) == 20
    for endless in ("time_settings 0 30 0", "time_settings 0 0 0", "kgs-time_settings none"):
        say(clocks, "time_settings 100 0 0")
        say(clocks, endless)
        assert clocks.seconds(1, 0) == clocks.seconds(-1, 0) == math.inf


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("time_settings 500 0 0", 10), ("time_settings 0 60 10", 6), ("time_settings 100 60 10", 6),
        ("kgs-time_settings absolute 500", 10), ("kgs-time_settings byoyomi 0 30 5", 30),
        ("kgs-time_settings canadian 0 300 25", 12),
    ],
)  # fmt: skip
def test_what_there_is_for_a_move(clocks, line, seconds):
    say(clocks, line)
    assert clocks.seconds(1, 0) == seconds  # of a hundred places fifty are moves of one's own


def test_the_time_left_is_what_the_controller_says(clocks):
    say(clocks, "time_settings 500 60 10")
    say(clocks, "time_left b 45 9")
    say(clocks, "time_left w 250 0")
    assert (clocks.seconds(1, 50), clocks.seconds(-1, 50)) == (5, 10)
    say(clocks, "time_left b -3 0")
    say(clocks, "kgs-time_settings none")
    assert clocks.seconds(1, 50) == math.inf


def test_simulations_fit_the_time_and_are_never_more_than_its_own(clocks, watch):
    player = Thinker(watch)
    say(clocks, "time_settings 500 0 0")
    assert think(clocks, player) == 8  # 0.8 of ten seconds, at a second each
    say(clocks, "time_left b 5000 0")
    assert think(clocks, player) == 20
    say(clocks, "time_left b 50 0")
    assert think(clocks, player) == 0  # the net's first thought


def test_its_own_account_is_kept_where_nobody_tells(clocks, watch):
    player = Thinker(watch)
    say(clocks, "time_settings 100 50 5")
    for _ in range(12):
        assert think(clocks, player) == 8  # overtime has ten seconds for each move
    assert 0 < clocks.seconds(1, 0) < 20
    clocks.begin()
    assert clocks.seconds(1, 0) == 10
    say(clocks, "time_settings 0 100 20")
    for _ in range(20):
        clocks.timed(1, player, lambda: 0)  # at once
    assert clocks.seconds(1, 96) == 5  # what was left of the first hundred seconds is gone
    say(clocks, "time_settings 100 0 0")
    begun = watch.time
    assert 0 in [think(clocks, player, made=96) for _ in range(30)]
    assert watch.time - begun <= 100  # it never used more than it had


def test_wrong_settings_are_refused(clocks):
    for line in ("time_settings 1 2", "time_settings a b c", "kgs-time_settings", "kgs-time_settings odd 1 2 3",
                 "kgs-time_settings byoyomi 1", "time_left red 1 2", "time_left b x 0"):  # fmt: skip
        with pytest.raises(Refused):
            say(clocks, line)
