"""``deepen evaluate``: how good a model is on other data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["evaluate"]


def evaluate(
    model: Annotated[Path, typer.Argument(help="The model's folder.")],
    source: Annotated[
        str | None,
        typer.Argument(help="Data with the target. Without them, the scores of its training are shown."),
    ] = None,
    header: Annotated[
        bool | None, typer.Option("--header/--no-header", help="Whether a text table names its columns.")
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="What parts the fields of a text table.")] = None,
    encoding: Annotated[str | None, typer.Option(help="How a text table is encoded.")] = None,
    device: Annotated[
        str | None, typer.Option(help="cpu, cuda, mps. Default: a GPU, if there is one.")
    ] = None,
) -> None:
    """Measure a model on other data, every figure with its 95 % interval."""
    from rich.console import Console

    from deepen._api import load
    from deepen.cli import show

    loaded = load(model, device=device)
    if source is None:
        found = dict(loaded.scores)
    else:
        found = {"test": loaded.evaluate(source, header=header, delimiter=delimiter, encoding=encoding)}
    show.scores(Console(highlight=False), found)
