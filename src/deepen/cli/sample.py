"""``deepen sample``: what a machine that learned without labels dreams."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import Device
from deepen.errors import SettingError

__all__ = ["sample"]

FORMS = (".png", ".svg", ".pdf", ".npy")


def sample(
    model: Annotated[Path, typer.Argument(help="The folder of deepen pretrain.")],
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="How many.")] = 64,
    label: Annotated[
        str | None, typer.Option(help="Of this class alone; for machines trained with --labels.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Gibbs steps before one is taken.", min=1)] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="A .png of pictures, or a .npy of rows.")] = Path(
        "samples.png"
    ),
    seed: Annotated[int, typer.Option(help="The same seed dreams the same.")] = 0,
    device: Device = None,
) -> None:
    """Draw examples from what a machine has learned."""
    from deepen.compute.disk import check_writable, named_unwritable
    from deepen.verbs.load import load

    if out.suffix not in FORMS:
        raise SettingError(
            "no such form", where="--out", allowed=", ".join(FORMS), came=out.suffix or str(out)
        )
    check_writable(out)
    loaded: Any = load(model, device=device)
    if not callable(getattr(loaded, "sample", None)):  # of a language model it is a text
        writes = f"A language model writes: deepen write {model}." if hasattr(loaded, "stream") else ""
        raise SettingError(
            "does not sample", where=str(model), mend=writes or "Give a folder of deepen pretrain."
        )
    if loaded.grid is None and out.suffix != ".npy":
        raise SettingError(
            "what it dreams are no pictures", where="--out", allowed="a .npy file", came=str(out)
        )
    found = loaded.sample(n, label=label, seed=seed, **({} if steps is None else {"steps": steps}))
    with named_unwritable(out):
        _write(found, out, "What it dreams" + (f": {label}" if label else ""))
    typer.echo(f"{len(found)} samples are in {out}")


def _write(found: Any, place: Path, title: str) -> None:
    if place.suffix == ".npy":
        import numpy as np

        np.save(place, found)
        return
    from deepen.reporting.contact_sheet import draw

    draw([(picture, "") for picture in found], place, title)
