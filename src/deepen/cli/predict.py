"""``deepen predict``: a model's answers for new examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import Delimiter, Device, Encoding, Header, must_read_data

__all__ = ["predict"]

_SHOWN = 40  # answers printed; a file holds them all


def predict(
    model: Annotated[Path, typer.Argument(help="The model's folder.")],
    source: Annotated[list[str], typer.Argument(help="Pictures, recordings, a folder, a table...")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Write all answers and probabilities into this CSV; tags into .jsonl too.",
        ),
    ] = None,
    header: Header = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    device: Device = None,
) -> None:
    """Answer for new examples: labels with their probability, or numbers."""
    from rich.console import Console

    from deepen.answers import Forecast, Tagged
    from deepen.cli import show
    from deepen.compute.disk import check_writable, named_unwritable
    from deepen.verbs.load import load

    loaded: Any = load(model, device=device)
    must_read_data(loaded, model, "predict")
    if out is not None:
        check_writable(out)
    given = source[0] if len(source) == 1 else source
    with show.Screen() as screen:
        found = loaded.predict(
            given, progress=lambda done, of: screen.stage("predicting", done, of), header=header,
            delimiter=delimiter, encoding=encoding,
        )  # fmt: skip
    console = Console(highlight=False, soft_wrap=True)
    if out is not None:
        with named_unwritable(out):
            found.write(out) if isinstance(found, Tagged) else found.write_csv(out)
        console.print(f"{len(found):,} answers are in {out}", markup=False)
        return
    if isinstance(found, Forecast):
        show.forecast(console, found, _SHOWN)
        return
    for at in range(min(len(found), _SHOWN)):
        if isinstance(found, Tagged):
            console.print(f"{found.names[at]}  {found.shown(at)}", markup=False)
            continue
        sure = "" if found.probabilities is None else f"  {found.probabilities[at].max():.3f}"
        value = found[at]
        shown = (
            ", ".join(value) or "none"
            if isinstance(value, tuple)
            else f"{value:.6g}"
            if isinstance(value, float)
            else value
        )
        console.print(
            f"{found.names[at]}  {shown}{sure if not isinstance(value, tuple) else ''}", markup=False
        )
    if len(found) > _SHOWN:
        console.print(
            f"and {len(found) - _SHOWN:,} more; write them all with --out answers.csv", markup=False
        )
