"""``deepen study``: what more data, a larger net or a longer training would buy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import Delimiter, Device, Encoding, Header
from deepen.cli.train import pairs, stem

__all__ = ["study"]

_DATA = "What is in the data"


def study(
    source: Annotated[str, typer.Argument(help="What deepen train takes.", show_default=False)],
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target", "-t", help="The column to learn; repeat for several labels.", rich_help_panel=_DATA
        ),
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", "-m", help="The time, from reading to the advice.")
    ] = 30.0,
    target_score: Annotated[
        float | None, typer.Option(help="The accuracy (or R²) that is wanted: 0.95.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="The study's folder; one begun there goes on. Default: beside you, NAME-study."),
    ] = None,
    sizes: Annotated[
        list[str] | None,
        typer.Option("--sizes", help="tiny, small, medium...; repeat. Default: by the clock."),
    ] = None,
    learners: Annotated[
        list[str] | None,
        typer.Option("--learners", help="linear, neighbours, SVM, boosting; repeat. Default: all."),
    ] = None,
    input: Annotated[
        list[str] | None,
        typer.Option(help="A column to learn from; the others are left out. Repeat.", rich_help_panel=_DATA),
    ] = None,
    test: Annotated[
        str | None, typer.Option(help="Data to use as the test part.", rich_help_panel=_DATA)
    ] = None,
    valid: Annotated[
        str | None, typer.Option(help="Data to use as the validation part.", rich_help_panel=_DATA)
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="NAME=KIND, as for deepen train.", rich_help_panel=_DATA)
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option(help="A column to leave out.", rich_help_panel=_DATA)
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="A column to use though it looks useless.", rich_help_panel=_DATA)
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(help="A column whose groups stay together in the split.", rich_help_panel=_DATA),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(help="A column to split by: the latest rows are the test part.", rich_help_panel=_DATA),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="A class to leave out.", rich_help_panel=_DATA)
    ] = None,
    label_from: Annotated[
        str | None,
        typer.Option(help="The label is in the files' names: name:0:_, folder:0.", rich_help_panel=_DATA),
    ] = None,
    group_from: Annotated[
        str | None, typer.Option(help="The group is in the files' names.", rich_help_panel=_DATA)
    ] = None,
    header: Header = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    image_size: Annotated[int | None, typer.Option(help="The pictures' longer side, in pixels.")] = None,
    reader: Annotated[str | None, typer.Option(help="bag, cnn, lstm or spectrogram, to read by.")] = None,
    seed: Annotated[int, typer.Option(help="From which everything random follows.")] = 0,
    device: Device = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the advice alone.")] = False,
) -> None:
    """Measure learning curves, deep and shallow, and say what more data, size or training would buy."""
    from rich.console import Console

    import deepen.cli as cli
    from deepen._api import study as verb
    from deepen.cli import show
    from deepen.compute.signals import StopFlag, listening

    place = to or Path(f"{stem(source)}-study")
    stop = StopFlag()
    options: dict[str, Any] = {
        "target": target[0] if target and len(target) == 1 else target, "input": input or [],
        "kinds": pairs(kind), "drop": drop or [], "keep": keep or [], "group": group, "time": time,
        "without": without or [], "label_from": label_from, "group_from": group_from, "header": header,
        "delimiter": delimiter, "encoding": encoding, "image_size": image_size, "reader": reader, "seed": seed,
        "device": device,
    }  # fmt: skip
    with listening(stop), show.Screen(quiet=quiet) as screen:
        found = verb(
            source, to=place, minutes=minutes, target_score=target_score, sizes=sizes, learners=learners, test=test,
            valid=valid, watch=screen, stop=stop, started=cli.STARTED, **options,
        )  # fmt: skip
    console = Console(highlight=False, soft_wrap=True)
    for text in found.advice:
        console.print(text, markup=False)
    if not quiet:
        console.print(
            f"{len(found.cells)} cells in {found.about['seconds']:.0f} s; results and chart are in {place}/",
            markup=False,
        )
    if stop():
        console.print(f"stopped by {stop.why}; the same command goes on from here", markup=False)
