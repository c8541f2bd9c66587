"""``deepen see``: what each level of a net has learned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deepen.cli.common import Delimiter, Device, Encoding, Header

__all__ = ["see"]


def see(
    model: Annotated[Path, typer.Argument(help="The model's folder.")],
    source: Annotated[
        str | None,
        typer.Argument(
            help="Data like those it learned from, best such as it has not seen; a player needs none.",
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The folder to write. Default: beside the model, NAME-seen."),
    ] = None,
    nuisance: Annotated[
        list[str] | None,
        typer.Option(
            help="A column to probe for beside the target; speaker=name:1:_ is in files' names. Repeat."
        ),
    ] = None,
    label_from: Annotated[
        str | None, typer.Option(help="The target is in the files' names: name:0:_, folder:0.")
    ] = None,
    rows: Annotated[int, typer.Option(help="Rows, or moments of play, looked at, at the most.")] = 2000,
    units: Annotated[int, typer.Option(help="Units shown of each level.")] = 12,
    examples: Annotated[int, typer.Option(help="Answers that are explained.")] = 6,
    seed: Annotated[int, typer.Option(help="From which everything random follows.")] = 0,
    header: Header = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    device: Device = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the sentences alone.")] = False,
) -> None:
    """Look at what each level of a net has learned, and write it as a folder of pictures."""
    from rich.console import Console

    from deepen.cli import show
    from deepen.compute.folders import check_writable
    from deepen.verbs.load import load
    from deepen.verbs.see import see as look

    place = to or model.with_name(f"{model.absolute().name.removesuffix('-model')}-seen")
    check_writable(place)
    loaded = load(model, device=device)
    with show.Screen(quiet=quiet) as screen:
        seen = look(
            loaded, source, to=place, nuisance=nuisance or (), rows=rows, units=units, examples=examples,
            label_from=label_from, seed=seed, watch=screen, header=header, delimiter=delimiter, encoding=encoding,
        )  # fmt: skip
    console = Console(highlight=False)
    for sentence in seen.sentences:
        console.print(sentence, markup=False, soft_wrap=True)
    if not quiet:
        for note in seen.notes:
            console.print(f"  {note}", markup=False, style="dim", soft_wrap=True)
        console.print(
            f"{len(seen.pictures):,} pictures in {place}; begin with README.md", markup=False, soft_wrap=True
        )
