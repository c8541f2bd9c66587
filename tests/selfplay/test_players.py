"""Players by the net alone and by search."""

from __future__ import annotations

import torch

from deepen.games.boards import Boards
from deepen.games.connect4 import Connect4
from deepen.games.tictactoe import TicTacToe
from deepen.matches.chooser import Choosing
from deepen.matches.matches import match
from deepen.matches.opponents import RandomMoves
from deepen.search.search import SearchSettings
from deepen.selfplay.players import by_net, by_search

RULES = TicTacToe()


def nothing(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.zeros(len(planes), 9), torch.zeros(len(planes))


def test_a_win_is_taken_at_once() -> None:
    boards = RULES.begin(1)
    for move in (0, 3, 1, 4, 8):
        boards = RULES.play(boards, torch.tensor([move]))
    finish = by_search(RULES, nothing, SearchSettings(simulations=20))
    boards = Boards.cat([boards] * 3)
    assert RULES.play(boards, finish(boards)).winner.tolist() == [-1] * 3


def test_the_net_alone_takes_the_likeliest_legal_move() -> None:
    prefers = lambda planes: (torch.arange(7.0).expand(len(planes), 7), torch.zeros(len(planes)))  # noqa: E731
    rules = Connect4()
    player, boards = by_net(rules, prefers), rules.begin(1)
    moves = []
    for _ in range(7):
        moves.append(player(boards).item())
        boards = rules.play(boards, torch.tensor([moves[-1]]))
    assert moves == [6] * 6 + [5]


def test_search_beats_chance() -> None:
    searching = Choosing("search", RULES, by_search(RULES, nothing, SearchSettings(simulations=60)))
    assert match(RULES, searching, RandomMoves(RULES), 60).score.value > 0.85
