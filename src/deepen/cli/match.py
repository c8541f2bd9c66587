"""``deepen match``: games between a trained player and others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deepen.cli.common import Device

__all__ = ["match"]


def match(
    model: Annotated[Path, typer.Argument(help="The folder of deepen play.")],
    against: Annotated[
        list[str] | None,
        typer.Option(
            help="random, minimax:4, mcts:100, gnugo:1, 'gtp:COMMAND', or another folder. Repeat. Default: mcts:100."
        ),
    ] = None,
    games: Annotated[int, typer.Option(min=1, help="With each of them; colours alternate.")] = 100,
    simulations: Annotated[
        int | None, typer.Option(min=0, help="Of the search for a move; 0 plays the net's first thought.")
    ] = None,
    opening: Annotated[
        int,
        typer.Option(min=0, help="Moves by chance in front of each pair of games, so that no two are alike."),
    ] = 2,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A folder for the games' records and match.json.")
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(help="A file to add the matches to; all players of its matches are rated together."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed plays the same games.")] = 0,
    device: Device = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the table alone.")] = False,
) -> None:
    """Let a player play against others: points, intervals, Elo."""
    from rich.console import Console

    from deepen.cli import match_table, show
    from deepen.compute.signals import StopFlag, listening
    from deepen.verbs.match import gathered
    from deepen.verbs.match import match as verb

    stop = StopFlag()
    with listening(stop), show.Screen(quiet=quiet) as screen:
        found = verb(
            model, against or ["mcts:100"], games=games, simulations=simulations, opening=opening, seed=seed,
            device=device, to=out, into=into, watch=screen, stop=stop,
        )  # fmt: skip
    console = Console(highlight=False)
    match_table.matches(console, found, gathered=() if into is None else gathered(into))
    if out is not None:
        console.print(f"the games are in {out}/", **show.AS_IT_IS)
    if any(one.games and not one.counted for one in found):
        raise typer.Exit(2)  # an opponent of whom nothing came but faults; its match says which
