"""The idx format of MNIST and its kin: a magic number, the sizes, and the values, big end first.

Reference: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998, file formats.
"""

from __future__ import annotations

import gzip
import math
import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import IO, cast

import numpy as np
import pyarrow as pa

from deepen.data.sources.files import is_idx, part_of
from deepen.data.table import Table
from deepen.errors import DataError

__all__ = ["read_idx", "read_idx_file", "read_idx_folder"]

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_FOLD = 1032  # what gzip can pack at most


def read_idx(path: Path) -> np.ndarray:
    """Read the array of one idx file, plain or gzipped.

    Raises
    ------
    DataError
        If the file is damaged, or holds another number of values than it says.
    """
    with path.open("rb") as raw:
        zipped = raw.read(2) == b"\x1f\x8b"
    size = path.stat().st_size * (_MOST_FOLD if zipped else 1)
    try:
        with gzip.open(path) if zipped else path.open("rb") as stream:
            return _read(cast(IO[bytes], stream), size, path)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise DataError("the file is damaged or cut short", where=path, came=str(error)) from error


def _read(stream: IO[bytes], size: int, path: Path) -> np.ndarray:
    zero, code, ndim = struct.unpack(">HBB", stream.read(4))
    if zero or code not in _TYPES or not ndim:
        raise DataError("not an idx file: its first bytes are wrong", where=path)
    shape = struct.unpack(f">{ndim}I", stream.read(4 * ndim))
    dtype = np.dtype(_TYPES[code])
    needed = math.prod(shape) * dtype.itemsize
    # A header may claim any size: believe none that the file cannot hold.
    data = stream.read(needed + 1) if needed <= size else b""
    if len(data) != needed:
        came = "fewer" if len(data) < needed else "more"
        raise DataError(f"the header says {needed:,} bytes of values, there are {came}", where=path)
    return np.frombuffer(data, dtype=dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def read_idx_folder(paths: Iterable[Path], origin: str) -> Table:
    """Read the idx files of a folder: images with their labels, as parts where their names say so.

    Raises
    ------
    DataError
        If no file of images is among them, or two hold the same part.
    """
    images = _unpacked_first(path for path in paths if is_idx(path.name) and not _is_labels(path))
    if not images:
        raise DataError(
            "there are idx files but none of images", where=origin, mend="Give the file of images too."
        )
    tables: dict[str, Table] = {}
    for path in images:
        part = _part(path) or "train"
        if part in tables:
            raise DataError(
                f"two files hold the part {part!r}",
                where=origin,
                came=f"{tables[part].origin} and {path.name}",
                mend="Give the one file of images.",
            )
        tables[part] = read_idx_file(path)
    first = "train" if "train" in tables else next(iter(tables))
    table = tables.pop(first)
    parts = None if not tables else np.full(len(table), first, dtype=object)
    table = replace(table, origin=origin, parts=parts)
    for part in ("valid", "test"):
        if part in tables:
            table = table.join(tables[part], part)
    return table


def read_idx_file(path: Path) -> Table:
    """Read a file of images, and the labels from the file beside it where there is one.

    Raises
    ------
    DataError
        If the file is one of labels, is damaged, or the labels are of another number.
    """
    if _is_labels(path):
        raise DataError(
            "these are labels", where=path, mend="Give the file of images; the labels are found beside it."
        )
    array = read_idx(path)
    columns: dict[str, object] = {"image": array}
    if array.ndim < 3:
        raise DataError("not images", where=path, allowed="3 dimensions or more", came=f"{array.ndim}")
    beside = _labels_beside(path)
    if beside is None:
        return Table(columns, path.name, notes=(f"no labels were found beside {path.name}",))
    labels = read_idx(beside)
    if labels.ndim != 1 or len(labels) != len(array):
        raise DataError(
            "the labels do not fit the images",
            where=beside,
            allowed=f"{len(array):,}",
            came=f"{labels.shape}",
        )
    columns["label"] = pa.chunked_array([pa.array(labels.astype(np.int64))])
    return Table(columns, path.name, target="label")


def _is_labels(path: Path) -> bool:
    name = path.name.lower()
    return "labels" in name or "idx1" in name


def _labels_beside(path: Path) -> Path | None:
    for suffix in ("", ".gz"):
        name = re.sub(r"images", "labels", path.name.removesuffix(".gz"), flags=re.IGNORECASE)
        name = re.sub(r"idx\d", "idx1", name) + suffix
        if name != path.name and (path.parent / name).is_file():
            return path.parent / name
    return None


def _unpacked_first(paths: Iterable[Path]) -> list[Path]:
    """Leave out the gzipped twin of a file that is there unpacked too."""
    found = sorted(paths)
    names = {path.name for path in found}
    return [path for path in found if not (path.suffix == ".gz" and path.stem in names)]


def _part(path: Path) -> str | None:
    words = re.split(r"[^a-z0-9]+", path.name.lower())
    return next(
        ("test" if word == "t10k" else part_of(word) for word in words if word == "t10k" or part_of(word)),
        None,
    )
