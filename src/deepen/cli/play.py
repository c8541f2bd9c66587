"""``deepen play``: a player of a game or of an environment, trained by playing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import Device, settings_of

__all__ = ["play"]

_HOW = "How to learn"
_RUN = "The run"


def play(
    world: Annotated[
        str,
        typer.Argument(
            help="connect4, go:9, tictactoe, gomoku; CartPole-v1, ALE/Pong-v5, MinAtar/breakout; or module:Class.",
            show_default=False,
        ),
    ],
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes", "-m", help="The time, from the start to the score. Default: 5.", rich_help_panel=_HOW
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Moves in the world, instead of minutes.", rich_help_panel=_HOW)
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(help="dqn or pqn for environments, alphazero for board games.", rich_help_panel=_HOW),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(help="Of the net: tiny, small, medium, large, huge.", rich_help_panel=_HOW),
    ] = None,
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="NAME=VALUE: a setting of the method, such as double=true. Repeat.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    world_set: Annotated[
        list[str] | None,
        typer.Option(
            "--world-set",
            help="NAME=VALUE: one of the environment, such as sticky=0.25.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="From which everything random follows.", rich_help_panel=_HOW)
    ] = 0,
    episodes: Annotated[
        int, typer.Option(min=1, help="Played in the end, for the score.", rich_help_panel=_RUN)
    ] = 100,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The model's folder. Default: beside you, NAME-model.", rich_help_panel=_RUN
        ),
    ] = None,
    device: Device = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace what stands there, and begin anew.", rich_help_panel=_RUN),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the score alone.", rich_help_panel=_RUN)
    ] = False,
) -> None:
    """Train a player by letting it play; then: deepen watch, deepen match.

    Called again after it was interrupted, it goes on.
    """
    from rich.console import Console

    import deepen.cli as cli
    from deepen.cli import runs, show
    from deepen.compute import folders
    from deepen.compute.signals import StopFlag, listening
    from deepen.verbs.play import play as verb

    place = out or Path(f"{name_of(world)}-model")
    run = runs.place_of(place, replace=replace)
    stop = StopFlag()
    with listening(stop), show.Screen(quiet=quiet) as screen:
        player: Any = verb(
            world, minutes=minutes, steps=steps, method=method, size=_size(size), settings=settings_of(set),
            making=settings_of(world_set, option="--world-set"), episodes=episodes, seed=seed, device=device,
            checkpoints=run, watch=screen, stop=stop, started=cli.STARTED,
        )  # fmt: skip
        player.save(place)
        if player.history.ended.startswith("stopped"):
            screen.note(f"{player.history.ended}; to go on, call the same again, without --replace")
        else:
            folders.remove(run)
    console = Console(highlight=False)
    scored = "test" in player.scores
    if quiet:
        console.print(str(player.score) if scored else str(place), **show.AS_IT_IS)
        return
    show.history(console, player.history)
    if scored:
        show.scores(console, player.scores)
    console.print(f"{player.about['seconds']:.0f} s; the player is in {place}/", **show.AS_IT_IS)
    console.print(f"now: deepen watch {place}    {_next(player, place)}", **show.AS_IT_IS)


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
