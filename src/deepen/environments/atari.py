"""Atari games as the deep Q-network saw them, many at once, stepped by threads of ale-py's ``AtariVectorEnv``.

The preprocessing of Mnih et al. (2015), "Human-level control through deep reinforcement learning", Methods: an action
is repeated for 4 frames, of the last two of which the brighter pixel is taken (Atari draws some objects in every other
frame only); luminance, shrunk to 84 x 84; the last 4 such pictures are what is seen, black ones before the first; a
game begins with up to 30 frames of doing nothing; while training, a lost life ends the episode but the game goes on.
Rewards are given as they are: clipping them is the learner's part.

Deviations, and what the paper leaves open:

- Pictures shrink by the mean over areas, as in Machado et al. (2018); DeepMind's program interpolated bilinearly.
- Between 0 and 30 frames of doing nothing, evenly; DeepMind's program drew from 1 to 30, and did nothing after a lost
  life as well.
- Luminance is ALE's own table for its palette.
- The smallest set of actions that a game needs, as in the paper; ``full=True`` gives all 18, as Machado et al. have it.
- Nobody presses FIRE for the net at the start, as nobody did then.
- No sticky actions, as in the paper; ``sticky=0.25`` is Machado et al.'s, and what ``ALE/...-v5`` has in Gymnasium.
- An episode is cut after 108,000 frames, half an hour. The paper evaluated 5 minutes: ``frames=18_000``.

Legend: B copies, H rows, W columns of a picture.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepen.compute import seeds
from deepen.config import Settings, between
from deepen.environments import gym
from deepen.environments.base import Environment, Moved
from deepen.errors import SettingError, nearest
from deepen.shapes import Grid

__all__ = ["Atari", "Playing", "games", "identity", "make"]

SKIP, STACK, SIDE = 4, 4, 84  # cited: Mnih et al. (2015), Extended Data Table 1 and Methods
FOR_TWO = {"combat", "joust", "maze_craze", "warlords"}  # ROMs that nobody can play alone
OLDEST = (0, 12)
PREFIX, SUFFIX = "ALE/", "-v5"


class Playing(Settings):
    """How the games are played.

    Parameters
    ----------
    sticky
        How probably the emulator repeats the last action instead, at each frame.
    noops
        Up to so many frames of doing nothing at the start.
    frames
        A longer game is cut.
    full
        All 18 actions, also those that do nothing new in this game.
    lives
        Whether a lost life ends an episode; None: while training.
    threads
        Of the emulators; None: one for each core that this process may use, up to one for each copy.
    """

    sticky: float = 0.0
    noops: int = 30
    frames: int = 108_000
    full: bool = False
    lives: bool | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        between("sticky", self.sticky, 0, 1)
        between("noops", self.noops, 0, 1000)
        between("frames", self.frames, SKIP, 2**30)
        if self.threads is not None:
            between("threads", self.threads, 1, 1024)


class Atari(Environment):
    """Copies of one Atari game; what is seen is ``Grid(4, 84, 84)`` in uint8, the oldest picture first.

    Parameters
    ----------
    game
        The ROM's name: ``pong``, ``ms_pacman``.
    copies, device
        As in :class:`~deepen.environments.base.Environment`.
    training
        Whether a lost life ends an episode, unless ``playing`` says so.
    pictures
        Whether :meth:`picture` can be asked, for which a second emulator plays the first copy's game in colour.
    playing
        How.
    """

    def __init__(
        self,
        game: str,
        copies: int,
        *,
        device: torch.device | str = "cpu",
        training: bool = True,
        pictures: bool = False,
        playing: Playing | None = None,
    ) -> None:
        from ale_py.vector_env import AtariVectorEnv

        between("copies", copies, 1, float("inf"))
        playing = playing or Playing()
        self.name, self.copies, self.device = identity(game), copies, torch.device(device)
        self.shape, self.dtype, self.stack = Grid(STACK, SIDE, SIDE), torch.uint8, STACK
        self._games = AtariVectorEnv(
            game,
            copies,
            num_threads=playing.threads or min(copies, _cores()),
            autoreset_mode="SameStep",
            img_height=SIDE,
            img_width=SIDE,
            stack_num=STACK,
            frameskip=SKIP,
            noop_max=playing.noops + 1,  # it draws from 0 to one below
            use_fire_reset=False,
            # `episodic_life` would begin a new game at each lost life, so that what comes later is never seen.
            life_loss_info=training if playing.lives is None else playing.lives,
            reward_clipping=False,
            max_num_frames_per_episode=playing.frames,
            repeat_action_probability=playing.sticky,
            full_action_space=playing.full,
        )
        every = self._games.ale.get_action_set()
        self.actions, self.action_names = len(every), tuple(action.name.lower() for action in every)
        self._screen = _Screen(game, playing) if pictures else None
        self._frame = self._lives = np.zeros(copies, np.int32)  # (B,): of the episode; left

    def begin(self, seed: int) -> Tensor:
        """Begin all copies anew: (B, 4, 84, 84)."""
        own = np.array([seeds.derive(seed, "copy", copy) % 2**31 for copy in range(self.copies)], np.int64)
        seen, about = self._games.reset(seed=own)
        self._frame, self._lives = about["episode_frame_number"], about["lives"]
        if self._screen is not None:
            self._screen.begin(int(own[0]), int(self._frame[0]))
        return torch.from_numpy(seen).to(self.device)

    def step(self, actions: Tensor) -> Moved:
        """Do an action (B,) in each copy, for 4 frames."""
        chosen = actions.cpu().numpy()
        if chosen.shape != (self.copies,) or chosen.min() < 0 or chosen.max() >= self.actions:
            raise SettingError(
                "no such actions", where=self.name, allowed=f"{self.copies} from 0 to {self.actions - 1}",
                came=str(chosen),
            )  # fmt: skip
        seen, rewards, ended, cut, about = self._games.step(chosen.astype(np.int64, copy=False))
        frame, lives = about["episode_frame_number"], about["lives"]
        # A new game began unless this one went on for all its frames; a lost life alone begins none.
        went_on = (frame == self._frame + SKIP) & (~(ended | cut) | (lives < self._lives))
        self._frame, self._lives = frame, lives
        if self._screen is not None:
            self._screen.step(int(chosen[0]), None if went_on[0] else int(frame[0]))
        first = torch.from_numpy(seen).to(self.device)
        last = first
        if not went_on.all():
            final = seen.copy()
            final[~went_on] = about["final_obs"][~went_on]
            last = torch.from_numpy(final).to(self.device)
        return Moved(
            first,
            torch.from_numpy(rewards.astype(np.float32)).to(self.device),
            torch.from_numpy(ended).to(self.device),
            torch.from_numpy(cut & ~ended).to(self.device),
            last,
        )

    def picture(self) -> NDArray[np.uint8] | None:
        """Show the first copy's screen in colour: (210, 160, 3); None unless pictures were asked for."""
        return None if self._screen is None else self._screen.picture()

    def close(self) -> None:
        """End the emulators and their threads."""
        self._games.close()


