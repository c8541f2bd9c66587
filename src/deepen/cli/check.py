"""``deepen check``: what is wrong with the data, before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import (
    AllowBad,
    Delimiter,
    Device,
    Drop,
    Encoding,
    Group,
    GroupFrom,
    Header,
    Input,
    Keep,
    Kind,
    LabelFrom,
    Target,
    TestPart,
    TestShare,
    Time,
    ValidPart,
    ValidShare,
    Without,
    about_data,
)

__all__ = ["check"]


def check(
    source: Annotated[str, typer.Argument(help="What deepen train takes.", show_default=False)],
    target: Target = None,
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
    input: Input = None,
    test: TestPart = None,
    valid: ValidPart = None,
    kind: Kind = None,
    drop: Drop = None,
    keep: Keep = None,
    group: Group = None,
    time: Time = None,
    without: Without = None,
    label_from: LabelFrom = None,
    group_from: GroupFrom = None,
    header: Header = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    test_share: TestShare = None,
    valid_share: ValidShare = None,
    allow_bad: AllowBad = 0.01,
    seed: Annotated[int, typer.Option(help="From which everything random follows.")] = 0,
    device: Device = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the findings alone.")] = False,
) -> None:
    """Look for duplicates, wrong labels, columns that leak the target, and parts that differ."""
    from rich.console import Console

    import deepen.cli as cli
    from deepen.cli import show
    from deepen.compute.signals import StopFlag, listening
    from deepen.verbs.check import check as verb

    if out is not None:
        from deepen.reporting.faults import check_place

        check_place(out)
    options: dict[str, Any] = {
        **about_data(target=target, input=input, kind=kind, drop=drop, keep=keep, without=without),
        "group": group, "time": time, "label_from": label_from, "group_from": group_from, "header": header,
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
