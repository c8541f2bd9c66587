"""Options that several commands share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.errors import SettingError

__all__ = [
    "HOW",
    "RUN",
    "AllowBad",
    "Delimiter",
    "Device",
    "Drop",
    "Encoding",
    "Group",
    "GroupFrom",
    "Header",
    "Input",
    "Keep",
    "Kind",
    "LabelFrom",
    "Minutes",
    "Quiet",
    "Replace",
    "Seed",
    "Set",
    "Target",
    "TestPart",
    "TestShare",
    "Time",
    "ValidPart",
    "ValidShare",
    "Without",
    "about_data",
    "must_read_data",
    "refuse_player",
    "settings_of",
    "stem",
]

HOW = "How to learn"
RUN = "The run"
_DATA = "What is in the data"
_TEXT = "How a text table is written"

Target = Annotated[
    list[str] | None,
    typer.Option(
        "--target", "-t", help="The column to learn; repeat for several labels.", rich_help_panel=_DATA
    ),
]
Input = Annotated[
    list[str] | None,
    typer.Option(help="A column to learn from; the others are left out. Repeat.", rich_help_panel=_DATA),
]
TestPart = Annotated[str | None, typer.Option(help="Data to use as the test part.", rich_help_panel=_DATA)]
ValidPart = Annotated[
    str | None, typer.Option(help="Data to use as the validation part.", rich_help_panel=_DATA)
]
Kind = Annotated[
    list[str] | None,
    typer.Option(
        help="NAME=KIND: number, category, labels, image, audio, text, series, tags; 'x1..x99=series' is one.",
        rich_help_panel=_DATA,
    ),
]
Drop = Annotated[list[str] | None, typer.Option(help="A column to leave out.", rich_help_panel=_DATA)]
Keep = Annotated[
    list[str] | None, typer.Option(help="A column to use though it looks useless.", rich_help_panel=_DATA)
]
Group = Annotated[
    str | None,
    typer.Option(help="A column whose groups stay together in the split.", rich_help_panel=_DATA),
]
Time = Annotated[
    str | None,
    typer.Option(help="A column to split by: the latest rows are the test part.", rich_help_panel=_DATA),
]
Without = Annotated[list[str] | None, typer.Option(help="A class to leave out.", rich_help_panel=_DATA)]
LabelFrom = Annotated[
    str | None,
    typer.Option(
        help="The label is in the files' names: name:0:_ (first part between _), folder:0.",
        rich_help_panel=_DATA,
    ),
]
GroupFrom = Annotated[
    str | None,
    typer.Option(help="The group is in the files' names, as with --label-from.", rich_help_panel=_DATA),
]
TestShare = Annotated[
    float | None,
    typer.Option(help="Share of the rows held out to test; 0 for none.", rich_help_panel=_DATA),
]
ValidShare = Annotated[
    float | None, typer.Option(help="Share of the others held out to validate.", rich_help_panel=_DATA)
]
AllowBad = Annotated[
    float, typer.Option(help="Share of files that may be unreadable.", rich_help_panel=_DATA)
]

Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="Whether it names its columns.", rich_help_panel=_TEXT),
]
Delimiter = Annotated[str | None, typer.Option(help="What parts its fields.", rich_help_panel=_TEXT)]
Encoding = Annotated[str | None, typer.Option(help="How it is encoded.", rich_help_panel=_TEXT)]
Minutes = Annotated[
    float | None,
    typer.Option(
        "--minutes", "-m", help="The time, from the start to the last score. Default: 5.", rich_help_panel=HOW
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="NAME=VALUE: another setting of the method, such as double=true. Repeat.",
        rich_help_panel=HOW,
    ),
]
Seed = Annotated[int, typer.Option(help="From which everything random follows.", rich_help_panel=HOW)]
Replace = Annotated[
    bool, typer.Option("--replace", help="Replace what stands there, and begin anew.", rich_help_panel=RUN)
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the score alone.", rich_help_panel=RUN)]
Device = Annotated[str | None, typer.Option(help="cpu, cuda, mps. Default: a GPU, if there is one.")]


def about_data(
    *,
    target: list[str] | None,
    input: list[str] | None,
    kind: list[str] | None,
    drop: list[str] | None,
    keep: list[str] | None,
    without: list[str] | None,
) -> dict[str, Any]:
    """What the columns are, as options of :class:`deepen.training.options.Options`."""
    return {
        "target": target[0] if target and len(target) == 1 else target, "input": input or [], "kinds": _pairs(kind),
        "drop": drop or [], "keep": keep or [], "without": without or [],
    }  # fmt: skip


def _pairs(given: list[str] | None) -> dict[str, str]:
    """Read NAME=KIND."""
    found = {}
    for text in given or []:
        name, sign, kind = text.rpartition("=")
        if not sign or not name:
            raise SettingError("not of the form NAME=KIND", where="--kind", came=repr(text))
        found[name] = kind
    return found


def settings_of(given: list[str] | None, *, option: str = "--set") -> dict[str, Any]:
    """Read NAME=VALUE, where a value is a number, true, false, or a word."""
    found = {}
    for text in given or []:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise SettingError("not of the form NAME=VALUE", where=option, came=repr(text))
        try:
            found[name.strip()] = json.loads(value)
        except json.JSONDecodeError:
            found[name.strip()] = value
    return found


def must_read_data(trained: Any, place: object, command: str) -> None:
    """Refuse a command on data for a player, and for a model that does not have it.

    Raises
    ------
    SettingError
        Saying what can be done with it instead.
    """
    refuse_player(trained, place, command)
    if not hasattr(trained, command):
        raise SettingError(f"has nothing to {command}", where=str(place), came=trained.FORM)


def refuse_player(trained: Any, place: object, command: str) -> None:
    """Refuse a command on data for a player.

    Raises
    ------
    SettingError
        Saying what can be done with it instead.
    """
    if trained.FORM in ("player", "board player"):
        raise SettingError(
            f"is a player, and reads no data: deepen {command} does not apply", where=str(place),
            mend=f"Let it play: deepen watch {place}" + (f", deepen match {place}." if " " in trained.FORM else "."),
        )  # fmt: skip


def stem(source: str) -> str:
    """What a source is called, without its endings."""
    name = Path(source).absolute().name
    for suffix in (".tar.gz", ".tar.bz2", ".tar.xz", ".csv.gz", ".tsv.gz"):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return Path(name).stem or "data"
