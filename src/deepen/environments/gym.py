"""Environments with Gymnasium's ``reset`` and ``step``, several copies in one process, one after another.

A loop of our own, since it can tell which copy failed at what and takes classes that inherit nothing. With its checks
and its tensors it makes 65,000, 115,000 and 129,000 steps of CartPole-v1 a second with 1, 8 and 32 copies, Gymnasium's
``SyncVectorEnv``, which has neither, 63,000, 115,000 and 130,000, ``AsyncVectorEnv`` 5,000 to 13,000 (measured, one
core, Gymnasium 1.4).

An episode that ends begins anew in the same step; ``terminated`` is ``ended``, ``truncated`` (a limit of time) is
``cut``. Observations are not scaled: that is the learner's part.

Legend: B copies, S the shape of one observation.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepen.compute import seeds
from deepen.config import between
from deepen.environments.base import Environment, Moved
from deepen.environments.checked import NOTHING, Guard
from deepen.environments.named import names_of
from deepen.environments.spaces import read_actions, read_observations
from deepen.errors import SettingError

__all__ = ["LONGEST", "Gym", "make", "package"]

LONGEST = (
    100_000  # steps of an episode (assumed): above Atari's 27,000, below what a wrong `terminated` would cost
)
SEEDS = 2**31  # what every generator takes


class Gym(Environment):
    """Copies of an environment with Gymnasium's ``reset`` and ``step``.

    Parameters
    ----------
    build
        Gives one environment; told for the first copy how it is to be drawn (``rgb_array``, ``ansi``), else None.
    name
        What it is called.
    copies
        B.
    device
        Where observations go.
    drawn
        How the first copy is drawn: ``rgb_array`` for :meth:`picture`, ``ansi`` for :meth:`text`, None for not at all.
    longest
        Longer episodes are cut.

    Raises
    ------
    SettingError
        If its actions are not discrete, or what is seen cannot be read.
    """

    def __init__(
        self,
        build: Callable[[str | None], Any],
        *,
        name: str,
        copies: int,
        device: torch.device | str = "cpu",
        drawn: str | None = None,
        longest: int = LONGEST,
    ) -> None:
        between("copies", copies, 1, float("inf"))
        between("longest", longest, 1, float("inf"))
        self.name, self.copies, self.device = name, copies, torch.device(device)
        self._drawn = drawn
        self._guard = Guard(name, longest)
        self._games = [build(drawn if copy == 0 else None) for copy in range(copies)]
        self._steps = [game.step for game in self._games]
        self._table = read_actions(self._games[0].action_space, name)
        self._reading = read_observations(self._games[0].observation_space, name)
        self.actions, self.shape = len(self._table), self._reading.shape
        self.observation_names, self.action_names = names_of(
            self._games[0], name, self._reading.size[0], self.actions
        )
        self.dtype = torch.from_numpy(np.empty(0, self._reading.dtype)).dtype
        self._all, self._here = (copies, *self._reading.size), self.device.type == "cpu"
        self._step = 0
        self._until = [0] * copies  # the step at which an episode is too long
        self._none = torch.zeros(copies, dtype=torch.bool, device=self.device)  # (B,)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was mended on the way."""
        return tuple(self._guard.notes)

    def note(self, *said: str) -> None:
        """Add to the notes."""
        self._guard.notes.extend(said)

    def begin(self, seed: int) -> Tensor:
        """Begin all copies anew: (B, *S)."""
        self._step = 0
        seen = self._block()
        for copy in range(self.copies):
            self._reset(copy, seen[copy], seeds.derive(seed, "copy", copy) % SEEDS)
        self._guard.numbers(0, None, seen)
        return self._sent(seen)

    def step(self, actions: Tensor) -> Moved:
        """Do an action (B,) in each copy."""
        chosen: list[int] = actions.tolist()
        if len(chosen) != self.copies or min(chosen) < 0 or max(chosen) >= self.actions:
            raise SettingError(
                "no such actions", where=self.name, allowed=f"{self.copies} from 0 to {self.actions - 1}",
                came=str(chosen),
            )  # fmt: skip
        self._step += 1
        table, until, now, write = self._table, self._until, self._step, self._reading.write
        seen, rewards = self._block(), np.empty(self.copies, np.float32)
        ends: list[int] = []  # the copies whose episode is over
        ended: list[int] = []  # and those of them that are over for good
        came: Any = NOTHING
        copy = 0
        try:
            for copy, step in enumerate(self._steps):
                came = NOTHING
                came = step(table[chosen[copy]])
                observation, rewards[copy], over, broken, _ = came
                write(seen[copy], observation)
                if over or broken or now >= until[copy]:
                    ends.append(copy)
                    if over:
                        ended.append(copy)
                    elif not broken:
                        self._guard.cut(now, copy)
        except Exception as error:
            raise self._guard.failed(now, copy, chosen, came, error) from error
        self._guard.numbers(now, chosen, seen, rewards)
        if not ends:
            first = self._sent(seen)
            return Moved(first, self._sent(rewards), self._none, self._none, first, over=False)
        last = seen.copy()
        for copy in ends:
            self._reset(copy, seen[copy])
        self._guard.numbers(now, None, seen)
        done, whole = np.zeros(self.copies, np.bool_), np.zeros(self.copies, np.bool_)
        done[ends], whole[ended] = True, True
        return Moved(
            self._sent(seen), self._sent(rewards), self._sent(whole), self._sent(done & ~whole), self._sent(last)
        )  # fmt: skip

    def picture(self) -> NDArray[np.uint8] | None:
        """Draw the first copy: (H, W, 3)."""
        if self._drawn != "rgb_array" or not hasattr(self._games[0], "render"):
            return None
        try:
            drawn = self._games[0].render()
        except Exception as error:
            if type(error).__name__ != "DependencyNotInstalled":
                raise
            raise _missing(self.name, error) from error
        if isinstance(drawn, list):  # of all frames since the last time
            drawn = drawn[-1] if drawn else None
        return np.asarray(drawn, np.uint8) if np.ndim(drawn) == 3 else None

    def text(self) -> str:
        """Show the first copy in a terminal, where it can show itself so."""
        if self._drawn != "ansi":
            return ""
        shown = self._games[0].render()
        return shown if isinstance(shown, str) else ""

    def close(self) -> None:
        """Close all copies."""
        for game in self._games:
            if hasattr(game, "close"):
                game.close()

    def _block(self) -> NDArray[Any]:
        """(B, *S), new at every step: who keeps one finds it unchanged."""
        return np.empty(self._all, self._reading.dtype)

    def _sent(self, array: NDArray[Any]) -> Tensor:
        """To the device; on the processor the same memory."""
        tensor = torch.from_numpy(array)
        return tensor if self._here else tensor.to(self.device)  # even a `to` that does nothing takes 0.5 us

    def _reset(self, copy: int, row: NDArray[Any], seed: int | None = None) -> None:
        """Begin an episode in one copy, and write what is seen first into its row (*S)."""
        came: Any = NOTHING
        try:
            came = self._games[copy].reset(seed=seed) if seed is not None else self._games[copy].reset()
            if not (isinstance(came, tuple) and len(came) == 2):
                raise TypeError("not a pair")  # an array of two numbers would unpack as well
            self._reading.write(row, came[0])
        except Exception as error:
            raise self._guard.failed(self._step, copy, None, came, error) from error
        self._until[copy] = self._step + self._guard.longest


