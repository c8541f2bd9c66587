"""How strong a net has become: games against itself as it was at the last look, and against chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import nn

from deepen.games.rules import Rules
from deepen.matches.chooser import Chooser, Choosing
from deepen.matches.matches import match
from deepen.matches.opponents import RandomMoves
from deepen.nets.policy_value import PolicyValue
from deepen.search.evaluating import evaluator
from deepen.search.search import SearchSettings
from deepen.selfplay.players import by_net, by_search

__all__ = ["strength"]


def strength(
    rules: Rules[Any],
    *,
    searching: SearchSettings,
    games: int = 32,
    moves: int = 2,
    seed: int = 0,
    opponents: Sequence[Chooser] = (),
) -> Callable[[nn.Module], dict[str, float]]:
    """Give what a training may look at: the net's points against others, all with the same openings.

    Parameters
    ----------
    searching
        How the net looks ahead; against its earlier self both do alike.
    games
        Against each opponent, half of them as the first player.
    moves
        Made by chance at the beginning.
    seed
        From which the openings follow.
    opponents
        More of them.

    Returns
    -------
    Callable
        Takes a net, and gives ``against_chance``, ``against_last`` (from the second look on), and ``against_`` each
        other opponent's name: the share of points.
    """
    last: list[Chooser] = []

    def figures(net: nn.Module) -> dict[str, float]:
        assert isinstance(net, PolicyValue)
        device, ask = next(net.parameters()).device, evaluator(net)

        def points(one: Chooser, other: Chooser) -> float:
            played = match(rules, one, other, games, seed=seed, opening=moves, device=device)
            if played.stopped:  # a match keeps what it has; a training must hear of it
                raise KeyboardInterrupt
            return played.score.value

        me = Choosing("last", rules, by_search(rules, ask, searching))
        chance = RandomMoves(rules, seed=seed)
        found = {"against_chance": points(Choosing("net", rules, by_net(rules, ask)), chance)}
        found |= {f"against_{other.name}": points(me, other) for other in (*last, *opponents)}
        last[:] = [me]
        return found

    return figures