class _Screen:
    """The first copy's screen in colour, which the vector of games does not give.

    Another emulator with the same seed plays the same actions frame by frame. The emulator is deterministic, sticky
    actions included, whose draws follow from its seed; so both are always at the same frame of the same game.
    """

    def __init__(self, game: str, playing: Playing) -> None:
        from ale_py import ALEInterface, LoggerMode, roms

        ALEInterface.setLoggerMode(LoggerMode.Error)
        self._emulator, self._rom = ALEInterface(), str(roms.get_rom_path(game))
        self._emulator.setFloat("repeat_action_probability", playing.sticky)
        self._full, self._frames = playing.full, playing.frames

    def begin(self, seed: int, frames: int) -> None:
        """Begin with a seed, and do nothing for so many frames."""
        self._emulator.setInt("random_seed", seed)
        self._emulator.loadROM(self._rom)
        every = self._emulator.getLegalActionSet if self._full else self._emulator.getMinimalActionSet
        self._actions = every()
        self._again(frames)

    def step(self, action: int, begun: int | None) -> None:
        """Do an action; where a new game ``begun``, its frames so far, of doing nothing."""
        left = min(SKIP, self._frames - self._played)
        for _ in range(left):
            self._emulator.act(self._actions[action])  # does nothing once the game is over
        self._played += left
        if begun is not None:
            self._again(begun)

    def picture(self) -> NDArray[np.uint8]:
        screen: NDArray[np.uint8] = self._emulator.getScreenRGB()
        return screen

    def _again(self, frames: int) -> None:
        from ale_py import Action

        self._played = 0  # frames since the net plays
        self._emulator.reset_game()
        for _ in range(frames):
            self._emulator.act(Action.NOOP)


def make(
    name: str,
    copies: int,
    *,
    device: torch.device | str = "cpu",
    training: bool = True,
    pictures: bool = False,
    **playing: Any,
) -> Atari:
    """Make copies of an Atari game.

    Parameters
    ----------
    name
        ``ALE/Pong-v5``; the version may be left out.
    copies, device, training, pictures
        As in :class:`Atari`.
    playing
        As in :class:`Playing`.

    Raises
    ------
    SettingError
        If there is no such game, or ale-py or Gymnasium, which its vector of games needs, is missing.

    Examples
    --------
    >>> environment = make("ALE/Pong-v5", 2)
    >>> environment.shape, environment.actions, environment.begin(0).dtype
    (Grid(c=4, h=84, w=84), 6, torch.uint8)
    >>> environment.close()
    """
    known = games()
    core = name.removeprefix(PREFIX).removesuffix(SUFFIX)
    game = next((rom for rom in known if identity(rom) == f"{PREFIX}{core}{SUFFIX}"), None)
    if game is None:
        raise SettingError(f"{name!r} is not an Atari game", mend=nearest(name, map(identity, known)))
    settings = Playing.from_dict(playing)
    gym.package()
    return Atari(game, copies, device=device, training=training, pictures=pictures, playing=settings)


def games() -> list[str]:
    """List the ROMs that come with ale-py and can be played alone.

    Raises
    ------
    SettingError
        If ale-py is missing, or older than 0.12: those end the process when a game does (seen with 0.11.2).

    Examples
    --------
    >>> "pong" in games()
    True
    """
    try:
        from ale_py import __version__, roms
    except ImportError as error:
        raise SettingError("needs the package ale-py", mend="pip install 'deepen[play]'") from error
    if tuple(int(part) for part in __version__.split(".")[:2]) < OLDEST:
        raise SettingError(
            "the package ale-py is too old",
            allowed="0.12 or newer",
            came=__version__,
            mend="pip install -U ale-py",
        )
    return sorted(set(roms.get_all_rom_ids()) - FOR_TWO)


def identity(rom: str) -> str:
    """Give a ROM's name in Gymnasium.

    Examples
    --------
    >>> identity("ms_pacman")
    'ALE/MsPacman-v5'
    """
    return f"{PREFIX}{rom.title().replace('_', '')}{SUFFIX}"


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
