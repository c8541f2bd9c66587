"""``deepen play``: a player of a game or of an environment, trained by playing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import HOW, RUN, Device, Minutes, Quiet, Replace, Seed, Set, settings_of

__all__ = ["play"]


def play(
    world: Annotated[
        str,
        typer.Argument(
            help="connect4, go:9, tictactoe, gomoku; CartPole-v1, ALE/Pong-v5, MinAtar/breakout; or module:Class.",
            show_default=False,
        ),
    ],
    from_: Annotated[
        Path | None,
        typer.Option("--from", help="A player's folder: learn on from it.", rich_help_panel=HOW),
    ] = None,
    minutes: Minutes = None,
    steps: Annotated[
        int | None, typer.Option(help="Moves in the world, instead of minutes.", rich_help_panel=HOW)
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(help="dqn or pqn for environments, alphazero for board games.", rich_help_panel=HOW),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(help="Of the net: tiny, small, medium, large, huge.", rich_help_panel=HOW),
    ] = None,
    set: Set = None,
    world_set: Annotated[
        list[str] | None,
        typer.Option(
            "--world-set",
            help="NAME=VALUE: one of the environment, such as sticky=0.25.",
            rich_help_panel=HOW,
        ),
    ] = None,
    seed: Seed = 0,
    episodes: Annotated[
        int, typer.Option(min=1, help="Played in the end, for the score.", rich_help_panel=RUN)
    ] = 100,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The model's folder. Default: beside you, NAME-model.", rich_help_panel=RUN
        ),
    ] = None,
    device: Device = None,
    replace: Replace = False,
    quiet: Quiet = False,
) -> None:
    """Train a player by letting it play; then: deepen watch, deepen match.

    Called again after it was interrupted, it goes on. A player that is done learns on with --from its folder.
    """
    from deepen.cli import runs
    from deepen.verbs.play import play as verb

    place = out or Path(f"{name_of(world)}-model")
    player = runs.learned(
        place, replace=replace, quiet=quiet,
        instead=f"learn on from it with --from {place} and another --out (or --replace)",
        work=lambda given: verb(
            world, from_=from_, minutes=minutes, steps=steps, method=method, size=_size(size),
            settings=settings_of(set), making=settings_of(world_set, option="--world-set"), episodes=episodes,
            seed=seed, device=device, **given,
        ),
    )  # fmt: skip
    runs.tell(player, place, f"deepen watch {place}    {_next(player, place)}", quiet=quiet)


def _next(player: Any, place: Path) -> str:
    return (
        f"deepen match {place}" if player.FORM == "board player" else f"deepen watch {place} --out game.mp4"
    )


def _size(text: str | None) -> str | float | None:
    """A word as it is, a number as a number."""
    try:
        return text if text is None else float(text)
    except ValueError:
        return text


def name_of(world: str) -> str:
    """What a world's folder is called: ``pong`` of ``ALE/Pong-v5``.

    Examples
    --------
    >>> name_of("ALE/Pong-v5"), name_of("go:9"), name_of("my.worlds:Maze")
    ('pong', 'go-9', 'maze')
    """
    last = re.sub(r"-v\d+$", "", world.rsplit("/", 1)[-1])
    module, _, rest = last.partition(":")
    short = rest if "." in module or (rest and not rest[0].isdigit()) else last.replace(":", "-")
    return re.sub(r"[^a-z0-9._-]+", "-", short.lower()).strip("-") or "player"
