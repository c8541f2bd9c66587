"""``deepen evaluate``: how good a model is on other data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deepen.cli.common import Delimiter, Device, Encoding, Header

__all__ = ["evaluate"]


def evaluate(
    model: Annotated[Path, typer.Argument(help="The model's folder.")],
    source: Annotated[
        str | None,
        typer.Argument(help="Data with the target. Without them, the scores of its training are shown."),
    ] = None,
    label_from: Annotated[
        str | None, typer.Option(help="The target is in the files' names: name:0:_, folder:0.")
    ] = None,
    header: Header = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    device: Device = None,
) -> None:
    """Measure a model on other data, every figure with its 95 % interval."""
    from rich.console import Console

    from deepen._api import load
    from deepen.cli import show

    loaded = load(model, device=device)
    if source is None:
        found = {"test": loaded.score, **loaded.scores}
    else:
        score = loaded.evaluate(
            source, label_from=label_from, header=header, delimiter=delimiter, encoding=encoding
        )
        found = {"test": score}
    show.scores(Console(highlight=False), found)
