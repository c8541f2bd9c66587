"""How strength is measured."""

from __future__ import annotations

import pytest
import torch

from deepen.games.tictactoe import TicTacToe
from deepen.matches.chooser import Choosing
from deepen.search.search import SearchSettings
from deepen.selfplay.players import by_search
from deepen.selfplay.settings import AlphaZero
from deepen.selfplay.strength import strength

RULES = TicTacToe()


def nothing(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.zeros(len(planes), 9), torch.zeros(len(planes))


def test_figures() -> None:
    torch.manual_seed(0)
    net = AlphaZero.of(RULES).net(RULES)
    strong = Choosing("strong", RULES, by_search(RULES, nothing, SearchSettings(simulations=60)))
    look = strength(RULES, games=8, searching=SearchSettings(simulations=4), opponents=[strong])
    first, second = look(net.eval()), look(net)
    assert set(first) == {"against_chance", "against_strong"}
    assert set(second) == {"against_chance", "against_last", "against_strong"}
    assert second["against_last"] == 0.5  # nothing has changed
    assert first["against_chance"] == second["against_chance"]
    assert first["against_strong"] < 0.5


def test_an_interruption_ends_the_look() -> None:
    def interrupted(boards: object) -> torch.Tensor:
        raise KeyboardInterrupt

    look = strength(
        RULES,
        searching=SearchSettings(simulations=16),
        games=2,
        opponents=[Choosing("slow", RULES, interrupted)],
    )
    with pytest.raises(KeyboardInterrupt):
        look(AlphaZero.of(RULES).net(RULES).eval())
