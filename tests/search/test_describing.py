"""The tree in plain data."""

from __future__ import annotations

import json

import torch

from deepen.games.boards import Boards
from deepen.games.tictactoe import TicTacToe
from deepen.search.describing import describe
from deepen.search.search import SearchSettings, search

RULES = TicTacToe()


def nothing(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.zeros(len(planes), 9), torch.zeros(len(planes))


def test_it_tells_what_was_found() -> None:
    boards = RULES.begin(1)
    for move in (0, 1, 2, 3, 4, 5):
        boards = RULES.play(boards, torch.tensor([move]))
    boards = Boards.cat([RULES.begin(1), boards])
    found = search(RULES, boards, nothing, SearchSettings(simulations=9, proofs=False))
    told = describe(found, 1, depth=2, widest=3)
    assert json.loads(json.dumps(told)) == told
    assert told["move"] == RULES.word(6) and told["turn"] == 1 and told["simulations"] == 9
    assert told["principal"] == [RULES.word(6)]  # it wins at once
    assert told["moves"][0]["move"] == RULES.word(6)
    assert sum(m["visits"] for m in told["moves"]) == 9
    assert abs(sum(m["prior"] for m in told["moves"]) - 1) < 1e-6
    assert abs(sum(m["policy"] for m in told["moves"]) - 1) < 1e-6
    wins = told["moves"][0]
    assert wins["over"] and wins["value"] == 1 and wins["moves"] == []
    other = next(m for m in told["moves"] if m["move"] == RULES.word(7))
    assert not other["over"] and other["value"] == 0
    assert told["board"] == RULES.text(boards, 1)


def test_depth_and_width() -> None:
    found = search(RULES, RULES.begin(1), nothing, SearchSettings(simulations=60))
    told = describe(found, depth=3, widest=2)
    assert len(told["moves"]) == 2 and len(told["moves"][0]["moves"]) == 2
    assert told["moves"][0]["moves"][0]["moves"] and told["moves"][0]["moves"][0]["moves"][0]["moves"] == []
    assert "policy" not in told["moves"][0]["moves"][0]
    visits = [m["visits"] for m in told["moves"]]
    assert visits == sorted(visits, reverse=True)
    assert len(told["principal"]) >= 2 and told["principal"][0] == told["move"]


def test_a_finished_game() -> None:
    boards = RULES.begin(1)
    for move in (0, 3, 1, 4, 2):
        boards = RULES.play(boards, torch.tensor([move]))
    told = describe(search(RULES, boards, nothing, SearchSettings(simulations=3)))
    assert told["moves"] == [] and told["principal"] == [] and told["value"] == 1.0


def test_what_is_proven_is_told() -> None:
    """X X . / . O . / . . . with O to move: whatever it does but C3 loses."""
    boards = RULES.begin(1)
    for move in (0, 4, 1):
        boards = RULES.play(boards, torch.tensor([move]))
    told = describe(search(RULES, boards, nothing, SearchSettings(simulations=200)), widest=9)
    assert told["move"] == RULES.word(2)
    others = [m for m in told["moves"] if m["move"] != RULES.word(2)]
    assert len(others) == 5 and all(m["proven"] and m["value"] == -1.0 for m in others)
    boards = RULES.play(boards, torch.tensor([3]))
    told = describe(search(RULES, boards, nothing, SearchSettings(simulations=200)))
    assert told["proven"] and told["value"] == 1.0 and told["moves"][0]["proven"]
