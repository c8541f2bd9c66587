from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn
from worlds import CartPole

from deepen.environments.base import Environment, Moved
from deepen.reinforcement.episodes import Evaluation, Tally, play
from deepen.shapes import Vector


class Clocks(Environment):
    """Copy b's episodes have ``lengths[b]`` steps, or never end at 0; each step pays 1."""

    def __init__(self, lengths: list[int]) -> None:
        self.name, self.copies, self.actions = "Clocks", len(lengths), 2
        self.shape, self.dtype, self.device = Vector(1), torch.float32, torch.device("cpu")
        self.lengths, self.steps = torch.tensor(lengths), 0

    def begin(self, seed: int) -> torch.Tensor:
        self.age = torch.zeros(self.copies)
        return self.age[:, None]

    def step(self, actions: torch.Tensor) -> Moved:
        self.age, self.steps = self.age + 1, self.steps + 1
        ended = self.age == self.lengths
        last = self.age[:, None]
        self.age = torch.where(ended, 0.0, self.age)
        return Moved(self.age[:, None], torch.ones(self.copies), ended, torch.zeros_like(ended), last)

    def picture(self) -> Any:
        return None


def test_every_copy_plays_equally_many_so_short_episodes_are_not_too_many():
    assert play(nn.Linear(1, 2), Clocks([2, 10]), 6, seed=0).tolist() == [2, 2, 2, 10, 10, 10]
    assert play(nn.Linear(1, 2), Clocks([2, 10]), 5, seed=0).tolist() == [2, 2, 2, 10, 10, 10]


def test_an_episode_without_an_end_counts_up_to_the_cap():
    world = Clocks([0, 3])
    assert play(nn.Linear(1, 2), world, 4, seed=0, cap=50).tolist() == [50, 3, 3]
    assert world.steps == 50


def test_the_same_seed_plays_the_same():
    torch.manual_seed(0)
    net = nn.Linear(4, 2)
    first, again, other = (play(net, CartPole(4), 8, seed=s, epsilon=0.2).tolist() for s in (1, 1, 2))
    assert first == again != other


def test_an_evaluation_gives_the_mean_and_its_negative_to_choose_by():
    assert Evaluation(Clocks([2, 4]), episodes=2)(nn.Linear(1, 2)) == {"return": 3.0, "loss": -3.0}


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
