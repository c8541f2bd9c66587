"""Lets the tests of this room share their worlds, and a player of a board game."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from deepen.games import TicTacToe
from deepen.matches.board_player import BoardPlayer
from deepen.nets.policy_value import PolicyValue
from deepen.search.search import SearchSettings

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def player() -> BoardPlayer:
    """A player of tic-tac-toe whose net has learned nothing; it looks ahead."""
    torch.manual_seed(0)
    rules = TicTacToe()
    net = PolicyValue(rules.shape, rules.actions, channels=8, blocks=1).eval()
    searching = SearchSettings(simulations=16)
    return BoardPlayer(net=net, game=rules.name, net_settings=net.settings, searching=searching)
