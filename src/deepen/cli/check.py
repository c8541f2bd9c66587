"""``deepen check``: what is wrong with the data, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import Delimiter, Device, Encoding, Header
from deepen.cli.train import pairs

__all__ = ["check"]

_DATA = "What is in the data"


def check(
    source: Annotated[str, typer.Argument(help="What deepen train takes.", show_default=False)],
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target", "-t", help="The column to learn; repeat for several labels.", rich_help_panel=_DATA
        ),
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", "-m", help="The time, from reading to the last finding.")
    ] = 1.0,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A folder for all findings: JSON, CSV, sheets of pictures."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(help="A model's folder, trained on these data: the check uses what it knows."),
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
    test_share: Annotated[
        float | None, typer.Option(help="Share of the rows held out to test.", rich_help_panel=_DATA)
    ] = None,
    valid_share: Annotated[
        float | None, typer.Option(help="Share of the others held out to validate.", rich_help_panel=_DATA)
    ] = None,
    allow_bad: Annotated[
        float, typer.Option(help="Share of files that may be unreadable.", rich_help_panel=_DATA)
    ] = 0.01,
    seed: Annotated[int, typer.Option(help="From which everything random follows.")] = 0,
    device: Device = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the findings alone.")] = False,
) -> None:
    """Look for duplicates, wrong labels, columns that leak the target, and parts that differ."""
    from rich.console import Console

    import deepen.cli as cli
    from deepen._api import check as verb
    from deepen.cli import show
    from deepen.compute.signals import StopFlag, listening

    if out is not None:
        from deepen.reporting.faults import check_place

        check_place(out)
    options: dict[str, Any] = {
        "target": target[0] if target and len(target) == 1 else target, "input": input or [],
        "kinds": pairs(kind), "drop": drop or [], "keep": keep or [], "group": group, "time": time,
        "without": without or [], "label_from": label_from, "group_from": group_from, "header": header,
        "delimiter": delimiter, "encoding": encoding, "test_share": test_share, "valid_share": valid_share,
        "allow_bad": allow_bad, "seed": seed, "device": device,
    }  # fmt: skip
    stop = StopFlag()
    with listening(stop), show.Screen(quiet=quiet) as screen:
        found = verb(
            source, minutes=minutes, model=model, out=out, test=test, valid=valid, watch=screen, stop=stop,
            started=cli.STARTED, **options,
        )  # fmt: skip
    console = Console(highlight=False)
    show.findings(console, found)
    if out is not None:
        console.print(f"all of it is in {out}/", markup=False)
