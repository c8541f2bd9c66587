"""``deepen.watch``: one game or episode of a trained player, as a film or as text."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from deepen.errors import SettingError
from deepen.matches.board_player import BoardPlayer
from deepen.reinforcement.model import Player
from deepen.reporting import film
from deepen.verbs.load import load, no_player
from deepen.verbs.match import seated

__all__ = ["watch"]

# Frames in a second: people follow a board game move by move, an environment as it runs (assumed).
_MOVES, _STEPS = 1.5, 30.0


def watch(
    model: Any,
    *,
    to: str | Path | None = None,
    against: Any = None,
    longest: int = 5000,
    fps: float | None = None,
    seed: int = 0,
    device: str | None = None,
    show: Callable[[str], None] | None = None,
) -> str:
    """Watch one game or episode of a player.

    Parameters
    ----------
    model
        What :func:`deepen.play` gave, or its folder.
    to
        A ``.mp4`` or ``.gif`` to write.
    against
        Of board games, who the other one is, see :func:`deepen.match`; the player itself by default.
    longest
        Steps after which it ends.
    fps
        Frames in a second; 30, and of board games 1.5, by default.
    seed
        The same seed shows the same game.
    device
        Where the net computes, where a folder is given.
    show
        Called with each moment as text, where no film is written.

    Returns
    -------
    str
        How it ended.

    Raises
    ------
    SettingError
        If it is no player, cannot be drawn, or the ending of ``to`` is unknown.
    TrainingError
        If the environment, or the program that is played against, fails.

    Examples
    --------
    >>> import deepen
    >>> player = deepen.play("tictactoe", steps=100, size="tiny", episodes=2, settings={"simulations": 4})
    >>> print(watch(player).split(" after ")[0] in ("X wins", "O wins", "a draw"))
    True
    """
    player = load(model, device=device) if isinstance(model, str | Path) else model
    if not isinstance(player, Player | BoardPlayer):
        raise no_player(player, model)
    if isinstance(player, Player) and against is not None:
        raise SettingError("belongs to board games", where="--against", came=str(against))
    if to is not None and Path(to).suffix.lower() not in film.ENDINGS:
        raise SettingError("is no kind of film", where="--out", allowed=", ".join(film.ENDINGS), came=str(to))
    how: dict[str, Any] = {"seed": seed, "longest": longest, "pictures": to is not None}
    if isinstance(player, Player):
        return _shown(player.watch(**how), to, fps or _STEPS, show)
    with seated(player if against is None else against, player, seed=seed, device=device) as other:
        return _shown(player.watch(other, **how), to, fps or _MOVES, show)


def _shown(
    moments: Iterator[tuple[Any, str]], to: str | Path | None, fps: float, show: Callable[[str], None] | None
) -> str:
    """Make a film of the moments, or show them; give the last line."""
    end = [""]
    with closing(_told(moments, end, show if to is None else None)) as told:
        if to is None:
            for _ in told:
                pass
        else:
            film.write(told, to, fps=fps)
    return end[0]


def _told(
    moments: Iterator[tuple[Any, str]], end: list[str], show: Callable[[str], None] | None
) -> Generator[tuple[Any, str]]:
    """Keep the last line, and show each moment as it comes."""
    for shown, line in moments:
        end[0] = line
        if show is not None:
            show(f"{shown}\n{line}\n" if shown else line)
        yield shown, line
