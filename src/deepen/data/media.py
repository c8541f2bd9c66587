"""Files of a column, whatever they are given as: names, bytes, or structs of both; one at a time.

Legend: N rows.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from deepen.data.columns import Column
from deepen.errors import DataError

__all__ = ["Media"]


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

    def name(self, row: int) -> str:
        """What messages call this one."""
        value = None if isinstance(self._column, np.ndarray) else self._column[row].as_py()
        return value if isinstance(value, str) else f"{self._thing} {row + 1}"


def _may_be_files(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    named = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    held = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_struct(kind)
    return bool(named or held)
