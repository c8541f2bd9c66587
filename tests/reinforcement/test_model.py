"""A player of an environment: what it answers, how it is scored, watched and kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from deepen.errors import DataError, SettingError, TrainingError
from deepen.nets.q_net import QNet
from deepen.reinforcement.model import Player
from deepen.shapes import Vector


class Three:
    """Three steps; the second action is worth a point each time."""

    action_space = 2
    limit = 3

    def __init__(self, prize=1.0, render_mode=None):
        self.prize = prize

    def reset(self, seed=None):
        self.at = 0
        return [0.0], {}

    def step(self, action):
        self.at += 1
        over = self.at == self.limit
        return [float(self.at)], self.prize * float(action), over, False, {}

    def render(self):
        return np.full((4, 4, 3), self.at, np.uint8)


class Four(Three):
    action_space = 4


class Endless(Three):
    limit = -1


class Failing(Three):
    def step(self, action):
        raise ValueError("no more")


def player(source=Three, **making) -> Player:
    net = QNet(Vector(1), 2, width=8)
    with torch.no_grad():
        for weights in net.parameters():
            weights.zero_()
        list(net.parameters())[-1].copy_(torch.tensor([1.0, 2.0]))  # the second action is always best
    return Player(
        net=net.eval(), environment=f"{__name__}:Three", making=making, method="dqn", settings={"n": 1},
        net_settings=net.settings, shape=Vector(1), actions=2, source=source,
    )  # fmt: skip


def test_the_best_action_by_its_values() -> None:
    seen = np.zeros((5, 1), np.float32)
    assert player().values(seen).tolist() == [[1.0, 2.0]] * 5
    assert player().act(torch.zeros(2, 1)).tolist() == [1, 1]


@pytest.mark.parametrize("episodes", [1, 5, 40])
def test_whole_episodes_are_scored(episodes: int) -> None:
    found = player(prize=2.0).evaluate(episodes, copies=4)
    assert found.headline.value == found["best_return"].value == 6.0
    assert found.headline.n == episodes and found.part == (
        "1 episode" if episodes == 1 else f"{episodes} episodes"
    )


def test_what_cannot_be_scored_is_said() -> None:
    with pytest.raises(DataError, match="no episode"):
        player(Endless).evaluate(2, seconds=0.05)
    with pytest.raises(TrainingError, match="no more"):
        player(Failing).evaluate(2)
    with pytest.raises(SettingError, match="episodes"):
        player().evaluate(0)
    with pytest.raises(SettingError, match="not what it was"):
        player(Four).evaluate(2)


@pytest.mark.parametrize("pictures", [True, False])
def test_every_moment_of_an_episode_and_what_it_came_to(pictures: bool) -> None:
    moments = list(player().watch(pictures=pictures))
    assert [line.split("  expects")[0] for _, line in moments] == [
        "step 0  return 0", "step 1  return 1", "step 2  return 2", "over after 3 steps  return 3",
    ]  # fmt: skip
    if pictures:
        assert [int(shown[0, 0, 0]) for shown, _ in moments] == [0, 1, 2, 2]


def test_what_is_expected_is_told_in_the_rewards_of_the_environment() -> None:
    """The net's best value is 2: of rewards that were learned from times a tenth it stands for 20."""
    lines = {}
    for how in ({"n": 1}, {"reward_scale": 0.1, "clip_rewards": False}, {"clip_rewards": True}):
        one = player()
        one.settings = how
        lines[str(how)] = next(iter(one.watch(pictures=False)))[1].split("  ")[-1]
    assert list(lines.values()) == [
        "expects 2, discounted", "expects 20, discounted", "expects 2, discounted, clipped",
    ]  # fmt: skip


def test_no_more_than_the_longest() -> None:
    assert len(list(player(Endless).watch(longest=7, pictures=False))) == 8


def test_it_is_kept_with_a_card_and_found_again_by_its_name(tmp_path: Path) -> None:
    one = player(prize=3.0)
    one.scores = {"test": one.evaluate(4)}
    one.notes = ("it was short",)
    one.save(tmp_path / "model")
    again = Player.load(tmp_path / "model", device="cpu")
    assert again.source is None and again.making == {"prize": 3.0}
    assert again.evaluate(2).headline.value == 9.0
    card = (tmp_path / "model" / "README.md").read_text()
    assert "episodes" in card and "| return | 9 |" in card and "- it was short" in card


def test_a_card_without_a_score(tmp_path: Path) -> None:
    player().save(tmp_path / "model")
    assert "How good" not in (tmp_path / "model" / "README.md").read_text()
