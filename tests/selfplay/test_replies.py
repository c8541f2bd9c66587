"""Every reply: counted against known numbers."""

from __future__ import annotations

import pytest
import torch

from deepen.games.tictactoe import TicTacToe
from deepen.search.search import SearchSettings
from deepen.selfplay.players import by_search
from deepen.selfplay.replies import every_reply

RULES = TicTacToe()


def counted(stones: tuple[int, ...], turn: int, side: int) -> tuple[int, int, int]:
    """The same games, one at a time, by rules written down anew; the player takes the first free place."""
    lines = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]
    if any(stones[a] == stones[b] == stones[c] == -turn for a, b, c in lines):
        return (1, 0, 0) if side == -turn else (0, 0, 1)
    free = [i for i in range(9) if stones[i] == 0]
    if not free:
        return (0, 1, 0)
    found = [0, 0, 0]
    for i in free[:1] if turn == side else free:
        for k, n in enumerate(counted((*stones[:i], turn, *stones[i + 1 :]), -turn, side)):
            found[k] += n
    return found[0], found[1], found[2]


def test_the_first_free_place() -> None:
    player = lambda boards: RULES.legal(boards).float().argmax(1)  # noqa: E731
    for first in (True, False):
        assert every_reply(RULES, player, first=first) == counted((0,) * 9, 1, 1 if first else -1)


@pytest.mark.slow
def test_a_long_search_never_loses() -> None:
    nothing = lambda planes: (torch.zeros(len(planes), 9), torch.zeros(len(planes)))  # noqa: E731
    settings = SearchSettings(simulations=600, method="puct", first_play="zero")
    tally = every_reply(RULES, by_search(RULES, nothing, settings), first=True)
    assert tally.lost == 0 and tally.won > 0
