"""``deepen think``: what a player's search looked at for one move."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deepen.cli.common import Device

__all__ = ["think"]


def think(
    model: Annotated[Path, typer.Argument(help="The folder of deepen play, of a board game.")],
    after: Annotated[str, typer.Argument(help="The moves made so far: 'D4 C3'. Default: none.")] = "",
    simulations: Annotated[int | None, typer.Option(min=1, help="Of the search.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A .png, .svg or .pdf of the tree.")] = None,
    device: Device = None,
) -> None:
    """Show the search for one move: visits, values, and what it expects to follow."""
    from deepen.reporting.tree_picture import text
    from deepen.verbs.think import think as verb

    found = verb(model, after, simulations=simulations, to=out, device=device)
    typer.echo(text(found))
    if out is not None:
        typer.echo(f"the tree is drawn in {out}")