def package() -> Any:
    """Import Gymnasium.

    Raises
    ------
    SettingError
        If it is not installed.
    """
    try:
        import gymnasium
    except ImportError as error:
        raise SettingError("needs the package gymnasium", mend="pip install 'deepen[play]'") from error
    return gymnasium


def make(
    name: str,
    copies: int,
    *,
    device: torch.device | str = "cpu",
    pictures: bool = False,
    longest: int = LONGEST,
    **settings: Any,
) -> Gym:
    """Make copies of an environment that is registered in Gymnasium.

    Parameters
    ----------
    name
        As in ``gymnasium.make``; ``package:Name-v0`` imports the package first.
    copies, device, longest
        As in :class:`Gym`.
    pictures
        Let the first copy be drawn as a picture; else as text, where it can be.
    settings
        Passed on to the environment.

    Raises
    ------
    SettingError
        If it is unknown, a package is missing, it does not take the settings, or cannot be learned here.

    Examples
    --------
    >>> environment = make("CartPole-v1", 2)
    >>> environment.shape, environment.actions, environment.begin(0).shape
    (Vector(n=4), 2, torch.Size([2, 4]))
    """
    if "render_mode" in settings:
        raise SettingError("is set by deepen", where="render_mode", mend="Use pictures=True.")
    notes: dict[str, None] = {}

    def build(drawn: str | None) -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            made = _made(name, {**settings, **({} if drawn is None else {"render_mode": drawn})})
        notes.update((said, None) for said in (_said(w.message) for w in caught) if said)
        return made

    drawn = "rgb_array" if pictures else "ansi"
    way = drawn if drawn in _ways_of_drawing(name) else None
    if way == "rgb_array":
        _draw_without_a_screen()
    environment = Gym(build, name=name, copies=copies, device=device, drawn=way, longest=longest)
    environment.note(*notes)
    return environment


def _draw_without_a_screen() -> None:
    """Tell SDL that there is no screen where there is none: it complains of one on the standard error otherwise."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")


def _made(name: str, settings: dict[str, Any]) -> Any:
    """Make one, and translate what may go wrong."""
    gymnasium = package()
    try:
        return gymnasium.make(name, disable_env_checker=True, **settings)
    except (gymnasium.error.DependencyNotInstalled, ModuleNotFoundError) as error:
        raise _missing(name, error) from error
    except Exception as error:
        came = " ".join(str(error).split())
        given = f" with {settings}" if settings else ""
        raise SettingError(
            f"cannot be made{given}", where=name, came=f"{type(error).__name__}: {came}"
        ) from error


def _ways_of_drawing(name: str) -> tuple[str, ...]:
    """How an environment can be drawn; nothing where it does not say."""
    gymnasium = package()
    module, _, rest = name.rpartition(":")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they come again when it is made
        try:
            if module:
                importlib.import_module(module)
            start = gymnasium.spec(rest).entry_point
            if isinstance(start, str):
                start = gymnasium.envs.registration.load_env_creator(start)
        except Exception:  # making it says what is wrong
            return ()
    about = getattr(start, "metadata", None)
    return tuple(about.get("render_modes") or ()) if isinstance(about, dict) else ()


def _missing(name: str, error: Exception) -> SettingError:
    """Say which package is missing, with the line that installs it."""
    lines = re.findall(r"pip install (?:\"[^\"]+\"|'[^']+'|[^\s`]+)", str(error))
    return SettingError(
        "needs a package that is not installed",
        where=name,
        came=" ".join(str(error).split()).rstrip("."),
        mend=f"Install it: {', then '.join(lines)}" if lines else "Install what provides it.",
    )


def _said(message: object) -> str:
    """What Gymnasium warned of, without its colours; nothing of other packages' warnings."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(message))
    return text.partition("WARN: ")[2].strip()
