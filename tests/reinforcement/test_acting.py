from __future__ import annotations

import pytest
import torch

from deepen.reinforcement.acting import EpsilonGreedy, Ramp


def test_a_ramp_goes_in_a_line_and_stays():
    ramp = Ramp(1.0, 0.2)
    assert [ramp(share) for share in (-1, 0, 0.25, 1, 2)] == pytest.approx([1.0, 1.0, 0.8, 0.2, 0.2])


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("copies", [1, 50])
def test_actions_are_random_with_probability_epsilon_and_else_the_best(epsilon, copies):
    acts = EpsilonGreedy(4, copies, torch.Generator().manual_seed(0))
    values = torch.tensor([[0.0, 3.0, 1.0, 2.0]]).expand(copies, 4)
    steps = 6_000 // copies
    done = torch.cat([acts(lambda seen: seen.argmax(dim=1), values, epsilon) for _ in range(steps)])
    shares = torch.bincount(done, minlength=4) / len(done)
    expected = torch.full((4,), epsilon / 4)
    expected[1] += 1 - epsilon
    # Four standard deviations of a share among 6,000.
    assert (shares - expected).abs().max() <= 4 * 0.5 / 6_000**0.5 * (epsilon > 0)


def test_where_every_action_is_random_the_best_is_not_asked_for():
    acts = EpsilonGreedy(2, 3, torch.Generator().manual_seed(0))
    for _ in range(5):
        acts(lambda _seen: pytest.fail("asked"), torch.zeros(3, 1), 1.0)


@pytest.mark.parametrize("before", [0, 3, 256, 300])
def test_it_goes_on_drawing_where_it_stood(before):
    def best(seen):
        return torch.zeros(3, dtype=torch.int64)

    one, two = (EpsilonGreedy(5, 3, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    for _ in range(before):
        one(best, torch.zeros(3, 1), 0.7)
    two(best, torch.zeros(3, 1), 0.7)
    two.load_state_dict(one.state_dict())
    for _ in range(300):
        assert torch.equal(one(best, torch.zeros(3, 1), 0.7), two(best, torch.zeros(3, 1), 0.7))
