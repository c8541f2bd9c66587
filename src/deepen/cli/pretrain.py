"""``deepen pretrain``: learn the form of data without labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import (
    HOW,
    RUN,
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
    Minutes,
    Quiet,
    Replace,
    Seed,
    Set,
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


def pretrain(
    source: Annotated[
        str, typer.Argument(help="What deepen train takes; no labels are needed.", show_default=False)
    ],
    method: Annotated[
        str | None,
        typer.Option(
            help="The machine: rbm, dbn, dbm, autoencoder, kmeans (of pictures), or language (of texts). Default: rbm;"
            " of texts language.",
            rich_help_panel=HOW,
        ),
    ] = None,
    layers: Annotated[
        str | None,
        typer.Option(
            help="Units of its hidden layers, from the bottom up: 500,500,2000; of kmeans how many centroids.",
            rich_help_panel=HOW,
        ),
    ] = None,
    set: Set = None,
    labels: Annotated[
        bool,
        typer.Option("--labels", help="Learn the class beside the data (rbm, dbn).", rich_help_panel=HOW),
    ] = False,
    target: Target = None,
    minutes: Minutes = None,
    epochs: Annotated[
        float | None, typer.Option(help="Passes of each layer, instead of minutes.", rich_help_panel=HOW)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The folder. Default: beside you, NAME-features.", rich_help_panel=RUN
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
        typer.Option(help="The pictures' longer side, in pixels. Default: up to 32.", rich_help_panel=HOW),
    ] = None,
    seed: Seed = 0,
    device: Device = None,
    replace: Replace = False,
    quiet: Quiet = False,
) -> None:
    """Learn features from data without labels; then: deepen train few-labels/ --from FOLDER.

    Called again after it was interrupted, it goes on.
    """
    from deepen.cli import runs
    from deepen.verbs.pretrain import pretrain as verb

    place = out or Path(f"{stem(source)}-features")
    options: dict[str, Any] = {
        **about_data(target=target, input=input, kind=kind, drop=drop, keep=keep, without=None),
        "group": group, "time": time, "label_from": label_from, "group_from": group_from, "header": header,
        "delimiter": delimiter, "encoding": encoding, "test_share": test_share, "allow_bad": allow_bad,
        "image_size": image_size, "minutes": minutes, "epochs": epochs, "seed": seed, "device": device,
    }  # fmt: skip
    settings = {**settings_of(set), **({"labels": True} if labels else {})}
    model = runs.learned(
        place, replace=replace, quiet=quiet, beside=_samples,
        work=lambda given: verb(
            source, method=method, layers=_layers(layers), settings=settings, test=test, **given, **options
        ),
    )  # fmt: skip
    more = f"deepen write {place}" if model.FORM == "language" else f"deepen encode {place} DATA"
    runs.tell(model, place, f"deepen train FEW-LABELS --from {place}    {more}", quiet=quiet)


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
    if getattr(model, "grid", None) is None or not hasattr(model.estimator, "sample"):
        return None

    def draw(folder: Path) -> None:
        from deepen.reporting.contact_sheet import draw as sheet

        sheet([(picture, "") for picture in model.sample(32)], folder / "samples.png", "What it dreams")

    return draw
