"""Tree search without a net: upper confidence bounds, and games played to the end by chance, on many boards at once.

The rule is UCT (Kocsis and Szepesvári 2006): at a node that was visited n times go to the move with the largest
Q + c sqrt(ln n / n_a), moves never tried first; then play by chance, and count the result on the way back. It is what
AlphaGo's line is measured against, and needs nothing learned. Nothing is proven: a move that wins at once is only
liked best after it was tried.

Legend: B boards, A moves, M nodes of a tree, D depth, R boards still playing.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from deepen.compute import seeds
from deepen.config import between
from deepen.games.boards import Boards
from deepen.games.rules import Rules

__all__ = ["Rollouts", "by_chance", "play_out"]

_FIRST = 1e6  # a bound above all others: moves never tried come first


def by_chance(legal: Tensor, generator: torch.Generator | None) -> Tensor:
    """Draw one of the legal moves (B, A) each, all equally likely: (B,); 0 where there is none.

    Examples
    --------
    >>> by_chance(torch.tensor([[False, True], [False, False]]), torch.Generator()).tolist()
    [1, 0]
    """
    weights = legal.float()
    weights[:, 0] += ~legal.any(1)
    return torch.multinomial(weights, 1, generator=generator)[:, 0]


def play_out(rules: Rules[Any], boards: Boards, generator: torch.Generator) -> Tensor:
    """Play each board to its end by chance, and give who won: (B,) float32, 1 for the one who began the game."""
    winner = boards.winner.float()
    rows = (~boards.over).nonzero()[:, 0]  # (R,)
    left = boards[rows]
    while len(rows):
        left = rules.play(left, by_chance(rules.legal(left), generator))
        if bool(left.over.any()):
            winner[rows] = left.winner.float()
            going = ~left.over
            rows, left = rows[going], left[going]
    return winner


class Rollouts:
    """Chooses the move most visited by UCT.

    Parameters
    ----------
    rules
        Of the game.
    simulations
        Games played by chance for each move.
    exploration
        The constant c.
    seed
        From which all chance follows.

    Examples
    --------
    >>> from deepen.games import TicTacToe
    >>> rules = TicTacToe()
    >>> boards = rules.begin(1)
    >>> for word in ("A3", "A1", "B3", "B1"):  # the one to move wins at C3
    ...     boards = rules.play(boards, torch.tensor([rules.move(word)]))
    >>> rules.word(int(Rollouts(rules, simulations=50).choose(boards)))
    'C3'
    """

    def __init__(
        self, rules: Rules[Any], *, simulations: int = 100, exploration: float = 2.0, seed: int = 0
    ) -> None:
        between("simulations", simulations, 1, 1_000_000)
        between("exploration", exploration, 0, 1000)
        self.rules, self.simulations, self.exploration = rules, simulations, exploration
        self.name = f"mcts:{simulations}"
        self._seed, self._generators = seed, dict[torch.device, torch.Generator]()

    def choose(self, boards: Any) -> Tensor:
        """Give a move (B,) for each board."""
        visits, worth = self.searched(boards)
        # Of moves as often visited the better one; shares lie within -1 and 1.
        return (visits + worth / visits.clamp(min=1) / 4).masked_fill(visits == 0, -1).argmax(1)

    def searched(self, boards: Any) -> tuple[Tensor, Tensor]:
        """Search, and give the root's visits (B, A) and the sums of what came of them for whose turn it is (B, A)."""
        device, B, A = boards.turn.device, len(boards), self.rules.actions
        chance = self._generator(device)
        M = self.simulations + 1
        tree = _Tree(B, M, A, device)
        every = torch.arange(B, device=device)
        tree.legal[every, 0] = self.rules.legal(boards)
        for made in range(1, M):
            ends, path = self._down(tree, boards, made, chance)
            result = play_out(self.rules, ends, chance)  # (B,)
            for rows, nodes, moves, turns in path:
                tree.visits[rows, nodes, moves] += 1
                tree.worth[rows, nodes, moves] += result[rows] * turns
        return tree.visits[:, 0], tree.worth[:, 0]

    def _down(
        self, tree: _Tree, boards: Any, made: int, chance: torch.Generator
    ) -> tuple[Any, list[tuple[Tensor, Tensor, Tensor, Tensor]]]:
        """Go down from the roots to a move never tried, which becomes node ``made``, or to the end of the game."""
        path = []
        ends = boards
        rows = (~boards.over).nonzero()[:, 0]  # (R,) that are still on their way
        nodes = torch.zeros_like(rows)
        here = boards[rows]
        while len(rows):
            moves = self._best(tree, rows, nodes, chance)  # (R,)
            path.append((rows, nodes, moves, here.turn.float()))
            here = self.rules.play(here, moves)
            below = tree.child[rows, nodes, moves]  # (R,) -1 where there is none yet
            fresh = below < 0
            if bool(fresh.any()):
                tree.child[rows[fresh], nodes[fresh], moves[fresh]] = made
                tree.legal[rows[fresh], made] = self.rules.legal(here[fresh])
            done = fresh | here.over
            ends = ends.put(rows[done], here[done])
            rows, nodes, here = rows[~done], below[~done], here[~done]
        return ends, path

    def _best(self, tree: _Tree, rows: Tensor, nodes: Tensor, chance: torch.Generator) -> Tensor:
        visits, worth = tree.visits[rows, nodes], tree.worth[rows, nodes]  # (R, A) each
        total = visits.sum(1, keepdim=True).clamp(min=1)
        bound = worth / visits + self.exploration * (total.log() / visits).sqrt()
        untried = _FIRST + torch.rand(visits.shape, generator=chance, device=visits.device)
        bound = torch.where(visits == 0, untried, bound)
        return bound.masked_fill(~tree.legal[rows, nodes], -math.inf).argmax(1)

    def _generator(self, device: torch.device) -> torch.Generator:
        if device not in self._generators:
            self._generators[device] = seeds.generator(self._seed, "rollouts", device=device)
        return self._generators[device]


class _Tree:
    """The trees of B boards, as tables of M nodes with A moves each; the root is node 0."""

    def __init__(self, B: int, M: int, A: int, device: torch.device) -> None:
        self.visits = torch.zeros(B, M, A, device=device)
        self.worth = torch.zeros(B, M, A, device=device)  # sums, for whose turn it is at the node
        self.child = torch.full((B, M, A), -1, dtype=torch.int32, device=device)
        self.legal = torch.zeros(B, M, A, dtype=torch.bool, device=device)
