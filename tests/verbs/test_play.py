from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import deepen
from deepen.compute.signals import StopFlag
from deepen.errors import FolderError, SettingError, Stopped, TrainingError
from deepen.games import game
from deepen.matches.board_player import BoardPlayer
from deepen.selfplay.settings import AlphaZero


class Corridor:
    """Five steps to the right, and a reward at the end; each step costs a little."""

    action_space = 2

    def reset(self, seed=None):
        self.place = 0
        return self.seen(), {}

    def step(self, action):
        self.place = max(0, self.place + (1 if action == 1 else -1))
        return self.seen(), float(self.place == 5) - 0.01, self.place == 5, False, {}

    def seen(self):
        return np.eye(6, dtype=np.float32)[self.place]


class Broken(Corridor):
    """Gives NaN after a while."""

    def step(self, action):
        self.steps = getattr(self, "steps", 0) + 1
        found = super().step(action)
        return (found[0] * math.nan, *found[1:]) if self.steps > 300 else found


HOW = {"copies": 4, "length": 16, "minibatches": 4, "epochs": 2, "rate": 2e-3, "width": 32}
PLAYED = {"steps": 3_000, "episodes": 8, "settings": HOW, "making": {"longest": 60}, "device": "cpu"}


@pytest.fixture(scope="module")
def walker():
    return deepen.play(Corridor, **PLAYED)


def test_it_learns_the_shortest_way_and_says_how_good_chance_is(walker) -> None:
    assert walker.score.headline.value == pytest.approx(1 - 0.05)
    assert walker.scores["at random"].headline.value < 0.9
    assert walker.act(np.eye(6, dtype=np.float32)[:5]).tolist() == [1] * 5
    assert walker.about["environment steps"] >= 2_900
    assert walker.method == "pqn"


def test_a_player_is_kept_as_a_folder(walker, tmp_path: Path) -> None:
    walker.save(tmp_path / "model")
    again = deepen.load(tmp_path / "model", device="cpu")
    seen = torch.rand(3, 6)
    assert torch.allclose(again.values(seen), walker.values(seen), atol=1e-5)
    assert again.score == walker.score and again.settings == walker.settings
    assert "deepen watch" in (tmp_path / "model" / "README.md").read_text()


