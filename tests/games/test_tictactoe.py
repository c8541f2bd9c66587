from __future__ import annotations

from types import ModuleType

import torch

from deepen.games import TicTacToe


def test_all_255168_games() -> None:
    """Every game is played: the known numbers of games by who wins."""
    rules = TicTacToe()
    boards, ended = rules.begin(1), {1: 0, -1: 0, 0: 0}
    by_length = []
    while len(boards):
        row, move = rules.legal(boards).nonzero(as_tuple=True)
        boards = rules.play(boards[row], move)
        for who in ended:
            ended[who] += int((boards.over & (boards.winner == who)).sum())
        by_length.append(int(boards.over.sum()))
        boards = boards[~boards.over]
    assert ended == {1: 131184, -1: 77904, 0: 46080}
    assert by_length == [0, 0, 0, 0, 1440, 5328, 47952, 72576, 127872]


def test_a_row_on_the_last_place_wins() -> None:
    rules = TicTacToe()
    boards = rules.begin(1)
    for move in (0, 1, 2, 3, 4, 6, 5, 8, 7):  # full, no row
        boards = rules.play(boards, torch.tensor([move]))
    assert (boards.over.tolist(), boards.winner.tolist()) == ([True], [0])
    boards = rules.begin(1)
    for move in (0, 1, 2, 3, 4, 5, 7, 6, 8):
        boards = rules.play(boards, torch.tensor([move]))
    assert (boards.over.tolist(), boards.winner.tolist()) == ([True], [1])


def test_rules_are_openspiels(against: ModuleType) -> None:
    seen = against.compare("tictactoe", games=50)
    assert seen.disagreements == 0, seen.first
    assert (seen.games, seen.moves > 250) == (50, True)
