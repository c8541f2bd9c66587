from __future__ import annotations

import pytest
import torch
from torch import Tensor

from deepen.reinforcement.lambda_returns import lambda_returns

T, B, GAMMA = 12, 40, 0.9


def drawn(seed: int = 0) -> dict[str, Tensor]:
    by = torch.Generator().manual_seed(seed)
    kind = torch.rand(T, B, generator=by)
    return {
        "rewards": torch.randn(T, B, generator=by, dtype=torch.float64),
        "ended": kind < 0.15,
        "cut": (kind >= 0.15) & (kind < 0.3),
        "after": torch.randn(T, B, generator=by, dtype=torch.float64),
    }


def by_definition(
    of: dict[str, Tensor], trace: float, t: int, b: int, followed: Tensor | None = None
) -> float:
    """One return, by the words of the definition."""
    reward, value = of["rewards"][t, b].item(), of["after"][t, b].item()
    if of["ended"][t, b]:
        return reward
    if of["cut"][t, b] or t == T - 1 or (followed is not None and not followed[t + 1, b]):
        return reward + GAMMA * value
    return reward + GAMMA * ((1 - trace) * value + trace * by_definition(of, trace, t + 1, b, followed))


def all_by_definition(of: dict[str, Tensor], trace: float, followed: Tensor | None = None) -> Tensor:
    rows = [[by_definition(of, trace, t, b, followed) for b in range(B)] for t in range(T)]
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize("trace", [0.0, 0.3, 0.65, 1.0])
def test_it_is_the_recursive_definition(trace):
    of = drawn()
    torch.testing.assert_close(
        lambda_returns(**of, discount=GAMMA, trace=trace), all_by_definition(of, trace)
    )


@pytest.mark.parametrize("trace", [0.65, 1.0])
def test_watkins_stops_before_an_action_that_was_not_followed(trace):
    of, followed = drawn(1), torch.rand(T, B, generator=torch.Generator().manual_seed(2)) < 0.7
    found = lambda_returns(**of, discount=GAMMA, trace=trace, followed=followed)
    torch.testing.assert_close(found, all_by_definition(of, trace, followed))
    all_followed = lambda_returns(**of, discount=GAMMA, trace=trace, followed=torch.ones_like(followed))
    torch.testing.assert_close(all_followed, lambda_returns(**of, discount=GAMMA, trace=trace))


def test_lambda_zero_is_the_one_step_target():
    of = drawn(3)
    target = of["rewards"] + GAMMA * of["after"] * ~of["ended"]
    torch.testing.assert_close(lambda_returns(**of, discount=GAMMA, trace=0.0), target)


def test_lambda_one_is_the_sum_of_all_rewards_to_the_end():
    of = drawn(4)
    of["cut"].zero_()
    of["ended"][-1] = True
    found = lambda_returns(**of, discount=GAMMA, trace=1.0)
    for b in range(B):
        for t in range(T):
            end = t + int(of["ended"][t:, b].int().argmax())
            rewards = of["rewards"][t : end + 1, b]
            assert found[t, b].item() == pytest.approx(
                (rewards * GAMMA ** torch.arange(len(rewards), dtype=torch.float64)).sum().item()
            )


def test_what_is_seen_after_an_end_does_not_count():
    of = drawn(5)
    before = lambda_returns(**of, discount=GAMMA, trace=0.65)
    of["after"][of["ended"]] += 100.0
    assert torch.equal(lambda_returns(**of, discount=GAMMA, trace=0.65), before)


def test_what_came_is_not_changed():
    of = drawn(6)
    kept = {name: tensor.clone() for name, tensor in of.items()}
    lambda_returns(**of, discount=GAMMA, trace=0.65)
    assert all(torch.equal(of[name], kept[name]) for name in of)
