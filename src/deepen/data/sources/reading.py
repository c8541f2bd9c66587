"""Read anything: look at what is given and hand it to the one who reads such things."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from deepen.data.sources.archive import unpack
from deepen.data.sources.arrays import from_arrays, from_columns, is_array, with_target
from deepen.data.sources.arrow import from_stream, speaks_arrow
from deepen.data.sources.files import MEDIA, THINGS, medium_of, missing_path, part_of, seen_in
from deepen.data.sources.folder import read_folder
from deepen.data.sources.json_lines import from_rows
from deepen.data.sources.options import Options
from deepen.data.sources.own_folders import refuse_model
from deepen.data.sources.single import file_format, read_file
from deepen.data.sources.untar import untar
from deepen.data.sources.unzip import unzip
from deepen.data.table import Table
from deepen.errors import DataError, DeepenError

__all__ = ["read"]

_ALLOWED = (
    "a path to a folder, an archive, an image, a recording, or a CSV, JSON Lines, Parquet, Arrow, .npy, .npz or idx "
    "file; a list of images or recordings; arrays, tensors or lists, with y; a data frame of any library; "
    "a dictionary of arrays"
)
_GIVEN = "the table given"


def read(
    source: Any,
    y: Any = None,
    *,
    target: str | None = None,
    header: bool | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    workspace: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Table:
    """Read a source of any sort into a table.

    Parameters
    ----------
    source
        A path (folder, archive, table, image, recording), a list of paths of images or recordings, arrays, a
        data frame, or a table that was read before.
    y
        The targets: an array of the same length, or the name of a column.
    target
        The name of a column that has to be there.
    header, delimiter, encoding
        For text tables: what is not to be guessed.
    workspace
        Where archives are unpacked, and found again; a temporary folder where None.
    stop
        Asked again and again; once it is true, the reading ends.

    Returns
    -------
    Table
        The columns, and all that the source itself says of them.

    Raises
    ------
    DataError
        If the source is missing, empty, damaged, or not of a sort that can be read.
    SettingError
        If the delimiter or the encoding is none.
    Stopped
        If ``stop`` became true.

    Examples
    --------
    >>> table = read([[5.1, 3.5], [4.9, 3.0]], ["setosa", "virginica"])
    >>> table.names, table.target
    (('x1', 'x2', 'target'), 'target')
    """
    options = Options(header=header, delimiter=delimiter, encoding=encoding, workspace=workspace, stop=stop)
    options.check_stop("the data")
    if isinstance(source, str | os.PathLike):
        table = with_target(_path(Path(source), options), y)
    else:
        table = _object(source, y, options)
    if target is not None:
        table[target]  # is it there?
    return table


def _path(path: Path, options: Options) -> Table:
    try:
        path = path.expanduser()
        if not path.exists():
            raise missing_path(path)
    except DeepenError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(
            "this is not a path that can be", where=repr(str(path))[:80], came=str(error)
        ) from error
    if path.is_dir():
        refuse_model(path)
        return read_folder(path, options)
    if not path.is_file():
        raise DataError("neither a file nor a folder", where=path)
    kind = file_format(path)
    if kind not in {"zip", "tar"}:
        return read_file(path, options)
    folder = unpack(path, kind, options, unzip if kind == "zip" else untar)
    return replace(read_folder(folder, options, origin=path.name), origin=path.name)


def _object(source: Any, y: Any, options: Options) -> Table:
    if isinstance(source, Table):
        return with_target(source, _target_values(y))
    if isinstance(source, Mapping):
        return _mapping(source, y, options)
    if isinstance(source, list | tuple):
        return _sequence(source, y, options)
    if speaks_arrow(source):
        return with_target(from_stream(source, _GIVEN), _target_values(y))
    if is_array(source):
        return from_arrays(source, _target_values(y))
    raise DataError(
        "nothing that can be read", where="the data", allowed=_ALLOWED, came=type(source).__name__
    )


def _target_values(y: Any) -> Any:
    """Take a data frame's column over as Arrow where it offers itself."""
    if hasattr(y, "__arrow_c_stream__") and not hasattr(y, "columns"):
        try:
            column = pa.chunked_array(y)
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise DataError("values of no single type", where="y", came=str(error)) from error
        return from_stream(pa.table({"y": column}), "y")["y"] if len(column) else np.empty(0)
    return y


def _mapping(source: Mapping[Any, Any], y: Any, options: Options) -> Table:
    """Read parts by name, ``{"train": frame, "test": frame}``, or columns by name."""
    parts = {part: key for key in source if isinstance(key, str) and (part := part_of(key))}
    wholes = (str, os.PathLike)
    if not source or len(parts) < len(source) or not all(
        isinstance(value, wholes) or speaks_arrow(value) for value in source.values()
    ):  # fmt: skip
        return with_target(from_columns(source), _target_values(y))
    joined: Table | None = None
    for part in ("train", "valid", "test"):
        if part not in parts:
            continue
        value = source[parts[part]]
        table = (
            _path(Path(value), options)
            if isinstance(value, wholes)
            else from_stream(value, f"{parts[part]!r}")
        )
        if joined is None:
            joined = replace(table, parts=np.full(len(table), part, dtype=object))
        else:
            joined = joined.join(table, part)
    assert joined is not None
    return with_target(joined, y)


def _sequence(source: Sequence[Any], y: Any, options: Options) -> Table:
    if not len(source):
        raise DataError("zero rows", where="the data", allowed=_ALLOWED)
    paths = all(isinstance(item, str | os.PathLike) for item in source)
    if paths and all(isinstance(item, os.PathLike) or medium_of(item) for item in source):
        return with_target(_files([Path(item) for item in source], options), _target_values(y))
    if all(isinstance(item, Mapping) for item in source):
        return with_target(from_rows(list(source), "the rows given"), _target_values(y))
    if y is None and isinstance(source, tuple) and len(source) == 2 and all(map(_is_bulk, source)):
        return _object(source[0], source[1], options)
    return from_arrays(source, _target_values(y))


def _is_bulk(item: object) -> bool:
    return is_array(item) or speaks_arrow(item)


def _files(paths: list[Path], options: Options) -> Table:
    """Make a table of single images or recordings; relative names stand relative to where the program runs."""
    media: dict[str, Path] = {}
    for number, path in enumerate(paths):
        if number % 1024 == 0:
            options.check_stop("the paths given")
        if not path.is_file():
            raise missing_path(path) if not path.exists() else DataError("a folder among files", where=path)
        media.setdefault(_medium(path), path)
    if len(media) > 1:
        came = ", ".join(f"{THINGS[medium]} {path.name}" for medium, path in media.items())
        raise DataError(
            "files of two sorts", where="the paths given", came=came, mend="Give the ones or the others."
        )
    (medium,) = media
    names = pa.array([path.as_posix() for path in paths], pa.string())
    return Table({medium: pa.chunked_array([names])}, "the paths given", Path.cwd())


def _medium(path: Path) -> str:
    """Tell whether a file is an image or a recording: by its name, else by its first bytes."""
    found = medium_of(path.name)
    if found is None:
        try:
            with path.open("rb") as file:
                found = seen_in(file.read(512))[0]
        except OSError:
            pass  # whoever decodes it reports it, by name
    return found if found in MEDIA else "image"
