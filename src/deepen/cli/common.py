"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["Delimiter", "Device", "Encoding", "Header"]

_TEXT = "How a text table is written"

Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="Whether it names its columns.", rich_help_panel=_TEXT),
]
Delimiter = Annotated[str | None, typer.Option(help="What parts its fields.", rich_help_panel=_TEXT)]
Encoding = Annotated[str | None, typer.Option(help="How it is encoded.", rich_help_panel=_TEXT)]
Device = Annotated[str | None, typer.Option(help="cpu, cuda, mps. Default: a GPU, if there is one.")]
