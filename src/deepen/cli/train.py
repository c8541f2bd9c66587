"""``deepen train``: from raw data to a model's folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

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
    stem,
)
from deepen.cli.job import start
from deepen.errors import SettingError

__all__ = ["train"]

_DATA = "What is in the data"
_HOW = "How to train"
_RUN = "The run"
_AHEAD = "Forecasting"


def train(
    source: Annotated[
        str | None,
        typer.Argument(
            help="A folder of class folders, a zip or tar, a CSV, JSON Lines, Parquet...", show_default=False
        ),
    ] = None,
    target: Target = None,
    input: Input = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes",
            "-m",
            help="The time, from reading to the last score. Default: 5.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    epochs: Annotated[
        float | None,
        typer.Option(help="Passes over the training part, instead of minutes.", rich_help_panel=_HOW),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Updates of the weights, instead of minutes.", rich_help_panel=_HOW)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The model's folder. Default: beside you, NAME-model.", rich_help_panel=_RUN
        ),
    ] = None,
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
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="Score by a column too, also one left out, or by a part of the files' names (name:1:_). Repeat."
            " Default: the group.",
            rich_help_panel=_DATA,
        ),
    ] = None,
    header: Header = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    forecast: Annotated[
        list[str] | None,
        typer.Option(
            help="A column whose future is forecast; repeat for several. --time names the dates' column, "
            "--group the one whose values part the series.",
            rich_help_panel=_AHEAD,
        ),
    ] = None,
    horizon: Annotated[
        int | None, typer.Option(help="Steps ahead that are forecast.", rich_help_panel=_AHEAD)
    ] = None,
    future: Annotated[
        list[str] | None,
        typer.Option(
            help="A column that is known ahead, such as a price or a holiday.", rich_help_panel=_AHEAD
        ),
    ] = None,
    season: Annotated[
        int | None, typer.Option(help="Steps in a season; found unless it is said.", rich_help_panel=_AHEAD)
    ] = None,
    lookback: Annotated[
        int | None, typer.Option(help="Steps that a forecast looks back.", rich_help_panel=_AHEAD)
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw the last test forecasts into this PNG.", rich_help_panel=_AHEAD),
    ] = None,
    test_share: TestShare = None,
    valid_share: ValidShare = None,
    allow_bad: AllowBad = 0.01,
    from_: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="A model's folder, or a text encoder's of the Hugging Face hub: go on with its net, under a"
            " new head.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    freeze: Annotated[
        str | None,
        typer.Option(
            help="Levels of that net, from the input on, that stay as they are; or all (but the head).",
            rich_help_panel=_HOW,
        ),
    ] = None,
    level_rate: Annotated[
        float | None,
        typer.Option(
            help="Each of its levels learns at this times the rate of the one above. Default: 1.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    unlabelled: Annotated[
        str | None,
        typer.Option(
            help="Data without the target that are learned from too; the word rows: those of the source that have"
            " no value for it.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    reader: Annotated[
        str | None, typer.Option(help="bag, cnn, lstm or spectrogram, to read by.", rich_help_panel=_HOW)
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="tiny, small, medium, large, huge, or a number.", rich_help_panel=_HOW)
    ] = None,
    image_size: Annotated[
        int | None, typer.Option(help="The pictures' longer side, in pixels.", rich_help_panel=_HOW)
    ] = None,
    batch: Annotated[int | None, typer.Option(help="Examples in a step.", rich_help_panel=_HOW)] = None,
    rate: Annotated[float | None, typer.Option(help="The peak learning rate.", rich_help_panel=_HOW)] = None,
    balance: Annotated[
        bool, typer.Option("--balance", help="Let every class count alike.", rich_help_panel=_HOW)
    ] = False,
    mirror: Annotated[
        bool | None,
        typer.Option("--mirror/--no-mirror", help="Whether pictures may be mirrored.", rich_help_panel=_HOW),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="From which everything random follows.", rich_help_panel=_HOW)
    ] = 0,
    device: Device = None,
    processes: Annotated[
        int, typer.Option(help="Train data-parallel in so many processes.", rich_help_panel=_RUN)
    ] = 1,
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with the interrupted run of this model's folder.", rich_help_panel=_RUN),
    ] = None,
    shallow_share: Annotated[
        float,
        typer.Option(
            help="Share of the clock for shallow learners beside the net; 0 for none.", rich_help_panel=_HOW
        ),
    ] = 0.1,
    from_nothing_share: Annotated[
        float | None,
        typer.Option(
            help="With --from: share of the clock for a net from nothing beside it; 0 for none. Default: 0.2.",
            rich_help_panel=_HOW,
        ),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Replace a model, or an interrupted run, that stands there.",
            rich_help_panel=_RUN,
        ),
    ] = False,
    mistakes: Annotated[
        Path | None,
        typer.Option(help="Draw its worst mistakes into this PNG too.", rich_help_panel=_RUN),
    ] = None,
    pictures: Annotated[
        bool | None,
        typer.Option(
            "--pictures/--no-pictures",
            help="Whether pictures of mistakes, confusion and reliability are drawn into the model's folder."
            " Default: after runs of 20 s or more.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the score alone.", rich_help_panel=_RUN)
    ] = False,
) -> None:
    """Train a deep net on raw data, inside the time you name, and keep it as a folder."""
    if resume is not None:
        if source is not None:
            raise SettingError(
                "the data are those of the interrupted run", where="--resume", came=f"also {source!r}"
            )
        start(
            {
                "resume": os.fspath(resume), "quiet": quiet, "mistakes": mistakes and os.fspath(mistakes),
                "plot": plot and os.fspath(plot), "pictures": pictures,
            },
            processes,
        )  # fmt: skip
        return
    if source is None:
        raise SettingError(
            "what to learn from is missing", where="deepen train", mend="Name a file or folder."
        )
    options = {
        **about_data(target=target, input=input, kind=kind, drop=drop, keep=keep, without=without),
        "group": group, "time": time, "by": by or None, "label_from": label_from, "group_from": group_from,
        "header": header, "delimiter": delimiter, "encoding": encoding, "test_share": test_share,
        "valid_share": valid_share, "allow_bad": allow_bad, "minutes": minutes, "epochs": epochs, "steps": steps,
        "reader": reader, "size": size, "image_size": image_size, "batch": batch, "rate": rate,
        "shallow_share": shallow_share, "balance": balance, "mirror": mirror, "seed": seed, "device": device,
        "freeze": freeze, "level_rate": level_rate, "from_nothing_share": from_nothing_share,
        "forecast": forecast, "horizon": horizon, "future": future or [], "season": season, "lookback": lookback,
    }  # fmt: skip
    if plot is not None and not forecast:
        raise SettingError("belongs to a forecast", where="--plot", mend="Name the column with --forecast.")
    place = out or Path(f"{stem(source)}-model")
    start(
        {
            "source": source, "test": test, "valid": valid, "from": from_ and os.fspath(from_),
            "unlabelled": unlabelled, "out": os.fspath(place), "options": options, "replace": replace,
            "quiet": quiet, "mistakes": mistakes and os.fspath(mistakes),
            "plot": plot and os.fspath(plot), "pictures": pictures,
        },
        processes,
    )  # fmt: skip
