"""Players, and matches between them."""

from __future__ import annotations

import torch

from deepen.games.boards import Boards
from deepen.games.connect4 import Connect4
from deepen.games.tictactoe import TicTacToe
from deepen.selfplay.players import by_chance, by_net, by_search, match
from deepen.selfplay.search import SearchSettings

RULES = TicTacToe()


def nothing(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.zeros(len(planes), 9), torch.zeros(len(planes))


def test_chance_wins_as_often_as_is_known() -> None:
    """Of all games by chance the first player wins 58.5 %, the second 28.8 % (enumerated by others)."""
    player = by_chance(RULES, torch.Generator().manual_seed(0))
    results = match(RULES, player, player, RULES.begin(20_000))
    assert abs((results == 1).float().mean() - 0.585) < 0.015
    assert abs((results == -1).float().mean() - 0.288) < 0.015


def test_the_result_is_of_whose_turn_it_was() -> None:
    """From a position where the second player moves and wins at once, the result is 1."""
    boards = RULES.begin(1)
    for move in (0, 3, 1, 4, 8):
        boards = RULES.play(boards, torch.tensor([move]))
    finish = by_search(RULES, nothing, SearchSettings(simulations=20))
    chance = by_chance(RULES)
    boards = Boards.cat([boards] * 32)
    assert match(RULES, finish, chance, boards).tolist() == [1.0] * 32
    assert match(RULES, chance, finish, RULES.begin(0)).tolist() == []


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
    searching = by_search(RULES, nothing, SearchSettings(simulations=60))
    chance = by_chance(RULES, torch.Generator().manual_seed(0))
    assert match(RULES, searching, chance, RULES.begin(60)).mean() > 0.9
    assert match(RULES, chance, searching, RULES.begin(60)).mean() < -0.3
