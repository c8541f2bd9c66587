"""``deepen gtp``: a player on the standard streams."""

from __future__ import annotations

import pytest
import torch
from typer.testing import CliRunner

from deepen.cli import app
from deepen.errors import FolderError, SettingError
from deepen.games import TicTacToe
from deepen.matches.board_player import BoardPlayer
from deepen.nets.policy_value import PolicyValue
from deepen.nets.q_net import QNet
from deepen.reinforcement.model import Player
from deepen.shapes import Vector


def run(*words, input=""):
    found = CliRunner().invoke(app, list(map(str, words)), input=input)
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    torch.manual_seed(0)
    rules = TicTacToe()
    net = PolicyValue(rules.shape, rules.actions, channels=8, blocks=1)
    player = BoardPlayer(net=net.eval(), game="tictactoe", net_settings=net.settings, searching=None)
    return player.save(tmp_path_factory.mktemp("players") / "ttt")


@pytest.mark.parametrize("simulations", [(), ("--simulations", 0), ("--simulations", 8)])
def test_it_answers_until_it_is_told_to_quit(place, simulations):
    spoken = run(
        "gtp", place, "--device", "cpu", *simulations,
        input="boardsize 3\nclear_board\nplay b B2\ngenmove w\nnonsense\nquit\ngenmove b\n",
    )  # fmt: skip
    answers = spoken.split("\n\n")
    assert [a[0] for a in answers if a] == ["=", "=", "=", "=", "?", "="]
    assert answers[3][2:] in {c + r for c in "ABC" for r in "123"} - {"B2"}


def test_it_ends_with_its_input(place):
    assert run("gtp", place, "--device", "cpu", input="name\n").startswith("=")


def test_who_plays_no_board_game_is_refused(place, tmp_path):
    net = QNet(Vector(1), 2, width=8)
    walker = Player(
        net=net, environment="m:Walk", making={}, method="dqn", settings={}, net_settings=net.settings, shape=Vector(1),
        actions=2,
    )  # fmt: skip
    with pytest.raises(SettingError, match="no player of a board game"):
        run("gtp", walker.save(tmp_path / "walker"))
    with pytest.raises(FolderError, match="no such folder"):
        run("gtp", tmp_path / "none")
