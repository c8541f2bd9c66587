"""The worlds that the tests learn in are what they say."""

from __future__ import annotations

import pytest
import torch
from small_worlds import CartPole, chain, grid, value_iteration, wheel


def test_value_iteration_of_the_chain_is_worked_out_by_hand():
    q = value_iteration(chain(4), 0.8)
    assert q[2].tolist() == pytest.approx([0.8 * 0.8, 1.0])  # right pays 1, left leads to where right is best
    assert q[1].tolist() == pytest.approx([0.8 * 0.75, 0.8])
    assert q[0].tolist() == pytest.approx([0.75, 0.8 * 0.8])  # 0.15 for ever: 0.15 / (1 - 0.8)


@pytest.mark.parametrize("world", [chain(), grid(), wheel()], ids=["chain", "grid", "wheel"])
def test_chances_sum_to_one_and_value_iteration_is_at_its_fixed_point(world):
    torch.testing.assert_close(world.chances.sum(-1), torch.ones_like(world.payments))
    q = value_iteration(world, 0.9)
    behind = torch.where(world.end, 0.0, q.amax(1))
    torch.testing.assert_close(q, world.payments.double() + 0.9 * world.chances.double() @ behind)


def test_cartpole_is_gymnasiums():
    gymnasium = pytest.importorskip("gymnasium")
    theirs, ours = gymnasium.make("CartPole-v1"), CartPole(1)
    ours.begin(0)
    generator = torch.Generator().manual_seed(0)
    for seed in range(5):
        theirs.reset(seed=seed)
        ours._state = torch.tensor(theirs.unwrapped.state)[None]
        ours._age.zero_()
        over = False
        while not over:
            action = int(torch.randint(2, (1,), generator=generator))
            seen, reward, ended, cut, _ = theirs.step(action)
            moved = ours.step(torch.tensor([action]))
            torch.testing.assert_close(moved.last[0], torch.tensor(seen))
            assert (bool(moved.ended), bool(moved.cut), moved.rewards.item()) == (ended, cut, reward)
            over = ended or cut
