"""One file that is a table by itself: its format is told by its name, or else by its first bytes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from deepen.data.sources.arrow import read_arrow_file, read_parquet
from deepen.data.sources.conll import read_conll
from deepen.data.sources.files import MEDIA, UNREAD, format_of, seen_in
from deepen.data.sources.idx import read_idx_file
from deepen.data.sources.json_lines import read_json
from deepen.data.sources.npz import read_npy, read_npz
from deepen.data.sources.options import Options
from deepen.data.sources.prose import read_text
from deepen.data.table import Table
from deepen.errors import DataError

__all__ = ["file_format", "read_file", "unread"]


def read_file(path: Path, options: Options) -> Table:
    """Read one file that is not an archive.

    Raises
    ------
    DataError
        If its format is not one that is read, or it is damaged.
    """
    options.check_stop(path.name)
    kind = file_format(path)
    if kind is None:
        raise unread(path)
    try:
        if kind == "text":
            return read_text(path, options)
        if kind == "json":
            return read_json(path, options)
        if kind == "conll":
            return read_conll(path, options)
        if kind in MEDIA:
            return Table({kind: pa.chunked_array([[path.name]])}, path.name, path.parent)
        readers = {
            "parquet": read_parquet,
            "arrow": read_arrow_file,
            "npz": read_npz,
            "npy": read_npy,
            "idx": read_idx_file,
        }
        return readers[kind](path)
    except OSError as error:
        raise DataError("the file cannot be read", where=path, came=error.strerror or str(error)) from error
    except MemoryError as error:
        raise DataError("the file needs more memory than there is", where=path) from error


def file_format(path: Path) -> str | None:
    """Tell the format of a file by its name, or by its first bytes where the name tells nothing.

    A name without a known extension is a text table unless the bytes say otherwise; None means a known
    format that is not read.
    """
    kind = format_of(path.name)
    if kind is not None:
        return kind
    if path.suffix.lower() in UNREAD:
        return None
    try:
        with path.open("rb") as file:
            seen = seen_in(file.read(512))[0]
    except OSError as error:
        raise DataError("the file cannot be read", where=path, came=error.strerror or str(error)) from error
    if seen in {"hdf5", "other"}:
        return None
    return {"gzip": "tar" if path.suffix.lower() == ".tgz" else "text", "": "text"}.get(seen, seen)


def unread(path: Path) -> DataError:
    """Make the error for a format that is not read."""
    mend = UNREAD.get(path.suffix.lower(), "Save it as CSV, Parquet or .npz, or pass arrays.")
    return DataError(
        "files of this format are not read", where=path, came=path.suffix or "no extension", mend=mend
    )
