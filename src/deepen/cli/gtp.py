"""``deepen gtp``: a trained player as a program that any client of the Go Text Protocol can play with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deepen.cli.common import Device

__all__ = ["gtp"]


def gtp(
    model: Annotated[
        Path, typer.Argument(help="The folder of deepen play or of deepen train --target move.")
    ],
    simulations: Annotated[
        int | None, typer.Option(min=0, help="Of the search for a move; 0 plays the net's first thought.")
    ] = None,
    device: Device = None,
) -> None:
    """Speak GTP on the standard streams, for Sabaki, GoGui, twogtp or another program."""
    from deepen.matches.gtp import serve
    from deepen.verbs.match import board_player

    if sys.stdin.isatty():
        typer.echo("this speaks to programs; try: showboard, genmove b, list_commands, quit", err=True)
    serve(board_player(model, simulations=simulations, device=device), sys.stdin, sys.stdout)
