from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch

from deepen.games import Boards, Connect4
from deepen.games.connect4_solver import Connect4Solver

STEPS = ((1, 0), (0, 1), (1, 1), (1, -1))


@cache
def negamax(columns: tuple[tuple[int, ...], ...], turn: int, left: int) -> int:
    """The score to ``turn`` by the plainest recursion on columns of stones; ``left`` places are free."""
    best = -99 if left else 0
    for c, column in enumerate(columns):
        if len(column) == 6:
            continue
        after = (*columns[:c], (*column, turn), *columns[c + 1 :])
        won = four(after, c, len(column), turn)
        best = max(best, (left + 1) // 2 if won else -negamax(after, -turn, left - 1))
    return best


def four(columns: tuple[tuple[int, ...], ...], c: int, r: int, turn: int) -> bool:
    def mine(x: int, y: int) -> bool:
        return 0 <= x < 7 and 0 <= y < len(columns[x]) and columns[x][y] == turn

    return any(
        any(all(mine(c + (i - back) * dx, r + (i - back) * dy) for i in range(4)) for back in range(4))
        for dx, dy in STEPS
    )


def after(word: str) -> Boards:
    rules = Connect4()
    boards = rules.begin(1)
    for letter in word:
        boards = rules.play(boards, torch.tensor([rules.move(letter)]))
    return boards


def test_scores_values_and_best_moves_are_those_of_plain_recursion(wander: Callable[..., Any]) -> None:
    rules = Connect4()
    boards = wander(rules, rules.begin(120), 32, seed=2)
    boards = boards[~boards.over]
    assert len(boards) > 8
    solver = Connect4Solver(lanes=64, bits=14)
    scores, values = solver.scores(boards), solver.values(boards)
    best, soonest = solver.best(boards), solver.best(boards, soonest=True)
    truth = []
    for i in range(len(boards)):
        grid, turn = boards.stones[i].tolist(), int(boards.turn[i])
        columns = tuple(tuple(grid[r][c] for r in range(5, -1, -1) if grid[r][c]) for c in range(7))
        left = 42 - sum(len(c) for c in columns)
        truth.append(negamax(columns, turn, left))
        each = {}
        for c, column in enumerate(columns):
            if len(column) < 6:
                new = (*columns[:c], (*column, turn), *columns[c + 1 :])
                won = four(new, c, len(column), turn)
                each[c] = (left + 1) // 2 if won else -negamax(new, -turn, left - 1)
        top = max(each.values())
        sign = (top > 0) - (top < 0)
        assert soonest[i].nonzero()[:, 0].tolist() == [c for c, v in each.items() if v == top]
        assert best[i].nonzero()[:, 0].tolist() == [c for c, v in each.items() if (v > 0) - (v < 0) == sign]
    assert scores.tolist() == truth
    assert values.tolist() == [(t > 0) - (t < 0) for t in truth]
    assert len(set(values.tolist())) > 1


@pytest.mark.parametrize(
    ("word", "score"),
    # the first lines of Pascal Pons's test set "end, easy"
    [
        ("2252576253462244111563365343671351441", -1),
        ("7422341735647741166133573473242566", 1),
        ("23163416124767223154467471272416755633", 0),
    ],
)
def test_known_scores(word: str, score: int) -> None:
    assert Connect4Solver(lanes=64, bits=12).scores(after(word)).tolist() == [score]


def test_games_that_are_over() -> None:
    boards = after("1212121")
    solver = Connect4Solver(lanes=4, bits=8)
    assert solver.values(boards).tolist() == boards.outcome.tolist() == [1]
    assert solver.scores(boards).tolist() == [0]
    assert not solver.best(boards).any()
