"""What the tests of several commands share."""

from __future__ import annotations

import pytest
import torch

from deepen.games import TicTacToe
from deepen.matches.board_player import BoardPlayer
from deepen.nets.policy_value import PolicyValue


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The folder of a player of tic-tac-toe that has learned nothing."""
    torch.manual_seed(0)
    rules = TicTacToe()
    net = PolicyValue(rules.shape, rules.actions, channels=8, blocks=1)
    player = BoardPlayer(net=net.eval(), game="tictactoe", net_settings=net.settings, searching=None)
    return player.save(tmp_path_factory.mktemp("players") / "ttt")
