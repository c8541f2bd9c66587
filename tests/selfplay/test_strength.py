"""How strength is measured."""

from __future__ import annotations

import torch

from deepen.games.tictactoe import TicTacToe
from deepen.matches.openings import begun
from deepen.search.search import SearchSettings
from deepen.selfplay.players import by_chance, by_search
from deepen.selfplay.settings import AlphaZero
from deepen.selfplay.strength import score, strength

RULES = TicTacToe()


def nothing(planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.zeros(len(planes), 9), torch.zeros(len(planes))


def test_equals_share_the_points() -> None:
    me = by_search(RULES, nothing, SearchSettings(simulations=10))
    assert score(RULES, me, me, begun(RULES, 20, 2, 0)) == 0.5
    chance = by_chance(RULES, torch.Generator().manual_seed(0))
    assert score(RULES, me, chance, begun(RULES, 20, 2, 0)) > 0.7


def test_figures() -> None:
    torch.manual_seed(0)
    net = AlphaZero.of(RULES).net(RULES)
    look = strength(
        RULES, games=8, simulations=4, opponents={"same": by_search(RULES, nothing, SearchSettings())}
    )
    first, second = look(net.eval()), look(net)
    assert set(first) == {"against_chance", "against_same"}
    assert set(second) == {"against_chance", "against_last", "against_same"}
    assert second["against_last"] == 0.5  # nothing has changed
    assert first["against_chance"] == second["against_chance"]
