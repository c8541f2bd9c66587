"""The search trees of many games at once, as tensors: one slot of a table for each node.

What a node knows of its moves stands at the node, so that choosing among them reads one row of each table; a node of
its own is made for a move when it is first tried. All games' trees grow by a node in each simulation, so that slot s
belongs to simulation s in every game (the layout's idea is mctx's). Values are kept from the first player's side, and
turned to the side of whose turn it is where they are read; so nothing here asks that the players alternate.

Where games end below a node its value may be known for certain: a move that wins is enough, and one that is known to
lose is none. Such proofs are carried up as far as they go (Winands, Bjornsson and Saito 2008: Monte-Carlo tree search
solver).

Legend: B games, N nodes, A moves, D moves from the root down, F = B * N: all nodes in one row.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from deepen.games.boards import Boards
from deepen.games.rules import Rules

__all__ = ["LOW", "Edges", "Path", "Tree"]

# The logit of an illegal move: its probability is exactly 0 in float32, and a row of nothing else gives no NaN.
LOW = -1e9


@dataclass(frozen=True)
class Edges:
    """What one node of each game knows of its moves, from the side of whose turn it is there.

    Parameters
    ----------
    logits
        (B, A) the net's; ``LOW`` for an illegal move.
    visits
        (B, A) float32: simulations that went through the move.
    sums
        (B, A) of the values that they found.
    value
        (B,) the net's for the node itself; the true one where that is known.
    proven
        (B, A) bool: whose value is known for certain; nothing by default.
    """

    logits: Tensor
    visits: Tensor
    sums: Tensor
    value: Tensor
    proven: Tensor | None = None

    @cached_property
    def legal(self) -> Tensor:
        """(B, A) bool."""
        return self.logits > LOW

    @cached_property
    def q(self) -> Tensor:
        """(B, A): the mean value of each move; 0 where it was never tried."""
        return self.sums / self.visits.clamp(min=1)

    @cached_property
    def open(self) -> Tensor:
        """(B, A) bool: the legal moves that proofs leave to choose from.

        Those that win, where there is one; else those that do not lose, where there is one; else all.
        """
        if self.proven is None:
            return self.legal
        won, lost = self.proven & (self.q > 0.5), self.proven & (self.q < -0.5)
        saving = self.legal & ~lost
        saving = torch.where(saving.any(1, keepdim=True), saving, self.legal)
        return torch.where(won.any(1, keepdim=True), won, saving)


@dataclass(frozen=True)
class Path:
    """The way that one simulation took in each game, from the root to a node that is to be made.

    Parameters
    ----------
    nodes, moves, walked
        (D, B) each: where it was, in the row of all nodes; the move; and whether it was still on its way.
    parents, last
        (B,) each: the node that it ended at, and the move there that has no node yet, or one where the game is over.
    """

    nodes: Tensor
    moves: Tensor
    walked: Tensor
    parents: Tensor
    last: Tensor


class Tree:
    """The trees of B games with room for N nodes each; node 0 is the root.

    Parameters
    ----------
    rules
        Of the game.
    boards
        (B,) the roots' positions.
    nodes
        N.
    proofs
        Whether they are carried up.

    Attributes
    ----------
    boards
        (F,) the nodes' positions.
    turn, known, value
        (F,) whose turn it is, 1 or -1; whether the value is certain: the outcome of a game that is over, or proven; the
        value, else the net's, from the first player's side.
    logits, visits, sums, proven
        (F, A) of the moves, as in :class:`Edges`.
    above
        (F,) int64: the move that leads to the node, as its place in the row of all moves; -1 for a root.
    children
        (F, A) int64: the slot, from 1 to N - 1, of the node behind a move; -1 where there is none.
    size
        How many slots are in use.
    """

    def __init__(self, rules: Rules[Any], boards: Boards, nodes: int, *, proofs: bool = True) -> None:
        B, A, device = len(boards), rules.actions, boards.turn.device
        self.rules, self.games, self.nodes, self.size, self.proofs = rules, B, nodes, 0, proofs
        F = B * nodes
        self.boards: Boards = boards.map(lambda x: x.new_empty((F, *x.shape[1:])))
        self.turn = torch.zeros(F, device=device)
        self.known = torch.zeros(F, dtype=torch.bool, device=device)
        self.value = torch.zeros(F, device=device)
        self.logits = torch.full((F, A), LOW, device=device)
        self.visits = torch.zeros(F, A, device=device)
        self.sums = torch.zeros(F, A, device=device)
        self.proven = torch.zeros(F, A, dtype=torch.bool, device=device)
        self.above = torch.full((F,), -1, dtype=torch.int64, device=device)
        self.children = torch.full((F, A), -1, dtype=torch.int64, device=device)
        self.roots = torch.arange(B, device=device) * nodes  # (B,)

    @property
    def root(self) -> Edges:
        """What the roots know of their moves."""
        return self.edges(self.roots)

    def edges(self, at: Tensor) -> Edges:
        """Read one node (B,) of each game."""
        return Edges(
            self.logits.index_select(0, at),
            self.visits.index_select(0, at),
            self.sums.index_select(0, at),
            self.value.index_select(0, at) * self.turn.index_select(0, at),
            self.proven.index_select(0, at) if self.proofs else None,
        )

    def put(self, boards: Boards, legal: Tensor, logits: Tensor, values: Tensor) -> Tensor:
        """Fill the next slot in every game, and give its nodes (B,).

        Parameters
        ----------
        boards
            (B,) positions.
        legal
            (B, A) bool: their legal moves.
        logits
            (B, A) of the net; the illegal moves' count for nothing.
        values
            (B,) of the net, from the side of whose turn it is; where the game is over its outcome stands instead.
        """
        at = self.roots + self.size
        self.size += 1
        _write(self.boards, at, boards)
        turn = boards.turn.float()
        self.turn[at] = turn
        self.known[at] = boards.over
        self.value[at] = torch.where(boards.over, boards.winner.float(), values.float() * turn)
        self.logits[at] = logits.float().masked_fill(~legal, LOW)
        return at

    def child(self, nodes: Tensor, moves: Tensor) -> Tensor:
        """Give the slot behind a move of each node, -1 where there is none: (B,) of (B,)."""
        return self.children.view(-1).index_select(0, nodes * self.rules.actions + moves)

    def grow(self, path: Path, boards: Boards, legal: Tensor, logits: Tensor, values: Tensor) -> None:
        """Add what a simulation found to every move on its way, and the node at its end.

        Where the way ended at a node whose value is known, that node keeps its place.
        """
        before = self.child(path.parents, path.last)
        slot = self.size
        at = self.put(boards, legal, logits, values)
        edge = path.parents * self.rules.actions + path.last
        new = (before < 0) & ~self.known.index_select(0, path.parents)
        self.children.view(-1)[edge] = torch.where(new, slot, before)
        ended = torch.where(before < 0, at, self.roots + before)
        self._back_up(path, self.value.index_select(0, ended))
        if self.proofs:
            self.above[at] = torch.where(new, edge, -1)
            self._prove(at[new & boards.over])

    def _back_up(self, path: Path, value: Tensor) -> None:
        """Add values (B,), of the first player's side, along the way."""
        edges = (path.nodes * self.rules.actions + path.moves).view(-1)  # (D * B,)
        seen = value * self.turn[path.nodes]  # (D, B) from the side of whose turn it was
        walked = path.walked.float()
        self.visits.view(-1).index_add_(0, edges, walked.view(-1))
        self.sums.view(-1).index_add_(0, edges, (seen * walked).view(-1))

    def _prove(self, nodes: Tensor) -> None:
        """Carry what is known of nodes (K,) up: to a node with a move that wins, or whose moves are all known.

        What earlier simulations found of a move that is known now gives way to the truth. Each game has one of the
        nodes at the most, so no two of them meet above.
        """
        while len(nodes):
            edge = self.above[nodes]
            nodes, edge = nodes[edge >= 0], edge[edge >= 0]
            parents = edge // self.rules.actions
            exact = self.value[nodes] * self.turn[parents]
            self.proven.view(-1)[edge] = True
            self.sums.view(-1)[edge] = exact * self.visits.view(-1)[edge]
            moves = self.edges(parents)
            assert moves.proven is not None
            best = moves.q.masked_fill(~moves.proven, -2.0).amax(1)
            settled = (best == 1) | (moves.proven | ~moves.legal).all(1)
            nodes = parents[settled]
            self.value[nodes] = best[settled] * self.turn[nodes]
            self.known[nodes] = True


def _write(store: Boards, at: Tensor, boards: Boards) -> None:
    """Put boards (B,) at places of the store, in place."""
    for f in dataclasses.fields(store):
        getattr(store, f.name).index_copy_(0, at, getattr(boards, f.name))
