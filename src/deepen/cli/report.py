"""``deepen report``: one HTML page with all that is known of a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["report"]


def report(
    model: Annotated[Path, typer.Argument(help="The model's folder.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file. Default: beside the model, NAME-report.html."),
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option(help="A folder of deepen study to show too. Default: NAME-study, if it is there."),
    ] = None,
    seen: Annotated[
        Path | None,
        typer.Option(help="A folder of deepen see to show too. Default: NAME-seen, if it is there."),
    ] = None,
    checked: Annotated[
        Path | None,
        typer.Option(help="A folder of deepen check to show too. Default: NAME-check, if it is there."),
    ] = None,
) -> None:
    """Write one HTML page on a model: how good it is, beside what, on which data, and what to do next."""
    from rich.console import Console

    from deepen.reporting.material import Material
    from deepen.reporting.page import write

    stem = model.absolute().name.removesuffix("-model")
    material = Material.of_folder(model).with_folders(
        study=study or _beside(model, f"{stem}-study", "study.json"),
        seen=seen or _beside(model, f"{stem}-seen", "seeing.json"),
        checked=checked or _beside(model, f"{stem}-check", "findings.json"),
    )
    place = write(material, out or model.absolute().with_name(f"{stem}-report.html"))
    size = place.stat().st_size
    Console(highlight=False).print(
        f"{place}: {size / 1000:,.0f} KB; open it in a browser", markup=False, soft_wrap=True
    )


def _beside(model: Path, name: str, holds: str) -> Path | None:
    """A folder that stands beside the model and holds such a file."""
    found = model.absolute().with_name(name)
    return found if (found / holds).is_file() else None
