import pytest
import torch

from deepen.environments.minatar.freeway import Freeway

from .players import cross
from .proof import compare


def test_equal_to_the_package_step_by_step():
    compare(Freeway, list(range(16)), 150)
    assert compare(Freeway, list(range(20, 32)), 200, player=cross)["total"] > 10  # so that cars were changed
    compare(Freeway, [9], 100, sticky=0)


def test_equal_at_the_end():
    def late(ours, theirs, t):
        if t == 100:
            ours._age.fill_(2450)
            for game in theirs:
                game.terminate_timer = 50

    assert compare(Freeway, [1, 2], 160, player=cross, between=late)["episodes"] == 2


@pytest.mark.slow
def test_equal_for_long():
    assert compare(Freeway, list(range(20, 24)), 5500)["episodes"] == 8
    assert compare(Freeway, list(range(30, 34)), 5500, player=cross)["total"] > 100


def test_a_chicken_walks_every_third_step_only():
    game = Freeway(1, sticky=0)
    game.begin(0)
    game._way.zero_()  # cars stand still at the edge
    up = torch.tensor([2])
    rows = [int(game.step(up).seen[0, 0].nonzero()[0, 0]) for _ in range(10)]
    assert rows == [9, 9, 9, 8, 8, 8, 7, 7, 7, 6]
