import pytest
import torch

from deepen.environments.minatar.movers import mover
from deepen.environments.minatar.seaquest import FEW, MOST, Seaquest, levels

from .players import lurk
from .proof import compare


def test_equal_to_the_package_step_by_step():
    assert compare(Seaquest, list(range(16)), 200)["total"] > 1
    compare(Seaquest, [9], 100, sticky=0)
    compare(Seaquest, [10, 11], 100, ramping=False)


def crowded(ours, theirs, t):
    """Begin every episode at the last level, on both sides."""
    for i, game in enumerate(theirs):
        if game.ramp_index == 0:
            ours._level[i] = 19
            ours._come[i] = 1
            game.ramp_index, game.e_spawn_speed, game.e_spawn_timer, game.move_speed = 19, 1, 1, 2


def test_equal_in_a_crowd():
    sizes = []

    def note(ours, theirs, t):
        crowded(ours, theirs, t)
        sizes.append(ours._n)

    played = compare(Seaquest, list(range(20, 36)), 200, sticky=0, player=lurk, between=note)
    assert played["total"] > 10
    assert sizes[0] == FEW
    assert sizes[-1] == MOST  # so that slots were added in between


def test_equal_with_divers_aboard():
    def aboard(ours, theirs, t):  # full crews, and half full ones
        for i, game in enumerate(theirs):
            if t % 9 == 0 and game.sub_y > 0:
                game.diver_count = 5 + i % 2
                ours._crew[i] = 5 + i % 2

    played = compare(Seaquest, list(range(30, 46)), 200, player=lurk, between=aboard)
    assert played["total"] > 30  # so that crews were brought up for the air that was left


def placed(ours, theirs, *, fish, submarine, shots):
    """Put a fish, a submarine and the player's shots, the older one first, into both sides' first copy."""
    game = theirs[0]
    game.e_fish, game.e_subs = [[*f] for f in fish], [[*s] for s in submarine]
    game.f_bullets, game.e_bullets = [[*s] for s in shots], []
    ours._movers[0] = 0
    for slot, (x, y, right, wait, *load) in enumerate([*fish, *submarine]):
        ours._movers[:, slot, 0] = mover(*map(torch.tensor, (y, x, right)))
        ours._enemies[:, slot, 0] = torch.tensor([wait, *(load or [100]), bool(load)])
    for slot, (x, y, right) in enumerate(reversed(shots)):
        ours._shots.fields[:, slot, 0] = mover(*map(torch.tensor, (y, x, right)))


@pytest.mark.parametrize(
    "scene",
    [
        # Both in the cell that the shot comes to: the fish is taken.
        {"fish": [(5, 6, True, 3)], "submarine": [(5, 6, True, 2, 9)], "shots": [(4, 6, True)]},
        # Both swim into the cell of the shot: the submarine is taken.
        {"fish": [(4, 6, True, 0)], "submarine": [(4, 6, True, 0, 9)], "shots": [(4, 6, True)]},
        # Two shots in one cell, and one fish there already: the newer shot is used.
        {"fish": [(5, 6, True, 3)], "submarine": [], "shots": [(4, 6, True), (6, 6, False)]},
        # The fish swims into the cell of both: the older shot is used.
        {"fish": [(4, 6, True, 0)], "submarine": [], "shots": [(4, 6, True), (6, 6, False)]},
        # One for each of two, and the last one's bomb goes on.
        {
            "fish": [(4, 6, True, 0)],
            "submarine": [(4, 6, True, 0, 0)],
            "shots": [(4, 6, True), (6, 6, False)],
        },
    ],
)
def test_equal_where_several_meet(scene):
    def at_first(ours, theirs, t):
        if t == 0:
            placed(ours, theirs, **scene)

    played = compare(Seaquest, [1], 15, sticky=0, player=lambda game, chance: 0, between=at_first)
    assert played["total"] == min(len(scene["shots"]), len(scene["fish"]) + len(scene["submarine"]))


@pytest.mark.slow
def test_equal_for_long():
    compare(Seaquest, list(range(20, 36)), 2000)
    compare(Seaquest, list(range(30, 38)), 3000, player=lurk)
    compare(Seaquest, list(range(40, 48)), 2000, player=lurk, between=crowded)


def test_levels_are_the_packages():
    every, wait = levels()
    assert (len(every), every[-1], wait[-1]) == (20, 1, 2)
    assert wait[:8] == [5, 5, 4, 4, 3, 3, 2, 2]


def test_more_slots_keep_what_there_is():
    game = Seaquest(3)
    game.begin(0)
    for _ in range(80):
        game.step(torch.zeros(3, dtype=torch.int64))
    before = game._look()
    game._make_room(16)
    assert torch.equal(game._look(), before)
