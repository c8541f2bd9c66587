"""Who makes moves on many boards at once, as a net is asked: by the net alone, or by search.

Legend: B boards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from deepen.games.boards import Boards
from deepen.games.rules import Rules
from deepen.search.search import Evaluate, SearchSettings, search

__all__ = ["Player", "by_net", "by_search"]

Player = Callable[[Any], Tensor]
"""Gives a legal move (B,) for each of B boards; where a game is over, any number."""


def by_net(rules: Rules[Any], evaluate: Evaluate) -> Player:
    """Make the likeliest legal move of the net's policy, without any search."""

    def move(boards: Boards) -> Tensor:
        legal = rules.legal(boards)
        logits, _ = evaluate(rules.planes(boards, legal))
        return logits.masked_fill(~legal, -torch.inf).argmax(1)

    return move


def by_search(rules: Rules[Any], evaluate: Evaluate, settings: SearchSettings) -> Player:
    """Make the move that a search without noise finds best."""

    def move(boards: Boards) -> Tensor:
        return search(rules, boards, evaluate, settings).move

    return move
