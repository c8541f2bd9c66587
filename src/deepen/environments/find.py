"""From a name, a class or a function to an environment.

==============================  ==============================================================
``MinAtar/breakout``            :mod:`deepen.environments.minatar`, tensors
``ALE/Pong-v5``                 :mod:`deepen.environments.atari`
``CartPole-v1``                 :mod:`deepen.environments.gym`, whatever Gymnasium has registered
``package:Name-v0``             the same, after importing the package
``module:Class``, or a class    :mod:`deepen.environments.own`
==============================  ==============================================================
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import inspect
import re
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch

from deepen.environments import atari, gym, own
from deepen.environments.base import Environment
from deepen.errors import SettingError, nearest

__all__ = ["make", "names"]

MINATAR = "MinAtar/"
MINATAR_GAMES = ("asterix", "breakout", "freeway", "seaquest", "space_invaders")
OTHERS = ("phys2d/", "tabular/", "GymV")  # Gymnasium's own in JAX, and its doors to older versions


def make(
    environment: str | Callable[..., Any],
    copies: int,
    *,
    device: torch.device | str = "cpu",
    training: bool = True,
    pictures: bool = False,
    **settings: Any,
) -> Environment:
    """Make several copies of an environment.

    Parameters
    ----------
    environment
        A name, a class or a function, as above.
    copies
        How many step at once.
    device
        Where observations go.
    training
        Whether it is learned in: a lost life in an Atari game then ends an episode.
    pictures
        Whether the first copy will be drawn.
    settings
        Of that environment.

    Raises
    ------
    SettingError
        If there is no such environment, with the nearest name; if a package is missing, with the line that installs
        it; or if its actions are not discrete.

    Examples
    --------
    >>> class Coin:
    ...     action_space = 2
    ...     def reset(self, seed=None):
    ...         return [1.0], {}
    ...     def step(self, action):
    ...         return [1.0], float(action), True, False, {}
    >>> make(Coin, 3).begin(0).shape
    torch.Size([3, 1])
    """
    if not isinstance(environment, str):
        return own.make(environment, copies, device=device, pictures=pictures, **settings)
    name = environment
    if name.lower().startswith(MINATAR.lower()):
        return _minatar(
            name, copies, device, settings
        )  # which is the same for learning, and can always be drawn
    if name.startswith("ALE/"):
        return atari.make(name, copies, device=device, training=training, pictures=pictures, **settings)
    if ":" in name and not re.search(r"-v\d+$", name):
        return own.make(own.load(name), copies, name=name, device=device, pictures=pictures, **settings)
    if ":" not in name:
        _must_be_known(name)
    return gym.make(name, copies, device=device, pictures=pictures, **settings)


def names() -> list[str]:
    """List what can be made by name here: of every environment the newest version.

    Examples
    --------
    >>> "MinAtar/breakout" in names()
    True
    """
    found = [f"{MINATAR}{game}" for game in MINATAR_GAMES]
    with contextlib.suppress(SettingError):  # ale-py is missing
        found += [atari.identity(rom) for rom in atari.games()]
    newest: dict[tuple[str | None, str], Any] = {}
    for spec in gym.package().registry.values():
        if spec.id.startswith((*OTHERS, MINATAR)) or "ale_py" in str(spec.entry_point):
            continue
        before = newest.get((spec.namespace, spec.name))
        if before is None or (before.version or 0) < (spec.version or 0):
            newest[spec.namespace, spec.name] = spec
    return found + [spec.id for spec in newest.values()]


def _minatar(name: str, copies: int, device: torch.device | str, settings: dict[str, Any]) -> Environment:
    """MinAtar's games, also by the names that its own package registers: ``MinAtar/SpaceInvaders-v1``."""
    game = next((game for game in MINATAR_GAMES if _core(game) == _core(name)), None)
    if game is None:
        raise SettingError(
            f"{name!r} is not a game of MinAtar", mend=nearest(name, (f"{MINATAR}{g}" for g in MINATAR_GAMES))
        )
    minatar = importlib.import_module("deepen.environments.minatar")
    known = list(inspect.signature(minatar.make).parameters)[2:]
    for setting in settings:
        if setting not in known:
            raise SettingError(f"{setting!r} is not a setting of MinAtar", mend=nearest(setting, known))
    made: Environment = minatar.make(f"{MINATAR}{game}", copies, device=device, **settings)
    return made


def _must_be_known(name: str) -> None:
    """Refuse what Gymnasium does not know, and Atari's old names, which lack the preprocessing.

    Raises
    ------
    SettingError
        With the nearest name.
    """
    gymnasium = gym.package()
    old = re.fullmatch(r"(?P<game>[A-Za-z0-9]+?)(-ram)?(Deterministic|NoFrameskip)?-v\d+", name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions out of date, said when it is made
        try:
            known = gymnasium.spec(name)
        except gymnasium.error.Error:
            known = None
    if old and (any(old.groups()[1:]) or (known and "ale_py" in str(known.entry_point))):
        raise SettingError(
            f"{name!r} is an old name of an Atari game",
            mend=f"Use 'ALE/{old['game']}-v5': frames are skipped, pictures shrunk and stacked by deepen.",
        )
    if known is None:
        raise SettingError(f"there is no environment {name!r}", mend=_meant(name, names()))


def _meant(name: str, known: Iterable[str]) -> str:
    """Say which name was probably meant: the same word in other guises first, then one that is spelt alike."""
    by_core: dict[str, list[str]] = {}
    for one in known:
        by_core.setdefault(_core(one), []).append(one)
    close = [_core(name)] if _core(name) in by_core else difflib.get_close_matches(_core(name), by_core, n=1)
    if close:
        return f"Did you mean {' or '.join(repr(k) for k in by_core[close[0]])}?"
    return (
        "Those of Gymnasium stand on gymnasium.farama.org; Atari's begin with ALE/, MinAtar's with MinAtar/."
    )


def _core(name: str) -> str:
    """The word alone: ``ALE/SpaceInvaders-v5`` and ``MinAtar/space_invaders`` are both ``spaceinvaders``."""
    return re.sub(r"-v\d+$", "", name.rpartition("/")[2]).lower().replace("_", "")
