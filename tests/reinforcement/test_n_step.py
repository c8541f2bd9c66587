from __future__ import annotations

import itertools

import pytest
import torch

from deepen.reinforcement.n_step import n_step_returns


def by_hand(rewards, there, ended, discount):
    """The definition, one step after another."""
    total, factor, length = 0.0, 1.0, 0
    for r, t, e in zip(rewards, there, ended, strict=True):
        if not t:
            break
        total, factor, length = total + factor * r, factor * discount, length + 1
        if e:
            return total, 0.0, length
    return total, factor, length


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_every_pattern_of_ends_and_gaps_is_as_the_definition_has_it(n):
    patterns = [p for p in itertools.product(("step", "end", "gap"), repeat=n) if p[0] != "gap"]
    there = torch.tensor([[kind != "gap" for kind in p] for p in patterns])
    ended = torch.tensor([[kind == "end" for kind in p] for p in patterns])
    rewards = torch.randn(len(patterns), n, generator=torch.Generator().manual_seed(n))
    found = n_step_returns(rewards, there, ended, 0.9)
    expected = [
        by_hand(*rows, 0.9) for rows in zip(rewards.tolist(), there.tolist(), ended.tolist(), strict=True)
    ]
    returns, discounts, lengths = map(torch.tensor, zip(*expected, strict=True))
    torch.testing.assert_close(found.returns, returns)
    torch.testing.assert_close(found.discounts, discounts)
    assert found.lengths.tolist() == lengths.tolist()


def test_what_stands_behind_the_window_does_not_count_even_if_it_is_not_a_number():
    rewards = torch.tensor([[1.0, torch.nan]])
    found = n_step_returns(rewards, torch.tensor([[True, False]]), torch.tensor([[False, False]]), 0.5)
    assert found.returns.tolist() == [1.0]
