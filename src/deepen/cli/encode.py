"""``deepen encode``: the features of new examples, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from deepen.cli.common import Delimiter, Device, Encoding, Header, refuse_player
from deepen.errors import FolderError, SettingError

__all__ = ["encode"]

FORMS = (".npy", ".csv", ".parquet")


def encode(
    model: Annotated[Path, typer.Argument(help="The folder of deepen pretrain, or of deepen train.")],
    source: Annotated[str, typer.Argument(help="The examples.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="A .npy, .csv or .parquet file. Default: NAME-codes.npy."),
    ] = None,
    level: Annotated[
        str | None,
        typer.Option(help="Of a net of deepen train: which level, by its name or place. Default: the last."),
    ] = None,
    header: Header = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    device: Device = None,
) -> None:
    """Write what a trained net makes of each example, a row of numbers each."""
    from deepen.cli.common import stem
    from deepen.compute.folders import check_writable
    from deepen.verbs.load import load

    place = out or Path(f"{stem(source)}-codes.npy")
    if place.suffix not in FORMS:
        raise SettingError(
            "no such form", where="--out", allowed=", ".join(FORMS), came=place.suffix or str(place)
        )
    check_writable(place)
    loaded: Any = load(model, device=device)
    refuse_player(loaded, model, "encode")
    reading = {"header": header, "delimiter": delimiter, "encoding": encoding}
    if hasattr(loaded, "encode"):
        if level is not None:
            raise SettingError("is for nets of deepen train", where="--level", came=level)
        codes = loaded.encode(source, **reading)
    elif hasattr(loaded, "activations"):
        codes = loaded.activations(source, _level(level))
    else:
        raise SettingError("a model of this form gives no features", where=str(model), came=loaded.FORM)
    try:
        _write(codes, place)
    except OSError as error:
        raise FolderError(f"cannot be written: {error.strerror or error}", where=place) from None
    typer.echo(f"{codes.shape[0]:,} rows of {codes.shape[1]:,} numbers are in {place}")


def _level(given: str | None) -> int | str:
    """A level's place, or its name; the last where none is given."""
    try:
        return -1 if given is None else int(given)
    except ValueError:
        return str(given)


def _write(codes: Any, place: Path) -> None:
    import numpy as np

    if place.suffix == ".npy":
        np.save(place, codes)
        return
    import pyarrow as pa

    table = pa.table({f"f{k + 1}": codes[:, k] for k in range(codes.shape[1])})
    if place.suffix == ".csv":
        from pyarrow import csv

        csv.write_csv(table, place)
    else:
        from pyarrow import parquet

        parquet.write_table(table, place)
