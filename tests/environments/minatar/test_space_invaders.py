import pytest

from deepen.environments.minatar.space_invaders import NONE, SpaceInvaders

from .players import shoot
from .proof import compare


def test_equal_to_the_package_step_by_step():
    assert compare(SpaceInvaders, list(range(16)), 150)["total"] > 20
    compare(SpaceInvaders, [9], 100, sticky=0)


def unarmed(ours, theirs, t):
    """Take the aliens' bombs away, on both sides."""
    ours._bomb.fill_(NONE)
    for game in theirs:
        game.e_bullet_map[:] = 0


def test_equal_when_the_aliens_land():
    played = compare(SpaceInvaders, [1, 2], 700, player=lambda game, chance: 0, between=unarmed)
    assert played["episodes"] >= 2


@pytest.mark.parametrize("ramping", [True, False])
def test_equal_over_many_waves(ramping):
    def thin(ours, theirs, t):  # two aliens are left of most full blocks
        unarmed(ours, theirs, t)
        for i, game in enumerate(theirs):
            if t == 0:
                game.enemy_move_interval = int(ours._pace[i].fill_(7))
            if int(ours._left[i]) == 24 and t % 40 < 20:
                ours._aliens[i] = (1 << 9) | (1 << 15)
                ours._left[i] = 2
                kept = [divmod(int(ours._cells_of[ours._place[i], bit]), 10) for bit in (9, 15)]
                game.alien_map[:] = 0
                for row, column in kept:
                    game.alien_map[row, column] = 1

    played = compare(
        SpaceInvaders, list(range(5, 15)), 200, sticky=0, ramping=ramping, player=shoot, between=thin
    )
    assert played["total"] > 30  # so that the waves came faster, down to the fastest


@pytest.mark.slow
def test_equal_for_long():
    compare(SpaceInvaders, list(range(20, 28)), 3000)
    compare(SpaceInvaders, list(range(30, 34)), 3000, player=shoot)
