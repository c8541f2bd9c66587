"""NumPy's own files: one array (``.npy``), or several by name (``.npz``). Never a pickle."""

from __future__ import annotations

import re
import tokenize
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from deepen.data.sources.arrays import from_arrays, from_columns
from deepen.data.sources.files import part_of
from deepen.data.table import Table
from deepen.errors import DataError

__all__ = ["read_npy", "read_npz"]

_INPUTS = {"x", "data", "image", "images", "input", "inputs", "feature", "features"}
_TARGETS = {"y", "target", "targets", "label", "labels"}
# What np.load raises over a damaged file; the last three come from its reading the header as Python's words.
_BAD = (
    ValueError, OSError, EOFError, KeyError, MemoryError, NotImplementedError, zipfile.BadZipFile, zlib.error,
    SyntaxError, TypeError, tokenize.TokenError,
)  # fmt: skip
_MARKS = {"sample", "split", "part", "subset"}


def read_npy(path: Path) -> Table:
    """Read one array; images stay in the file until they are used.

    Raises
    ------
    DataError
        If the file is damaged or holds Python objects.
    """
    try:
        array = np.load(path, allow_pickle=False, mmap_mode="r")
    except _BAD as error:
        raise _refused(path, error) from error
    return from_arrays(array, origin=path.name)


def read_npz(path: Path) -> Table:
    """Read named arrays: ``X`` and ``y``, or ``x_train``, ``y_train``, ``x_test``..., or a column each.

    An array ``sample`` or ``split`` of part names makes the parts.

    Raises
    ------
    DataError
        If the file is damaged, holds Python objects, or its arrays do not fit each other.
    """
    try:
        # Opened here, since np.load leaves a damaged file open.
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except _BAD as error:
        raise _refused(path, error) from error
    if not arrays:
        raise DataError("there is no array", where=path)
    roles = {role: name for name in arrays if (role := _role(name))}
    parts = [part for part in ("train", "valid", "test") if (part, "x") in roles]
    if parts:
        table = _by_part(arrays, roles, parts, path.name)
    elif ("", "x") in roles:
        table = _plain(arrays, roles, path.name)
    else:
        return from_columns(arrays, origin=path.name)
    unused = sorted(set(arrays) - set(roles.values()))
    if unused:
        table = replace(table, notes=(*table.notes, f"arrays left out: {', '.join(unused)}"))
    return table


def _refused(path: Path, error: Exception) -> DataError:
    if "pickle" in str(error).lower() or "Python objects" in str(error):
        return DataError(
            "holds Python objects, which only a pickle can keep, and no pickle is opened",
            where=path,
            mend="Save arrays of numbers or of strings: np.array(values, dtype=str).",
        )
    return DataError("not a sound NumPy file", where=path, came=str(error) or type(error).__name__)


def _role(name: str) -> tuple[str, str] | None:
    """Tell part and role by the name: ``x_train`` is (``train``, ``x``), ``labels`` is (``""``, ``y``)."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    part = next((part for word in words if (part := part_of(word))), "")
    rest = [word for word in words if not part_of(word)]
    if len(rest) != 1:
        return None
    kinds = (("x", _INPUTS), ("y", _TARGETS), ("mark", _MARKS))
    return next(((part, role) for role, known in kinds if rest[0] in known), None)


def _plain(arrays: dict[str, np.ndarray], roles: dict[tuple[str, str], str], origin: str) -> Table:
    y = arrays[roles["", "y"]] if ("", "y") in roles else None
    table = from_arrays(arrays[roles["", "x"]], y, origin=origin)
    if ("", "mark") not in roles:
        return table
    name = roles["", "mark"]
    words = arrays[name].astype(str).ravel()
    named = {str(word): part_of(str(word)) for word in np.unique(words)}
    unknown = [word for word, part in named.items() if part is None]
    if unknown or len(words) != len(table):
        raise DataError(
            f"the array {name!r} does not say the part of each row",
            where=origin,
            allowed=f"{len(table):,} of train, valid, test",
            came=f"{len(words):,}" + (f" with {unknown[0]!r}" if unknown else ""),
        )
    parts = np.array([named[str(word)] for word in words], dtype=object)
    return replace(table, parts=parts)


def _by_part(
    arrays: dict[str, np.ndarray], roles: dict[tuple[str, str], str], parts: list[str], origin: str
) -> Table:
    joined: Table | None = None
    for part in parts:
        y = arrays[roles[part, "y"]] if (part, "y") in roles else None
        table = from_arrays(arrays[roles[part, "x"]], y, origin=f"{origin} ({part})")
        if joined is None:
            joined = replace(table, origin=origin, parts=np.full(len(table), part, dtype=object))
        else:
            joined = joined.join(table, part)
    assert joined is not None
    return joined
