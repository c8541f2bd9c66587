"""How strong a net has become: games against itself as it was at the last look, and against chance.

Legend: B games.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from deepen.compute import seeds
from deepen.games.boards import Boards
from deepen.games.rules import Rules
from deepen.matches.openings import begun
from deepen.nets.policy_value import PolicyValue
from deepen.search.evaluating import evaluator
from deepen.search.search import Evaluate, SearchSettings
from deepen.selfplay.players import Player, by_chance, by_net, by_search, match

__all__ = ["score", "strength"]


def score(rules: Rules[Any], one: Player, other: Player, boards: Boards) -> float:
    """Give the share of points that ``one`` wins when both play each position from both sides."""
    results = torch.cat([match(rules, one, other, boards), -match(rules, other, one, boards)])
    return (results.mean().item() + 1) / 2


def strength(
    rules: Rules[Any],
    *,
    games: int = 32,
    moves: int = 2,
    simulations: int = 16,
    seed: int = 0,
    opponents: Mapping[str, Player] | None = None,
) -> Callable[[nn.Module], dict[str, float]]:
    """Give what a training may look at: the net's points against others, all with the same openings.

    Parameters
    ----------
    games
        Against each opponent, half of them as the first player.
    moves
        Made by chance at the beginning.
    simulations
        Of the net's search; against its earlier self both have as many.
    seed
        From which the openings follow.
    opponents
        More of them, by name.

    Returns
    -------
    Callable
        Takes a net, and gives ``against_chance``, ``against_last`` (from the second look on), and ``against_`` each
        other opponent: the share of points.
    """
    last: list[Evaluate] = []
    settings = SearchSettings(simulations=simulations)

    def figures(net: nn.Module) -> dict[str, float]:
        assert isinstance(net, PolicyValue)
        device = next(net.parameters()).device
        ask = evaluator(net)
        boards = begun(rules, max(1, games // 2), moves, seed).to(device)
        me = by_search(rules, ask, settings)
        chance = by_chance(rules, seeds.generator(seed, "chance", device=device))
        found = {"against_chance": score(rules, by_net(rules, ask), chance, boards)}
        if last:
            found["against_last"] = score(rules, me, by_search(rules, last[0], settings), boards)
        for name, opponent in (opponents or {}).items():
            found[f"against_{name}"] = score(rules, me, opponent, boards)
        last[:] = [ask]
        return found

    return figures
