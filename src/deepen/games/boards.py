"""Positions of a board game for two, many at once.

Legend: B boards, H rows, W columns.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor

__all__ = ["Boards"]


@dataclass(frozen=True, kw_only=True)
class Boards:
    """The positions of B games of one kind; every field is a tensor with B first.

    Parameters
    ----------
    stones
        (B, H, W) int8: 1 of the player who began, -1 of the other, 0 for an empty place.
    turn
        (B,) int8: whose move it is, 1 or -1; stays as it was once the game is over.
    moves
        (B,) int32: how many were made.
    over
        (B,) bool.
    winner
        (B,) int8: 1, -1, or 0 for a draw and for a game that is not over.
    last
        (B,) int32: the last move, -1 before the first.
    """

    stones: Tensor
    turn: Tensor
    moves: Tensor
    over: Tensor
    winner: Tensor
    last: Tensor

    def __len__(self) -> int:
        return len(self.turn)

    def __getitem__(self, rows: Tensor | slice | Sequence[int]) -> Self:
        """Some of them, in the order of ``rows``: a mask, places, or a slice."""
        return self.map(lambda x: x[rows])

    def map(self, change: Any) -> Self:
        """Apply a function of one tensor to every field."""
        return dataclasses.replace(
            self, **{f.name: change(getattr(self, f.name)) for f in dataclasses.fields(self)}
        )

    def to(self, device: torch.device | str) -> Self:
        """Bring them to a device."""
        return self.map(lambda x: x.to(device))

    def put(self, rows: Tensor, others: Self) -> Self:
        """Give boards in which those at ``rows``, a mask or places, are ``others``; these stay as they are."""
        changed = {}
        for f in dataclasses.fields(self):
            field = getattr(self, f.name).clone()
            field[rows] = getattr(others, f.name)
            changed[f.name] = field
        return dataclasses.replace(self, **changed)

    @classmethod
    def cat(cls, parts: Sequence[Self]) -> Self:
        """Lay several one behind the other."""
        first = parts[0]
        return dataclasses.replace(
            first,
            **{f.name: torch.cat([getattr(p, f.name) for p in parts]) for f in dataclasses.fields(first)},
        )

    @property
    def outcome(self) -> Tensor:
        """(B,) float32: what the game gave to the player whose ``turn`` it is: 1, 0 or -1."""
        return (self.winner * self.turn).float()
