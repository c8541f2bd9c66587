from __future__ import annotations

from functools import cache

import torch

from deepen.games import TicTacToe
from deepen.games.perfect import perfect

LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


@cache
def negamax(stones: tuple[int, ...], turn: int) -> int:
    """The value to ``turn``, by the plainest recursion."""
    if any(all(stones[i] == -turn for i in line) for line in LINES):
        return -1
    free = [i for i in range(9) if not stones[i]]
    return max((-negamax((*stones[:i], turn, *stones[i + 1 :]), -turn) for i in free), default=0)


def test_every_value_is_that_of_plain_recursion() -> None:
    solved, rules = perfect(), TicTacToe()
    boards, seen = rules.begin(1), 0
    for _ in range(9):
        row, move = rules.legal(boards).nonzero(as_tuple=True)
        before, boards = boards[row], rules.play(boards[row], move)
        keep = ~boards.over
        values, best = solved.value(before), solved.best(before)
        for i in range(0, len(before), 97):
            stones, turn = tuple(before.stones[i].flatten().tolist()), int(before.turn[i])
            assert values[i] == negamax(stones, turn)
            for m in range(9):
                if not stones[m]:
                    child = negamax((*stones[:m], turn, *stones[m + 1 :]), -turn)
                    assert bool(best[i, m]) == (-child == values[i])
                else:
                    assert not best[i, m]
            seen += 1
        boards = boards[keep]
    assert seen > 3000


def test_values_of_games_that_are_over() -> None:
    solved, rules = perfect(), TicTacToe()
    boards = rules.begin(1)
    for word in ("A1", "A2", "B1", "B2", "C1"):
        boards = rules.play(boards, torch.tensor([rules.move(word)]))
    assert solved.value(boards).tolist() == boards.outcome.tolist() == [1]
    assert not solved.best(boards).any()


def test_perfect_play_never_loses_to_any_reply() -> None:
    """All games are played in which one side makes any of its best moves, and the other any move at all."""
    solved, rules = perfect(), TicTacToe()
    for side in (1, -1):
        boards = rules.begin(1)
        wins = 0
        for _ in range(9):
            may = torch.where((boards.turn == side)[:, None], solved.best(boards), rules.legal(boards))
            row, move = may.nonzero(as_tuple=True)
            boards = rules.play(boards[row], move)
            assert not (boards.over & (boards.winner == -side)).any()
            wins += int((boards.winner == side).sum())
            boards = boards[~boards.over]
        assert wins > 0
        assert len(boards) == 0
