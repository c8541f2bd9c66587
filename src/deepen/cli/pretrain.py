"""``deepen pretrain``: learn the form of data without labels."""

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
    about_data,
    settings_of,
    stem,
)
from deepen.errors import SettingError

__all__ = ["pretrain"]

_HOW = "How to learn"
_RUN = "The run"


def pretrain(
    source: Annotated[
        str, typer.Argument(help="What deepen train takes; no labels are needed.", show_default=False)
    ],
    method: Annotated[
        str,
        typer.Option(
            help="The machine: rbm, dbn, dbm, autoencoder, or kmeans (of pictures).", rich_help_panel=_HOW
        ),
    ] = "rbm",
    layers: Annotated[
        str | None,
        typer.Option(
            help="Units of its hidden layers, from the bottom up: 500,500,2000; of kmeans how many centroids.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="NAME=VALUE: another setting of the machine, such as k=3. Repeat.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    labels: Annotated[
        bool,
        typer.Option("--labels", help="Learn the class beside the data (rbm, dbn).", rich_help_panel=_HOW),
    ] = False,
    target: Target = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes", "-m", help="The time, from reading to the score. Default: 5.", rich_help_panel=_HOW
        ),
    ] = None,
    epochs: Annotated[
        float | None, typer.Option(help="Passes of each layer, instead of minutes.", rich_help_panel=_HOW)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The folder. Default: beside you, NAME-features.", rich_help_panel=_RUN
        ),
    ] = None,
    input: Input = None,
    test: TestPart = None,
    kind: Kind = None,
    drop: Drop = None,
    keep: Keep = None,
    group: Group = None,
    time: Time = None,
    label_from: LabelFrom = None,
    group_from: GroupFrom = None,
    header: Header = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    test_share: TestShare = None,
    allow_bad: AllowBad = 0.01,
    image_size: Annotated[
        int | None,
        typer.Option(help="The pictures' longer side, in pixels. Default: up to 32.", rich_help_panel=_HOW),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="From which everything random follows.", rich_help_panel=_HOW)
    ] = 0,
    device: Device = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace what stands there, and begin anew.", rich_help_panel=_RUN),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the score alone.", rich_help_panel=_RUN)
    ] = False,
) -> None:
    """Learn features from data without labels; then: deepen train few-labels/ --from FOLDER.

    Called again after it was interrupted, it goes on.
    """
    import deepen.cli as cli
    from deepen.cli import runs, show
    from deepen.compute import folders
    from deepen.compute.signals import StopFlag, listening
    from deepen.verbs.pretrain import pretrain as verb

    place = out or Path(f"{stem(source)}-features")
    run = runs.place_of(place, replace=replace)
    options: dict[str, Any] = {
        **about_data(target=target, input=input, kind=kind, drop=drop, keep=keep, without=None),
        "group": group, "time": time, "label_from": label_from, "group_from": group_from, "header": header,
        "delimiter": delimiter, "encoding": encoding, "test_share": test_share, "allow_bad": allow_bad,
        "image_size": image_size, "minutes": minutes, "epochs": epochs, "seed": seed, "device": device,
    }  # fmt: skip
    settings = {**settings_of(set), **({"labels": True} if labels else {})}
    stop = StopFlag()
    with listening(stop), show.Screen(quiet=quiet) as screen:
        model = verb(
            source, method=method, layers=_layers(layers), settings=settings, test=test, checkpoints=run, watch=screen,
            stop=stop, started=cli.STARTED, **options,
        )  # fmt: skip
        model.save(place, beside=_samples(model))
        if model.history.ended.startswith("stopped"):
            screen.note(f"{model.history.ended}; to go on, call the same again, without --replace")
        else:
            folders.remove(run)
    _say(model, place, quiet=quiet)


def _layers(text: str | None) -> tuple[int, ...]:
    """Read 500,500,2000."""
    try:
        found = tuple(int(part) for part in (text or "").replace(",", " ").split())
    except ValueError:
        found = (0,)
    if any(n < 1 for n in found):
        raise SettingError("not units of layers", where="--layers", allowed="500,500,2000", came=repr(text))
    return found


def _samples(model: Any) -> Any:
    """What draws what the machine dreams into its folder; None for one that does not."""
    if model.grid is None or not hasattr(model.estimator, "sample"):
        return None

    def draw(folder: Path) -> None:
        from deepen.reporting.contact_sheet import draw as sheet

        sheet([(picture, "") for picture in model.sample(32)], folder / "samples.png", "What it dreams")

    return draw


def _say(model: Any, place: Path, *, quiet: bool) -> None:
    from rich.console import Console

    from deepen.cli import show

    console = Console(highlight=False)
    if quiet:
        console.print(str(model.score) if model.scores else str(place), markup=False)
        return
    show.history(console, model.history)
    if model.scores:
        show.scores(console, model.scores)
    console.print(f"{model.about['seconds']:.0f} s; the features are in {place}/", markup=False)
    console.print(f"now: deepen train FEW-LABELS --from {place}    deepen encode {place} DATA", markup=False)
