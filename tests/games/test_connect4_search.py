from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from deepen.games import Connect4
from deepen.games.connect4_bits import from_boards, playable, threats
from deepen.games.connect4_search import Search


@pytest.mark.slow
def test_answers_do_not_hang_on_lanes_or_on_the_table(wander: Callable[..., Any]) -> None:
    """One lane without help, many that share their work, and a table so small that it forgets."""
    rules = Connect4()
    boards = wander(rules, rules.begin(500), 29, seed=4)
    own, filled = from_boards(boards[~boards.over])
    quiet = (threats(own, filled) & playable(filled)) == 0
    own, filled = own[quiet], filled[quiet]
    assert len(own) > 5
    answers = []
    for lanes, bits in ((1, 14), (16, 14), (300, 4)):
        search = Search(lanes=lanes, bits=bits)
        answers.append(torch.stack([search.ask(own, filled, torch.full_like(own, b)) for b in (0, 1, 3)]))
        assert search.looked >= len(own)
    assert torch.equal(answers[0], answers[1])
    assert torch.equal(answers[0], answers[2])
    assert not (answers[0][1] & ~answers[0][0]).any()  # who can win can draw
