"""Small players: one whose net is known number by number, and one of a board game."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from torch import nn

from deepen.environments import make
from deepen.games import game
from deepen.matches.board_player import BoardPlayer
from deepen.nets.policy_value import PolicyValue
from deepen.search.search import SearchSettings
from deepen.shapes import Vector

WEIGHTS = torch.tensor([[1.0, -2.0, 0.0], [0.5, 1.0, 0.0]])  # (A, D): the third number does not count


class Walk:
    """Three numbers that drift by chance; an episode lasts nine steps."""

    action_space = 2

    def reset(self, seed=None):
        if seed is not None or not hasattr(self, "chance"):
            self.chance = torch.Generator().manual_seed(seed or 0)
        self.left = 9
        return self._seen(), {}

    def step(self, action):
        self.left -= 1
        return self._seen(), float(action), self.left == 0, False, {}

    def _seen(self):
        return torch.randn(3, generator=self.chance).tolist()


class Still(Walk):
    """Always the same."""

    def _seen(self):
        return [1.0, 2.0, 3.0]


def walker(world=Walk):
    """Give a player of such an environment whose action values are linear."""
    net = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 2, bias=False))
    with torch.no_grad():
        net[0].weight.copy_(torch.eye(3))
        net[1].weight.copy_(WEIGHTS)
    return SimpleNamespace(
        net=net, shape=Vector(3), environment="walk", device=torch.device("cpu"),
        act=lambda seen: net(seen.float()).argmax(1), make=lambda copies: make(world, copies),
    )  # fmt: skip


def board_player(name="tictactoe", simulations=4, seed=0):
    """Give a player whose net is drawn at random, its heads too."""
    torch.manual_seed(seed)
    rules, how = game(name), {"channels": 8, "blocks": 1}
    net = PolicyValue(rules.shape, rules.actions, **how).eval()
    for head in (net.policy_head, net.value_head):
        nn.init.normal_(head.weight)
    searching = SearchSettings(simulations=simulations) if simulations else None
    return BoardPlayer(net=net, game=name, net_settings=net.settings, searching=searching)
