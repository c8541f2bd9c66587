"""``deepen.play``: from the rules of a game, or an environment, to a player."""

from __future__ import annotations

import difflib
import math
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from deepen.compute.device import pick, steady_memory
from deepen.compute.folders import check_writable
from deepen.compute.signals import StopFlag
from deepen.errors import SettingError, TrainingError
from deepen.games import names
from deepen.learning.budget import Budget, Clock
from deepen.learning.job import Job
from deepen.learning.watch import Silent, Watch
from deepen.matches.board_player import BoardPlayer
from deepen.reinforcement.model import Player
from deepen.trained import Trained
from deepen.training.options import DEFAULT_MINUTES
from deepen.verbs.load import load, no_player

__all__ = ["play"]


def play(
    world: Any,
    *,
    from_: Any = None,
    minutes: float | None = None,
    steps: int | None = None,
    method: str | None = None,
    size: str | float | None = None,
    settings: Mapping[str, Any] | None = None,
    making: Mapping[str, Any] | None = None,
    episodes: int = 100,
    seed: int = 0,
    device: str | None = None,
    checkpoints: str | Path | None = None,
    watch: Watch | None = None,
    stop: StopFlag | None = None,
    started: float | None = None,
) -> Trained:
    """Train a player by letting it play, inside the time named.

    Parameters
    ----------
    world
        A board game (``connect4``, ``go:9``, ``tictactoe``, ``gomoku``), an environment of Gymnasium
        (``CartPole-v1``), of Atari (``ALE/Pong-v5``) or of the MinAtar-like set (``MinAtar/breakout``), or an
        environment of one's own: a class, a function that makes one, or ``module:Class``.
    from_
        A player of this world, or its folder, to learn on from: its net, method and settings are taken over and its
        history goes on; the rate begins its schedule anew, and what it learns from is played by the trained net. A
        policy that was learned from experts' games goes on by playing against itself.
    minutes, steps
        The budget: minutes for all of it, five by default, or moves in the world.
    method
        ``dqn`` or ``pqn`` for environments, chosen by the environment unless it is said; ``alphazero`` for board games.
    size
        Of the net: tiny, small, medium, large, huge, or a number.
    settings
        Of the method: :class:`~deepen.reinforcement.dqn.DQN`, :class:`~deepen.reinforcement.pqn.PQN` or
        :class:`~deepen.selfplay.settings.AlphaZero`.
    making
        Of the environment, such as ``{"sticky": 0.25}``.
    episodes
        How many are played in the end for the score; fewer where the clock allows no more.
    seed
        From which everything random follows.
    device
        ``cpu``, ``cuda``...; the first GPU, if there is one, else the CPU.
    checkpoints
        A folder to keep the state in as it goes; a later call that asks the same goes on from there, with as many
        minutes or steps as it says.
    watch, stop, started
        As in :func:`deepen.train`.

    Returns
    -------
    Player or BoardPlayer
        With its score, an interval beside it, and what plays at random for comparison.

    Raises
    ------
    SettingError
        If there is no such world, a package is missing, or an option is wrong; or the player to learn on from is one of
        another world, or its net another than is asked for.
    FolderError
        If its folder is missing or damaged.
    TrainingError
        If the environment fails, or the training diverges whatever is done.
    Stopped
        If it was stopped before there was anything to keep.

    Examples
    --------
    >>> player = play("tictactoe", steps=100, size="tiny", episodes=2, settings={"simulations": 4})
    >>> player.score.headline.name
    'points'
    """
    clock_from = time.monotonic() if started is None else started
    if minutes is None and steps is None:
        minutes = DEFAULT_MINUTES
    Budget(minutes=minutes, steps=steps)  # refuses what is wrong before anything is made
    if minutes == math.inf:
        raise SettingError("playing needs a budget that ends", where="--minutes", came="inf")
    if episodes < 1:
        raise SettingError("at least one is needed for a score", where="--episodes", came=str(episodes))
    folder = Path(checkpoints) if checkpoints is not None else None
    if folder is not None:
        check_writable(folder)  # what is refused below leaves no folder behind
    steady_memory()
    job = Job(
        clock=Clock(math.inf if minutes is None else 60 * minutes, started=clock_from), device=pick(device), seed=seed,
        steps=math.inf if steps is None else steps, folder=folder, watch=watch or Silent(), stop=stop or StopFlag(),
    )  # fmt: skip
    how: dict[str, Any] = {"size": size, "settings": dict(settings or {})}
    board = _is_game(world)
    how["before"] = None if from_ is None else _player(from_, board=board, device=job.device)
    if board:
        if method not in (None, "alphazero"):
            raise SettingError(
                "board games are learned by one method",
                where="--method",
                allowed="alphazero",
                came=str(method),
            )
        if making:
            raise SettingError("a board game has nothing to set", where="making", came=", ".join(making))
        from deepen.selfplay.run import run as run_game

        return _kept(job, lambda: run_game(job, world, games=episodes, **how))
    from deepen.reinforcement.run import run as run_environment

    how |= {"method": method, "making": dict(making or {}), "episodes": episodes}
    return _kept(job, lambda: run_environment(job, world, **how))


def _player(from_: Any, *, board: bool, device: torch.device) -> Player | BoardPlayer:
    """Give the player to learn on from.

    Raises
    ------
    SettingError
        If it is none, or one of the other kind.
    """
    found = load(from_, device=str(device)) if isinstance(from_, str | Path) else from_
    if board and not isinstance(found, BoardPlayer):
        raise no_player(found, from_, board=True)
    if not board and isinstance(found, BoardPlayer):
        raise SettingError(
            "plays a board game", where="--from", allowed="a player of this world", came=found.game
        )
    if not isinstance(found, Player | BoardPlayer):
        raise no_player(found, from_)
    return found


def _kept(job: Job, run: Callable[[], Trained]) -> Trained:
    """Run; of a failure in the middle say where what was learned until then is kept."""
    try:
        return run()
    except TrainingError as error:
        steps = 0 if job.checkpoints is None else job.checkpoints.standing
        if steps:
            kept = f"What was learned in {steps:,} steps is kept in {job.folder}: the same call goes on from there."
            error.mend = f"{error.mend} {kept}".strip()
        raise


def _is_game(world: Any) -> bool:
    """Whether it is a board game's name.

    Raises
    ------
    SettingError
        If it is spelt nearly like one.
    """
    if not isinstance(world, str):
        return False
    first = world.split(":")[0]
    if first in names():
        return True
    if re.search(r"/|-v\d+$|:[A-Za-z_]", world):  # an environment's name, however like a game's
        return False
    close = difflib.get_close_matches(first.lower(), names(), n=1, cutoff=0.75)
    if close:
        raise SettingError(f"there is no game or environment {world!r}", mend=f"Did you mean {close[0]!r}?")
    return False
