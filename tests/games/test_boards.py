from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from deepen.games import Boards, game


@pytest.mark.parametrize("name", ["connect4", "go:5"])
def test_some_boards_put_among_others(name: str, wander: Callable[..., Any]) -> None:
    rules = game(name)
    boards = wander(rules, rules.begin(6), 7)
    mask = torch.tensor([True, False, True, False, False, True])
    mixed = boards.put(mask, rules.begin(3))
    assert (mixed.moves == 0).tolist() == mask.tolist()
    assert torch.equal(mixed.stones[~mask], boards.stones[~mask])
    assert not mixed.stones[mask].any()
    assert bool((boards.moves > 0).all())
    again = mixed.put(torch.tensor([5, 0, 2]), boards[torch.tensor([5, 0, 2])])
    assert torch.equal(again.stones, boards.stones)


@pytest.mark.parametrize("name", ["connect4", "go:5"])
def test_parts_laid_together_are_the_whole(name: str, wander: Callable[..., Any]) -> None:
    rules = game(name)
    boards = wander(rules, rules.begin(6), 9)
    parts = [boards[:2], boards[[2]], boards[torch.arange(6) > 2]]
    assert [len(p) for p in parts] == [2, 1, 3]
    whole = type(boards).cat(parts)
    assert type(whole) is type(boards)
    assert torch.equal(rules.planes(whole), rules.planes(boards))


def test_the_outcome_is_seen_by_whose_turn_it_is() -> None:
    rules = game("tictactoe")
    boards = rules.begin(1)
    for word in ("A1", "A2", "B1", "B2", "C1"):
        boards = rules.play(boards, torch.tensor([rules.move(word)]))
    assert boards.over.tolist() == [True]
    assert (boards.winner.tolist(), boards.turn.tolist(), boards.outcome.tolist()) == ([1], [1], [1.0])
    assert isinstance(boards.to("cpu"), Boards)
