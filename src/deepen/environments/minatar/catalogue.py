"""The five games by name."""

from __future__ import annotations

import torch

from deepen.environments.minatar.asterix import Asterix
from deepen.environments.minatar.base import LIMIT, MinAtar
from deepen.environments.minatar.breakout import Breakout
from deepen.environments.minatar.freeway import Freeway
from deepen.environments.minatar.seaquest import Seaquest
from deepen.environments.minatar.space_invaders import SpaceInvaders
from deepen.errors import SettingError, nearest

__all__ = ["GAMES", "make"]

GAMES: dict[str, type[MinAtar]] = {
    f"MinAtar/{kind.title}": kind for kind in (Asterix, Breakout, Freeway, Seaquest, SpaceInvaders)
}


def make(
    name: str,
    copies: int,
    *,
    device: torch.device | str = "cpu",
    sticky: float = 0.1,
    ramping: bool = True,
    minimal: bool = False,
    limit: int = LIMIT,
) -> MinAtar:
    """Make copies of a game; see :class:`~deepen.environments.minatar.base.MinAtar` for the options.

    Parameters
    ----------
    name
        One of :data:`GAMES`, such as ``MinAtar/breakout``; ``breakout`` will do.
    copies
        How many step at once.
    device
        Where they are.
    sticky
        With which probability the action before is done again.
    ramping
        Whether Asterix, Seaquest and Space Invaders grow more difficult with time.
    minimal
        Whether only the actions that do something are offered, instead of all six.
    limit
        After so many steps an episode is cut: 27,000, which is Atari's 108,000 frames, of which every fourth is
        seen. Freeway ends after 2,501 steps by itself.

    Raises
    ------
    SettingError
        If there is no such game (the nearest name is offered), or a number is out of range.

    Examples
    --------
    >>> make("MinAtar/seaquest", 3).begin(0).shape
    torch.Size([3, 10, 10, 10])
    >>> make("MinAtar/seaqest", 3)
    Traceback (most recent call last):
    ...
    deepen.errors.SettingError: there is no game 'MinAtar/seaqest'. Did you mean 'MinAtar/seaquest'?
    """
    full = name if name.startswith("MinAtar/") else f"MinAtar/{name}"
    if full not in GAMES:
        raise SettingError(f"there is no game {name!r}", mend=nearest(full, GAMES))
    return GAMES[full](
        copies, device=device, sticky=sticky, ramping=ramping, minimal=minimal, limit=limit
    )  # fmt: skip
