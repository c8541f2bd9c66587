"""``deepen study``: what more data, a larger net or a longer training would buy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import (
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
    Time,
    ValidPart,
    Without,
    about_data,
    stem,
)

__all__ = ["study"]


def study(
    source: Annotated[str, typer.Argument(help="What deepen train takes.", show_default=False)],
    target: Target = None,
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
    image_size: Annotated[int | None, typer.Option(help="The pictures' longer side, in pixels.")] = None,
    reader: Annotated[str | None, typer.Option(help="bag, cnn, lstm or spectrogram, to read by.")] = None,
    seed: Annotated[int, typer.Option(help="From which everything random follows.")] = 0,
    device: Device = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the advice alone.")] = False,
) -> None:
    """Measure learning curves, deep and shallow, and say what more data, size or training would buy."""
    from rich.console import Console

    import deepen.cli as cli
    from deepen.cli import show
    from deepen.compute.signals import StopFlag, listening
    from deepen.verbs.study import study as verb

    place = to or Path(f"{stem(source)}-study")
    stop = StopFlag()
    options: dict[str, Any] = {
        **about_data(target=target, input=input, kind=kind, drop=drop, keep=keep, without=without),
        "group": group, "time": time, "label_from": label_from, "group_from": group_from, "header": header,
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
