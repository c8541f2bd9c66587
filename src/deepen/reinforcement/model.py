"""What :func:`deepen.play` gives for an environment: action values, and what it takes to act by them.

Legend: B copies of an environment, S the shape of one observation, A actions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from deepen import shapes
from deepen.config import between
from deepen.environments.base import Environment
from deepen.environments.find import make
from deepen.errors import SettingError
from deepen.model_card import ONE_TRAINING, made, measured
from deepen.nets.q_net import QNet
from deepen.records import Score
from deepen.reinforcement.evaluating import play_episodes, score
from deepen.shapes import Grid, Vector
from deepen.trained import Trained

__all__ = ["COPIES", "Player"]

COPIES = 16  # in which episodes are played for a score (assumed)


@dataclass(kw_only=True, repr=False)
class Player(Trained):
    """A trained player of an environment.

    Parameters
    ----------
    environment
        Its name, by which it is found again.
    making
        What it was made with, such as ``{"sticky": 0.25}``.
    method, settings
        How it was trained: ``dqn`` or ``pqn``, and the method's settings.
    net_settings
        Of the net, see :class:`~deepen.nets.q_net.QNet`.
    shape, actions
        Of what is seen, and how many actions there are.
    source
        The environment itself, where it is one that cannot be found by its name.
    """

    FORM: ClassVar[str] = "player"
    FOREIGN: ClassVar[str] = "holds no player of an environment"

    environment: str
    making: Mapping[str, Any]
    method: str
    settings: Mapping[str, Any]
    net_settings: Mapping[str, Any]
    shape: Vector | Grid
    actions: int
    source: Callable[..., Any] | None = None

    @torch.no_grad()
    def values(self, seen: np.ndarray | Tensor) -> Tensor:
        """Give the action values (B, A) of observations (B, *S): of rewards as the method scales and clips them."""
        values: Tensor = self.net(torch.as_tensor(seen).to(self.device)).float()
        return values

    def act(self, seen: np.ndarray | Tensor) -> Tensor:
        """Give the best action (B,) for each observation (B, *S)."""
        return self.values(seen).argmax(dim=1)

    def evaluate(
        self,
        episodes: int = 100,
        *,
        seed: int = 1_000_003,
        seconds: float = float("inf"),
        copies: int = COPIES,
    ) -> Score:
        """Play whole episodes, and give their returns with intervals.

        Parameters
        ----------
        episodes
            How many.
        seed
            From which their beginnings follow; others than those of the training and of its score.
        seconds
            After which no more are played, so that the score may stand on fewer.
        copies
            That step at once, at the most.

        Raises
        ------
        DataError
            If no episode came to its end in the time.
        SettingError
            If the environment cannot be made.
        TrainingError
            If the environment fails.
        """
        between("episodes", episodes, 1, 1e9)
        between("copies", copies, 1, 1e6)
        until = time.monotonic() + seconds
        with closing(self.make(min(copies, episodes))) as environment:
            found = play_episodes(
                environment, self.act, episodes, seed, stop=lambda: time.monotonic() > until
            )
        return score(
            found.returns, part=f"{len(found.returns)} episode{'s' * (len(found.returns) > 1)}", seed=seed
        )

    def make(self, copies: int, *, pictures: bool = False) -> Environment:
        """Make the environment anew, as it is for a score: whole episodes, rewards as they are.

        Raises
        ------
        SettingError
            If it cannot be found any more, or a package is missing.
        """
        world = self.environment if self.source is None else self.source
        found = make(world, copies, device=self.device, training=False, pictures=pictures, **self.making)
        if found.shape != self.shape or found.actions != self.actions:
            found.close()
            raise SettingError(
                "is not what it was when the player was trained", where=self.environment,
                allowed=f"{self.shape}, {self.actions} actions", came=f"{found.shape}, {found.actions} actions",
            )  # fmt: skip
        return found

    def watch(
        self, *, seed: int = 0, longest: int = 5000, pictures: bool = True
    ) -> Iterator[tuple[Any, str]]:
        """Play one episode, and give each moment of it: a picture (H, W, 3) uint8, or a text, and a line about it.

        The last line says what the episode came to; what stands above it is the moment before, since an episode that is
        over begins anew by itself.

        Parameters
        ----------
        seed
            Of the episode.
        longest
            Steps after which no more are shown.
        pictures
            Whether pictures are drawn; else what the environment shows in a terminal.

        Raises
        ------
        SettingError
            If the environment cannot be drawn.
        TrainingError
            If the environment fails.
        """
        with closing(self.make(1, pictures=pictures)) as environment:
            seen, total = environment.begin(seed), 0.0
            for step in range(longest + 1):
                shown = environment.picture() if pictures else environment.text()
                if shown is None:
                    raise SettingError(
                        "cannot be drawn", where=self.environment, mend="Watch it as text: without --out."
                    )
                values = self.values(seen)  # (1, A)
                yield shown, f"step {step}  return {total:g}  {self._hopes(values)}"
                if step == longest:
                    return
                moved = environment.step(values.argmax(dim=1))
                seen, total = moved.seen, total + moved.rewards.item()
                if moved.done.item():
                    ended = "over" if moved.ended.item() else "broken off"
                    yield shown, f"{ended} after {step + 1} steps  return {total:g}"
                    return

    def _hopes(self, values: Tensor) -> str:
        """Say what the best of action values (1, A) stands for: a discounted sum, in the environment's own rewards."""
        value = values.max().item() / self.settings.get("reward_scale", 1.0)
        how = ", clipped" if self.settings.get("clip_rewards") else ""
        return f"expects {value:.3g}, discounted{how}"

    def _specific(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "making": dict(self.making),
            "method": self.method,
            "settings": dict(self.settings),
            "net": dict(self.net_settings),
            "shape": shapes.to_dict(self.shape),
            "actions": self.actions,
        }

    @classmethod
    def _from_dict(cls, data: Mapping[str, Any], place: Path) -> Player:
        shape = shapes.from_dict(data["shape"])
        assert isinstance(shape, Vector | Grid)
        return cls(
            net=QNet(shape, data["actions"], **data["net"]), environment=data["environment"], making=data["making"],
            method=data["method"], settings=data["settings"], net_settings=data["net"], shape=shape,
            actions=data["actions"], **cls._common_from(data),
        )  # fmt: skip

    def _write_card(self, path: Path) -> None:
        lines = [
            f"# A player of {self.environment}", "",
            f"Trained by deepen with {self.method.upper()}, from what it saw and was rewarded for.", "",
            "```python", "import deepen", "", 'player = deepen.load("this-folder")',
            "there = player.make(4)               # four copies of the environment", "seen = there.begin(0)",
            "there.step(player.act(seen))         # the best action in each", "player.evaluate(episodes=100)", "```",
            "",
            "    deepen watch this-folder --out episode.mp4", "    deepen report this-folder", "",
        ]  # fmt: skip
        if "test" in self.scores:
            lines += [
                "## How good it is",
                "",
                *measured(self.scores, f"Over {self.score.part} with the best action always"),
            ]
        lines += ["## What to know", "", *(f"- {text}" for text in (*self.notes, ONE_TRAINING)), ""]
        lines += made(self.about, self.history)
        path.write_text("\n".join(lines), encoding="utf-8")
