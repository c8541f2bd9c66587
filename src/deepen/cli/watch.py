"""``deepen watch``: a game of a trained player, as a film or text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deepen.cli.common import Device

__all__ = ["watch"]


def watch(
    model: Annotated[Path, typer.Argument(help="The folder of deepen play.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A .mp4 or .gif to write; without it the game is shown as text."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="Board games: random, minimax:4, mcts:100, gnugo:1, or another folder. Default: itself."
        ),
    ] = None,
    longest: Annotated[int, typer.Option(min=1, help="Steps after which the film ends.")] = 5000,
    fps: Annotated[float | None, typer.Option(help="Frames in a second.", min=0.1)] = None,
    seed: Annotated[int, typer.Option(help="The same seed shows the same game.")] = 0,
    device: Device = None,
) -> None:
    """Watch one game or episode of a trained player."""
    from deepen.verbs.watch import watch as verb

    lines = None if out is not None else (lambda text: typer.echo(text))
    end = verb(model, to=out, against=against, longest=longest, fps=fps, seed=seed, device=device, show=lines)
    if out is not None:  # as text the end was shown already
        typer.echo(f"{end}; the film is {out}")
