"""What the tests of several commands share."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import deepen
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


@pytest.fixture(scope="package")
def table_model(tmp_path_factory):
    """The folder of a model of two columns, ``x`` and ``y``, that has learned next to nothing."""
    rows = {"x": [k % 13 + 0.5 for k in range(60)], "y": ["no", "yes"] * 30}
    return deepen.train(rows, target="y", steps=1, size="tiny", shallow_share=0).save(
        tmp_path_factory.mktemp("models") / "table"
    )


@pytest.fixture(scope="package")
def machine(tmp_path_factory):
    """The folder of a machine of six units that has seen pictures of 4 by 4 pixels, with their labels."""
    pictures = np.random.default_rng(0).integers(0, 256, (40, 4, 4), dtype=np.uint8)
    learned = deepen.pretrain(
        pictures, [k % 2 for k in range(40)], method="rbm", layers=[6], epochs=1, settings={"labels": True}
    )
    return learned.save(tmp_path_factory.mktemp("machines") / "rbm")
