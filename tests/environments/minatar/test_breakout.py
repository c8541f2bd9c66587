import pytest
import torch

from deepen.environments.minatar.breakout import BRICKS, Breakout

from .players import follow
from .proof import compare


def test_equal_to_the_package_step_by_step():
    assert compare(Breakout, list(range(16)), 250)["episodes"] > 100
    assert compare(Breakout, [17, 18], 150, sticky=0)["episodes"] > 10


def test_equal_where_the_ball_is_kept_and_the_wall_renewed():
    renewed, few = 0, [False] * 8

    def thin(ours, theirs, t):  # two bricks are left, on both sides
        nonlocal renewed
        for i, game in enumerate(theirs):
            renewed += few[i] and int(ours._left[i]) == 30 and int(ours._age[i]) > 0
            if t % 100 == 50:
                game.brick_map[:] = 0
                game.brick_map[2, 3:5] = 1
                ours._wall[i, BRICKS] = False
                ours._wall[i, [323, 324]] = True
                ours._left[i] = 2
            few[i] = int(ours._left[i]) < 3

    compare(Breakout, list(range(8)), 500, sticky=0, player=follow, between=thin)
    assert renewed > 2


def test_equal_among_scattered_bricks():
    chance = torch.Generator().manual_seed(0)

    def scatter(ours, theirs, t):  # the ball comes among bricks from above too
        for i, game in enumerate(theirs):
            if t % 8 == 4:
                bricks = torch.rand(30, generator=chance) < 0.5
                game.brick_map[1:4] = bricks.view(3, 10).numpy()
                ours._wall[i, BRICKS] = bricks
                ours._left[i] = int(bricks.sum())

    compare(Breakout, list(range(8)), 150, player=follow, between=scatter)


@pytest.mark.slow
def test_equal_for_long():
    compare(Breakout, list(range(20, 28)), 8000)
    compare(Breakout, list(range(30, 34)), 8000, sticky=0, player=follow)


def test_the_way_of_the_ball_by_hand():
    game = Breakout(1, sticky=0)
    game.begin(0)
    game._state.fill_(2304)  # down right from (3, 0), the paddle at 4
    rewards, ended = [], []
    still = torch.tensor([0])
    for _ in range(30):
        moved = game.step(still)
        rewards.append(float(moved.rewards))
        ended.append(bool(moved.ended))
        if ended[-1]:
            break
    # In six steps it is in the last row, at column 6, where no paddle is.
    assert (len(ended), sum(rewards)) == (6, 0)
    assert moved.last[0, 1].nonzero().tolist() == [[9, 6]]
    assert moved.last[0, 2].nonzero().tolist() == [[8, 5]]
