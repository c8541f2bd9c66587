import pytest

from deepen.environments.minatar.asterix import Asterix, timetable

from .players import dodge
from .proof import compare


def test_equal_to_the_package_step_by_step():
    assert compare(Asterix, list(range(16)), 250)["total"] > 10
    compare(Asterix, [9], 100, sticky=0)
    compare(Asterix, [10, 11], 150, ramping=False)


def test_equal_at_every_difficulty():
    played = compare(Asterix, list(range(20, 36)), 400, sticky=0, player=dodge)
    assert played["longest"] > 210  # so that it ramped more than once

    def late(ours, theirs, t):  # as fast as it grows, in all episodes
        for i, game in enumerate(theirs):
            if game.ramp_index == 0:
                ours._age[i] = 2000
                game.spawn_speed = game.move_speed = 1
                game.spawn_timer = game.move_timer = 0
                game.ramp_index = 9

    assert compare(Asterix, list(range(30, 46)), 150, player=dodge, between=late)["episodes"] > 10


@pytest.mark.slow
def test_equal_for_long():
    compare(Asterix, list(range(20, 28)), 5000)
    compare(Asterix, list(range(30, 38)), 5000, player=dodge)


def test_the_timetable_against_the_rules():
    comes, moves = timetable(1500, ramping=True)
    assert [t for t, due in enumerate(comes) if due][:11] == [*range(10, 101, 10), 110]
    assert all(comes[1000:])  # 9 ramps of 102 steps later every step
    assert all(moves[1000:])
    comes, moves = timetable(1500, ramping=False)
    assert [t for t, due in enumerate(comes) if due] == list(range(10, 1500, 10))
    assert [t for t, due in enumerate(moves) if due] == list(range(5, 1500, 5))
