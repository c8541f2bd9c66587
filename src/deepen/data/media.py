"""Files of a column, whatever they are given as: names, bytes, or structs of both; one at a time.

Legend: N rows.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa

from deepen.data.columns import Column, is_text
from deepen.data.sources.files import medium_of, seen_in
from deepen.errors import DataError

__all__ = ["Media", "medium_held"]

_LOOK_AT = 20  # files whose first bytes are looked at


class Media:
    """The files of a column.

    Parameters
    ----------
    column
        File names, bytes, or structs with ``bytes`` and ``path``.
    folder
        What relative file names stand relative to.
    thing
        What one of them is called: a picture, a recording.

    Raises
    ------
    DataError
        If the column can hold no files.
    """

    def __init__(self, column: Column, folder: Path | None, thing: str) -> None:
        if not isinstance(column, np.ndarray) and not _may_be_files(column.type):
            raise DataError(
                f"the column holds no {thing}s", allowed="file names, bytes, arrays", came=str(column.type)
            )
        self._column, self._folder, self._thing = column, folder, thing

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, row: int) -> Path | bytes | None:
        value = self._column[row].as_py()
        if isinstance(value, dict):
            value = value.get("bytes") or value.get("path")
        if isinstance(value, str):
            return self._folder / value if self._folder else Path(value)
        return value  # type: ignore[no-any-return]

    def paths(self) -> list[str] | None:
        """The files' whole names, if they are files, all of them; far quicker than one by one."""
        if isinstance(self._column, np.ndarray) or not is_text(self._column) or self._column.null_count:
            return None
        folder = f"{self._folder}" if self._folder else ""
        return [os.path.join(folder, name) for name in self._column.to_pylist()]  # noqa: PTH118

    def name(self, row: int) -> str:
        """What messages call this one."""
        value = None if isinstance(self._column, np.ndarray) else self._column[row].as_py()
        return value if isinstance(value, str) else f"{self._thing} {row + 1}"


def medium_held(column: Column) -> str | None:
    """Tell what the files held in a column are, as bytes or as structs with ``bytes`` and ``path``.

    Returns
    -------
    str or None
        ``image`` or ``audio`` by the first bytes of the first files, else by their paths; ``image`` where neither
        tells, since pictures have many formats; None if the column holds no files.
    """
    if isinstance(column, np.ndarray) or not _holds_files(column.type):
        return None
    for value in column.drop_null().slice(0, _LOOK_AT).to_pylist():
        content, path = (value.get("bytes"), value.get("path")) if isinstance(value, dict) else (value, None)
        found = seen_in(content[:512])[0] if content else ""
        found = found or medium_of(path or "") or ""
        if found in ("image", "audio"):
            return found
    return "image"


def _holds_files(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return any(field.name == "bytes" for field in kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _may_be_files(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    named = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    held = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_struct(kind)
    return bool(named or held)