def test_the_same_seed_gives_the_same_weights() -> None:
    one, same, other = (deepen.play(Corridor, **{**PLAYED, "steps": 500}, seed=s) for s in (0, 0, 1))
    weights = [torch.cat([p.flatten() for p in m.net.parameters()]) for m in (one, same, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_a_deep_q_network_by_name_with_its_switches() -> None:
    how = {"begin": 64, "batch": 16, "double": True, "duelling": True, "n": 2, "copies": 2, "width": 32}
    player = deepen.play(Corridor, **{**PLAYED, "steps": 600, "settings": how}, method="dqn")
    assert player.method == "dqn" and player.net_settings["duelling"]
    assert player.settings["n"] == 2


def test_a_player_learns_on_from_where_it_was(walker, tmp_path: Path) -> None:
    walker.save(tmp_path / "walker")
    more = {"steps": 600, "episodes": 8, "device": "cpu", "making": {"longest": 60}}
    player = deepen.play(Corridor, from_=tmp_path / "walker", **more)
    assert player.settings == walker.settings and player.method == "pqn"
    assert player.score.headline.value == pytest.approx(1 - 0.05)  # from nothing 600 steps are too few
    before, moments = walker.history.moments, player.history.moments
    assert moments[: len(before)] == before and len(moments) > len(before)
    assert player.about["environment steps"] >= 2_900 + 500
    assert player.about["seconds before"] == walker.about["seconds"]
    first = moments[len(before)]
    assert first.valid["training_return"] > 0.5  # it does not begin with any action, as it did
    assert any(note.startswith("learns on from a player") for note in player.notes)


def test_a_deep_q_network_learns_on_and_fills_its_memory_by_its_own_play() -> None:
    how = {"begin": 64, "batch": 16, "copies": 2, "width": 32, "rate": 3e-3, "explore": 500, "target": 50}
    asked = {"episodes": 8, "making": {"longest": 60}, "device": "cpu", "method": "dqn"}
    one = deepen.play(Corridor, **asked, steps=2_000, settings=how)
    assert one.score.headline.value > 0.9
    two = deepen.play(Corridor, **asked, from_=one, steps=300, settings={"rate": 1e-4})
    assert two.settings["rate"] == 1e-4 and two.settings["target"] == 50 and two.settings["begin"] == 64
    assert two.score.headline.value > 0.9
    assert two.history.moments[len(one.history.moments)].valid["training_return"] > 0.5


def test_whom_nobody_can_learn_on_from_is_refused(walker, tmp_path: Path) -> None:
    def refused(world, message, **options):
        with pytest.raises(SettingError, match=message):
            deepen.play(world, steps=100, **{"from_": walker, **options})

    refused(Corridor, "another width", settings={"width": 16})
    refused(Corridor, "--size", size="small")
    refused(Corridor, "allowed: pqn; came: dqn", method="dqn")
    refused("CartPole-v1", "shows or does something else")
    refused("tictactoe", "no player of a board game")
    rules = game("tictactoe")
    net = AlphaZero.of(rules, channels=16, blocks=1).net(rules)
    board = BoardPlayer(
        net=net, game="tictactoe", net_settings=net.settings, settings=AlphaZero.of(rules).to_dict()
    )
    refused("connect4", "another game; allowed: connect4; came: tictactoe", from_=board)
    refused(Corridor, "plays a board game", from_=board)
    refused("tictactoe", "another channels", from_=board, settings={"channels": 8})
    refused(Corridor, "no player", from_=object())
    with pytest.raises(FolderError, match="no such folder"):
        deepen.play(Corridor, from_=tmp_path / "none", steps=100)


def test_an_environment_that_fails_is_named_with_the_place(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="Broken.*") as caught:
        deepen.play(Broken, **PLAYED)
    assert "came: nan" in str(caught.value) and "action" in str(caught.value)


def test_the_clock_is_kept() -> None:
    began = time.monotonic()
    player = deepen.play(Corridor, **{**PLAYED, "steps": None}, minutes=0.04)
    assert time.monotonic() - began < 2.4 + 4.0  # a loaded machine may be late, not without end
    assert player.score.headline.n >= 1


def test_stopped_before_anything_was_learned() -> None:
    stop = StopFlag()
    stop.set("a test")
    try:
        player = deepen.play(Corridor, **PLAYED, stop=stop)
    except Stopped:
        return
    assert player.history.ended.startswith("stopped")


def test_a_board_game_with_its_matches(tmp_path: Path) -> None:
    player = deepen.play(
        "tictactoe", steps=300, size="tiny", episodes=4, settings={"simulations": 4}, device="cpu"
    )
    assert [m["other"] for m in player.matches] == ["random", "mcts:100"]
    assert player.score.headline.name == "points"
    player.save(tmp_path / "model")
    again = deepen.load(tmp_path / "model", device="cpu")
    boards = again.rules.begin(2)
    assert torch.equal(again.choose(boards), player.choose(boards))
    assert again.thinking(0).choose(boards).shape == (2,)
    policy, value = again.policy(boards)
    assert policy.sum(1).tolist() == pytest.approx([1.0, 1.0]) and value.abs().max() <= 1


@pytest.mark.parametrize(
    ("world", "options", "message"),
    [
        ("conect4", {}, "Did you mean 'connect4'"),
        ("go:99", {}, "go"),
        ("CartPole-v9", {}, "CartPole"),
        ("connect4", {"method": "dqn"}, "alphazero"),
        ("connect4", {"making": {"sticky": 1}}, "nothing to set"),
        ("connect4", {"minutes": 1, "steps": 5}, "exclude"),
        ("connect4", {"minutes": math.inf}, "ends"),
        ("connect4", {"episodes": 0}, "at least one"),
        ("connect4", {"settings": {"simulatons": 3}}, "Did you mean 'simulations'"),
        (Corridor, {"method": "dqx"}, "Did you mean 'dqn'"),
        (Corridor, {"size": "small", "settings": {"width": 8}}, "width"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_one_message(world, options, message) -> None:
    with pytest.raises(SettingError, match=message):
        deepen.play(world, **{"steps": None if "minutes" in options else 100, **options})


def test_checkpoints_need_a_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError):
        deepen.play(Corridor, **PLAYED, checkpoints=tmp_path / "file" / "run")
