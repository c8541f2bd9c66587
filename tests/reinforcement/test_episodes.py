from __future__ import annotations

import math

import pytest
import torch

from deepen.environments.base import Moved
from deepen.reinforcement.episodes import Tally


def moved(rewards: list[float], over: list[bool]) -> tuple[Moved, torch.Tensor | None]:
    done, x = torch.tensor(over), torch.zeros(len(over), 1)
    return Moved(x, torch.tensor(rewards), done, torch.zeros_like(done), x), done if any(over) else None


def test_a_tally_keeps_the_returns_of_the_last_hundred_episodes():
    tally = Tally(2, torch.device("cpu"))
    assert tally.figures == {"episodes": 0.0}
    tally.count(*moved([1.0, 2.0], [False, False]))
    tally.count(*moved([1.0, 2.0], [True, False]))
    assert tally.figures == {"training_return": 2.0, "episodes": 1.0}
    tally.count(*moved([5.0, 2.0], [False, True]))
    assert tally.figures == {"training_return": 4.0, "episodes": 2.0}
    again = Tally(2, torch.device("cpu"))
    again.load_state_dict(tally.state_dict())
    for each in (tally, again):
        for _ in range(100):
            each.count(*moved([0.0, 7.0], [False, True]))
        assert each.figures == {"training_return": 7.0, "episodes": 102.0}
    again.break_off()
    again.count(*moved([1.0, 1.0], [True, False]))
    assert again.figures["training_return"] == pytest.approx((99 * 7 + 1) / 100)
    assert not math.isnan(again.figures["training_return"])
