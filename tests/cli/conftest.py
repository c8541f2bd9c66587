"""What the tests of several commands share."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

import deepen
from deepen import cli
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


@dataclass(frozen=True)
class Ran:
    """What came of a command: its exit code, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """The command as a user calls it, but in this process: a process of its own imports torch for seconds."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")

    def ran(*arguments: object, where: Path) -> Ran:
        with monkeypatch.context() as patch:
            patch.chdir(where)
            patch.setattr(cli, "STARTED", time.monotonic())
            patch.setattr(sys, "argv", ["deepen", *map(str, arguments)])
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                cli.main()
        return Ran(int(ended.value.code or 0), *capsys.readouterr())

    return ran
