"""How often a net would have played as the expert did, with intervals that stand on games.

Legend: N positions, B of a batch, G games, R resamples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deepen.compute.precision import Precision
from deepen.evidence.intervals import percentile, replicates, wilson
from deepen.experts.replay import ExpertPositions
from deepen.records import Measure, Score

__all__ = ["Answers", "answers", "commonest", "scored"]

_AT_ONCE = 256  # positions
_UNBOUNDED = "log_loss"  # all other figures are shares
_ALIKE = 1e-9  # means of games that differ by less are the same but for rounding


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
    for rows in torch.split(torch.arange(len(positions)), _AT_ONCE):
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
    """Give a mean (of N) with the interval that games, not positions, being independent allows.

    Where all games are alike, as all are where nothing was found, resampling them teaches nothing. A share then gets
    Wilson's interval as if each game were one position: too wide, since a game holds many, but sure to be no narrower
    than it should, however much the positions of a game hang together. Another figure gets none.
    """
    _, game = np.unique(game, return_inverse=True)
    n, value = int(game.max()) + 1, float(figure.mean())
    total, count = np.bincount(game, figure, n), np.bincount(game, minlength=n).astype(np.float64)
    if np.ptp(total / count) > _ALIKE:
        drawn = replicates(lambda w: (total @ w) / (count @ w), n, seed=seed)  # (R,)
        return Measure(name, value, *percentile(drawn, n), "bootstrap by game", len(figure))
    if name == _UNBOUNDED:
        return Measure(name, value, value, value, "none", len(figure))
    return Measure(name, value, *wilson(value * n, n), "wilson by game", len(figure))
