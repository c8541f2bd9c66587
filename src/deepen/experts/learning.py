"""Learning to move as experts do: AlphaGo's first stage (Silver et al. 2016; Clark and Storkey 2015; Maddison 2015).

The policy learns the move that was played, by cross-entropy; the value what came of the game, with a small weight:
many positions share one result, and a net that learned it by heart would lose the moves (Silver et al. 2017).

Legend: B positions of a batch, C planes, H rows, W columns, A moves, S symmetries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.experts.replay import ExpertPositions
from deepen.games.rules import Rules
from deepen.nets.policy_value import PolicyValue

__all__ = ["VALUE_WEIGHT", "ExpertBatch", "ExpertBatches", "ExpertStep"]

VALUE_WEIGHT = 0.05
"""Of the value's loss beside the policy's cross-entropy; AlphaGo Zero took 0.01 for experts' games."""


@dataclass(frozen=True)
class ExpertBatch:
    """B positions on the device.

    Parameters
    ----------
    planes
        (B, C, H, W) float32.
    moves
        (B,) int64.
    outcome
        (B,) float32: NaN where nobody knows.
    """

    planes: Tensor
    moves: Tensor
    outcome: Tensor


class ExpertBatches:
    """Endless batches of positions, each once in an epoch, turned and mirrored by chance.

    Parameters
    ----------
    positions
        What is learned from.
    rules
        Which know the board's symmetries.
    size
        B.
    seed
        From which the order follows.
    device
        Where the planes are made.
    """

    def __init__(
        self, positions: ExpertPositions, rules: Rules[Any], *, size: int, seed: int, device: torch.device
    ) -> None:
        self._positions, self._rules, self._seed, self._device = positions, rules, seed, device
        self.size = min(size, len(positions))
        self._epoch, self._at = 0, 0
        self._order = self._shuffled()
        # Of each symmetry, where every move goes: the inverse of where it comes from.
        came = torch.stack([rules.turned_moves(s) for s in range(rules.symmetries)])
        self._goes = came.argsort(1).to(device)  # (S, A)

    @property
    def steps(self) -> int:
        """Batches in one epoch."""
        return max(1, len(self._positions) // self.size)

    def _shuffled(self) -> Tensor:
        generator = seeds.generator(self._seed, "epoch", self._epoch)
        return torch.randperm(len(self._positions), generator=generator)

    def next(self) -> ExpertBatch:
        """Give the next batch; of its positions a part each is turned by every symmetry."""
        if self._at + self.size > len(self._positions):
            self._epoch, self._at = self._epoch + 1, 0
            self._order = self._shuffled()
        rows = self._order[self._at : self._at + self.size]
        self._at += self.size
        planes = self._positions.planes.planes(rows, self._device)  # (B, C, H, W)
        moves = self._positions.moves[rows].to(self._device)
        each = -(-len(rows) // len(self._goes))
        parts = list(enumerate(zip(torch.split(planes, each), torch.split(moves, each), strict=True)))
        return ExpertBatch(
            torch.cat([self._rules.turned(x, s) for s, (x, _) in parts]),
            torch.cat([self._goes[s][m] for s, (_, m) in parts]),
            self._positions.outcome[rows].to(self._device),
        )

    def halve(self) -> bool:
        """Make the batches half as large."""
        if self.size < 2:
            return False
        self.size //= 2
        return True

    def state_dict(self) -> dict[str, Any]:
        """Where they stand."""
        return {"epoch": self._epoch, "at": self._at, "size": self.size}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._epoch, self._at, self.size = state["epoch"], state["at"], state["size"]
        self._order = self._shuffled()


class ExpertStep:
    """The loss of one batch: the policy's cross-entropy, and a little of the value's.

    Parameters
    ----------
    value_weight
        How much the value's counts.
    """

    def __init__(self, value_weight: float = VALUE_WEIGHT) -> None:
        self.value_weight = value_weight

    def __call__(self, net: nn.Module, batch: ExpertBatch) -> Tensor:
        """Give the loss."""
        assert isinstance(net, PolicyValue)
        logits, outcome = net.heads(batch.planes)
        policy = F.cross_entropy(logits.float(), batch.moves)
        known = ~batch.outcome.isnan()
        value = net.loss(outcome, batch.outcome.nan_to_num()) * known  # (B,)
        return policy + self.value_weight * value.sum() / known.sum().clamp(min=1)
