"""``deepen evaluate``: how good a model is on other data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import Delimiter, Device, Encoding, Header, must_read_data
from deepen.errors import SettingError

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
    by: Annotated[
        list[str] | None,
        typer.Option(help="Score by a column too, or by a part of the files' names (name:1:_). Repeat."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A new folder for evaluation.json and its pictures."),
    ] = None,
    header: Header = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    device: Device = None,
) -> None:
    """Measure a model on other data, every figure with its 95 % interval."""
    from rich.console import Console

    from deepen.cli import show
    from deepen.compute.folders import check_writable, staged, write_json
    from deepen.evaluation import Evaluation
    from deepen.model import Model
    from deepen.verbs.load import load

    if out is not None:
        check_writable(out)
    loaded: Any = load(model, device=device)
    behind: Any = getattr(loaded, "evaluation", None)
    if source is None:
        found = {"test": loaded.score, **loaded.scores}
        if by:
            raise SettingError(
                "needs data to score", where="--by", mend=f"deepen evaluate {model} DATA --by {by[0]}"
            )
    else:
        must_read_data(loaded, model, "evaluate")
        asked: dict[str, Any] = {} if not by else {"by": by}
        if by and not isinstance(loaded, Model):
            raise SettingError(
                "belongs to classes, labels and numbers", where="--by", came=type(loaded).__name__
            )
        score = loaded.evaluate(
            source, label_from=label_from, header=header, delimiter=delimiter, encoding=encoding, **asked
        )
        found, behind = {"test": score}, score if isinstance(score, Evaluation) else None
    console = Console(highlight=False)
    show.scores(console, found)
    show.behind(console, behind, groups=True)
    if out is None:
        return
    if behind is None:
        raise SettingError(
            "this model's scores have nothing behind them to draw", where="--out", came=str(model)
        )
    from deepen.reporting.pictures import draw

    with staged(out, kind="evaluation") as stage:
        write_json(stage / "evaluation.json", behind.to_dict())
        drawn = draw(behind, stage)
    console.print(f"{len(drawn)} pictures and evaluation.json are in {out}/", markup=False)
