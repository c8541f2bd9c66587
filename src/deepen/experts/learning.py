"""Learning to move as experts do: AlphaGo's first stage (Silver et al. 2016; Clark and Storkey 2015; Maddison 2015).

The policy learns the move that was played, by cross-entropy; the value what came of the game, with a small weight:
many positions share one result, and a net that learned it by heart would lose the moves (Silver et al. 2017).

Legend: N positions, B of a batch, C planes, H rows, W columns, A moves, G games.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.compute.precision import Precision
from deepen.evidence.intervals import percentile, replicates
from deepen.experts.replay import ExpertPositions
from deepen.games.rules import Rules
from deepen.nets.policy_value import PolicyValue
from deepen.records import Measure, Score

__all__ = [
    "VALUE_WEIGHT",
    "Answers",
    "ExpertBatch",
    "ExpertBatches",
    "ExpertStep",
    "answers",
    "commonest",
    "scored",
]

VALUE_WEIGHT = 0.05
"""Of the value's loss beside the policy's cross-entropy; AlphaGo Zero took 0.01 for experts' games."""

_SCORED_AT_ONCE = 256


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


@dataclass(frozen=True)
class Answers:
    """What a net says of N positions.

    Parameters
    ----------
    rank
        (N,) how many moves it likes as much as the expert's or better: 0 where it would have played the same.
    log_probability
        (N,) that it gives the expert's move, natural.
    value
        (N,) what it expects for the player whose turn it is.
    """

    rank: NDArray[np.int64]
    log_probability: NDArray[np.float64]
    value: NDArray[np.float64]


@torch.inference_mode()
def answers(
    net: nn.Module, positions: ExpertPositions, *, device: torch.device, precision: Precision | None = None
) -> Answers:
    """Ask a net about positions, in their own orientation."""
    precision = precision or Precision()
    rank, logs, values = [], [], []
    for rows in torch.split(torch.arange(len(positions)), _SCORED_AT_ONCE):
        with precision.autocast(device):
            logits, value = net(positions.planes.planes(rows, device))
        logits = logits.float()
        own = logits.gather(1, positions.moves[rows, None].to(device))  # (B, 1)
        rank.append((logits >= own).sum(1).cpu() - 1)
        logs.append((own[:, 0] - logits.logsumexp(1)).cpu())
        values.append(value.float().cpu())
    return Answers(
        torch.cat(rank).numpy(), torch.cat(logs).double().numpy(), torch.cat(values).double().numpy()
    )


def commonest(learned: Tensor, positions: ExpertPositions) -> Answers:
    """Answer every position with the moves (N,) that were played most often, whatever stands on the board."""
    actions = positions.planes.shape.h * positions.planes.shape.w + 1
    count = torch.bincount(learned, minlength=actions) + 1
    rank = count.argsort(descending=True, stable=True).argsort()
    own = positions.moves
    return Answers(rank[own].numpy(), (count.double() / count.sum()).log()[own].numpy(), np.zeros(len(own)))


def scored(
    said: Answers, positions: ExpertPositions, *, passing: int, part: str = "test", seed: int = 0
) -> Score:
    """Measure how often the net would have played as the expert did; intervals by games, drawn as wholes.

    Parameters
    ----------
    said, positions
        The answers, and what was asked.
    passing
        The move that passes: it is not counted, as in AlphaGo's figures.
    part, seed
        What the score is of, and from which the resamples follow.

    Returns
    -------
    Score
        ``accuracy``, ``top_5_accuracy``, ``log_loss`` of a move in nats, and ``winner_accuracy``: how often the sign of
        the value tells who won.
    """
    counted = positions.moves.numpy() != passing
    outcome = positions.outcome.numpy()
    decided = (
        counted & np.isfinite(outcome) & (outcome != 0) & said.value.any()
    )  # or it says nothing of winners
    figures = {
        "accuracy": (said.rank == 0, counted),
        "top_5_accuracy": (said.rank < 5, counted),
        "log_loss": (-said.log_probability, counted),
        "winner_accuracy": (said.value * outcome > 0, decided),
    }
    game = np.unique(positions.game.numpy(), return_inverse=True)[1]
    measures = {}
    for name, (figure, use) in figures.items():
        if use.any():
            measures[name] = _by_game(name, figure[use].astype(np.float64), game[use], seed)
    return Score(measures, part=part)


def _by_game(name: str, figure: NDArray[np.float64], game: NDArray[np.int64], seed: int) -> Measure:
    """Give a mean with the interval that games, not positions, being independent allows (n_g, R resamples)."""
    _, game = np.unique(game, return_inverse=True)
    n = int(game.max()) + 1
    total, count = np.bincount(game, figure, n), np.bincount(game, minlength=n).astype(np.float64)
    drawn = replicates(lambda w: (total @ w) / (count @ w), n, seed=seed)
    low, high = percentile(drawn, n) if n > 1 else (math.nan, math.nan)
    return Measure(name, float(figure.mean()), low, high, "bootstrap by game", len(figure))
