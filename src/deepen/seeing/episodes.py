"""Moments of an environment: what a player sees while it plays, and the action values on which it acts.

Legend: N moments, B copies, S the shape of one observation, C channels, H rows, W columns, A actions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from deepen.compute import seeds
from deepen.environments.base import Environment
from deepen.environments.minatar.drawing import COLOURS, picture
from deepen.errors import DataError
from deepen.seeing.moments import Aim, Moments, unseen
from deepen.shapes import Grid, Vector

__all__ = ["Acting", "OfEpisodes", "Outputs", "play_episodes"]

_COPIES = 16  # that play at once (assumed)
_APART = 5  # steps from one moment that is kept to the next of the same copy: neighbours are alike (assumed)
_FEWEST = 4  # moments of which levels can be compared
_PATIENCE = 4  # times the steps that should suffice, after which what was found must do (assumed)


class Acting(Protocol):
    """The player of an environment, as far as it is asked here."""

    net: nn.Module
    shape: Vector | Grid
    environment: str

    @property
    def device(self) -> torch.device:
        """Where the net is."""

    def act(self, seen: Tensor) -> Tensor:
        """Give the best action (B,) for each observation (B, *S)."""

    def make(self, copies: int) -> Environment:
        """Make the environment anew."""


class Outputs(nn.Module):
    """Action values in one tensor, twice: less their mean, which is what tells actions apart, and as they are.

    Parameters
    ----------
    net
        Gives (B, A).
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor) -> Tensor:
        """Give (B, 2 A) of observations (B, *S)."""
        values = self.net(x)
        return torch.cat([values - values.mean(1, keepdim=True), values], 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class OfEpisodes(Moments):
    """Moments of episodes; the outputs are the action values.

    Parameters
    ----------
    raw
        (N, *S) as the environment gave them.
    nothing
        (*S) what a covered part becomes.
    action_names
        Of the A actions; empty where nobody knows them.
    """

    raw: Tensor
    nothing: Tensor
    action_names: tuple[str, ...] = ()

    def choice(self, k: int) -> str:
        """What an action is called."""
        return self.action_names[k] if self.action_names else f"action {k}"

    def start(self, row: int) -> Tensor:
        """The same for all."""
        return self.nothing

    def picture(self, row: int, side: int = 160) -> np.ndarray:
        """Draw kinds of things in colours, one or three channels as they are, of more the last in grey: the newest."""
        one = self.raw[row].cpu()
        if one.dtype is torch.bool and len(one) <= len(COLOURS):
            return np.asarray(picture(one.numpy()) / 255.0)
        return self.drawn(self.seen[row].cpu())

    def drawn(self, x: Tensor) -> np.ndarray:
        """Draw what the net reads (C, H, W), as :meth:`picture` does where pixels are seen."""
        shown = x if len(x) == 3 else x[-1:].expand(3, -1, -1)  # (3, H, W)
        bytes_seen = self.raw.dtype is torch.uint8
        low, high = (0.0, 1.0) if bytes_seen else (float(self.seen.min()), float(self.seen.max()))
        pixels = shown.permute(1, 2, 0).double().numpy()
        return np.asarray((pixels - low) / max(high - low, 1e-12))

    def decided(self, answers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Choose the action of the largest value."""
        ordered = np.sort(answers, axis=1)
        apart = ordered[:, -1] - ordered[:, -2] if answers.shape[1] > 1 else np.zeros(len(answers))
        return answers.argmax(axis=1), apart

    def aims(self, row: int, answer: np.ndarray) -> list[Aim]:
        """Explain by how much the chosen action's value is above the mean (the choice), and the value itself."""
        action, net = int(answer.argmax()), Outputs(self.net)
        return [
            Aim(net, action, f"{self.choice(action)}: {answer[action] - answer.mean():+.3g}", "choice"),
            Aim(net, len(answer) + action, f"value {answer[action]:.3g}", "value"),
        ]


def play_episodes(player: Acting, rows: int, seed: int) -> OfEpisodes:
    """Let a player play, greedily, and keep moments that differ.

    Parameters
    ----------
    rows
        N at the most.
    seed
        From which the episodes' beginnings follow.

    Raises
    ------
    DataError
        If it saw the same thing all the time.
    TrainingError
        If the environment fails.
    """
    environment = player.make(min(_COPIES, rows))
    kept: list[Tensor] = []
    told: list[tuple[int, int]] = []  # the episode and the step of each
    known: set[bytes] = set()
    copies = environment.copies
    episode, step_of = np.arange(copies), np.zeros(copies, np.int64)  # (B,)
    most = _PATIENCE * _APART * -(-rows // copies)
    try:
        with torch.no_grad():
            seen = environment.begin(seeds.derive(seed, "seeing"))
            for step in range(most):
                if step % _APART == 0:
                    new = unseen(known, seen)
                    kept.append(seen[new].clone())
                    told += [(int(episode[k]), int(step_of[k])) for k in new]
                    if len(told) >= rows:
                        break
                moved = environment.step(player.act(seen).to(environment.device))
                seen, done = moved.seen, moved.done.cpu().numpy()
                step_of = np.where(done, 0, step_of + 1)
                episode[done] = episode.max() + 1 + np.arange(done.sum())
    finally:
        environment.close()
    if len(told) < _FEWEST:
        raise DataError(
            "what is seen is nearly always the same",
            where=player.environment,
            came=f"{len(told)} moments that differ",
        )
    order = seeds.numpy_generator(seed, "seeing", "order").permutation(len(told))[:rows]
    raw = torch.cat(kept)[torch.from_numpy(order).to(seen.device)].to(player.device)
    reading = raw.float() / 255 if raw.dtype is torch.uint8 else raw.float()
    # Of kinds of things nothing is what is there when nothing is; of pixels and numbers what is there on average.
    nothing = torch.zeros_like(reading[0]) if raw.dtype is torch.bool else reading.mean(dim=0)
    n = len({told[k][0] for k in order})
    return OfEpisodes(
        net=player.net, shape=player.shape, seen=reading, raw=raw, nothing=nothing,
        observation_names=environment.observation_names, action_names=environment.action_names,
        names=tuple(f"episode {told[k][0] + 1}, step {told[k][1]}" for k in order),
        findings=(f"{len(order):,} moments of {n:,} episodes of {player.environment}, played by its best actions",),
    )  # fmt: skip
