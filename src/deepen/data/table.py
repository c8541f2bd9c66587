"""The table: what every source becomes, a set of named columns of equal length.

Most columns are Arrow arrays; images given as numbers stay one numpy array, since Arrow has no better
place for them. A missing value is null, or NaN in a column of floats that came as floats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.errors import DataError, nearest

__all__ = ["Column", "Table"]

Column: TypeAlias = Any  # pa.ChunkedArray, or np.ndarray of two dimensions or more


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of equal length, and where they came from.

    Parameters
    ----------
    columns
        A ``pyarrow.ChunkedArray`` each; images given as an array are one ``numpy.ndarray`` of shape
        (N, H, W), (N, H, W, C) or (N, C, H, W), and series of T steps and C channels one of shape (N, T, C).
    origin
        What messages call the source: ``patients.csv``, ``photos/``, ``the arrays given``.
    folder
        What relative file names in the columns stand relative to.
    parts
        ``train``, ``valid`` or ``test`` for each row, where the source itself names its parts.
    target
        The column that the source itself makes the target.
    notes
        What the reader decided or mended, a plain sentence each.
    rows
        The line of the file in which each row begins, where lines can be told; a negative number counts
        rows of the source instead, from -1 on.
    origins
        The origin of each row, where tables of several origins were joined.

    Raises
    ------
    DataError
        If there is no column, or the columns are not of one length.

    Examples
    --------
    >>> table = Table({"age": pa.chunked_array([[31, 44, 60]])}, origin="patients.csv")
    >>> len(table), table.names, table.where(1)
    (3, ('age',), 'patients.csv, row 2')
    """

    columns: Mapping[str, Column]
    origin: str
    folder: Path | None = None
    parts: np.ndarray | None = None
    target: str | None = None
    notes: tuple[str, ...] = ()
    rows: np.ndarray | None = None
    origins: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", dict(self.columns))
        if not self.columns:
            raise DataError("there is no column", where=self.origin)
        for name, column in self.columns.items():
            if len(column) != len(self):
                first = next(iter(self.columns))
                raise DataError(
                    "the columns differ in length",
                    where=self.origin,
                    came=f"{len(self)} values in {first!r}, {len(column)} in {name!r}",
                )

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> Column:
        if name not in self.columns:
            raise DataError(f"there is no column {name!r}", where=self.origin, mend=nearest(name, self.names))
        return self.columns[name]

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return len(self)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self.columns)

    def where(self, row: int) -> str:
        """Say where a row stands, for a message: the line of its file, or the row counted from one."""
        origin = self.origin if self.origins is None else str(self.origins[row])
        line = -(row + 1) if self.rows is None else int(self.rows[row])
        return f"{origin}, line {line}" if line > 0 else f"{origin}, row {-line}"

    def take(self, index: np.ndarray) -> Table:
        """Keep the rows of ``index`` (positions, or one truth value per row), in its order."""
        index = np.asarray(index)
        index = np.flatnonzero(index) if index.dtype == bool else index.astype(np.int64)
        return Table(
            {name: _take(column, index) for name, column in self.columns.items()},
            origin=self.origin,
            folder=self.folder,
            parts=None if self.parts is None else self.parts[index],
            target=self.target,
            notes=self.notes,
            rows=_lines(self)[index],
            origins=None if self.origins is None else self.origins[index],
        )

    def renamed(self, names: Mapping[str, str]) -> Table:
        """Give columns other names, by their old ones; the rest keep theirs."""
        columns = {names.get(name, name): column for name, column in self.columns.items()}
        target = None if self.target is None else names.get(self.target, self.target)
        return replace(self, columns=columns, target=target)

    def join(self, other: Table, part: str) -> Table:
        """Append the rows of ``other`` as a part of their own.

        Rows of this table that have no part yet become ``train``. Columns are matched by name, or by
        position where either table came without names. Of the two targets and folders this table's stay;
        file names in ``other`` are made absolute where its folder is another one.

        Raises
        ------
        DataError
            If a column is missing, is too many, or holds something else than its namesake.

        Examples
        --------
        >>> a = Table({"x": pa.chunked_array([[1, 2]])}, origin="a.csv")
        >>> b = Table({"x": pa.chunked_array([[3]])}, origin="b.csv")
        >>> joined = a.join(b, "test")
        >>> joined.parts.tolist(), joined.where(2)
        (['train', 'train', 'test'], 'b.csv, row 1')
        """
        pairs = _pair(self, other)
        columns = {mine: _append(self, other, mine, theirs) for mine, theirs in pairs.items()}
        n, m = len(self), len(other)
        parts = np.full(n + m, part, dtype=object)
        parts[:n] = "train" if self.parts is None else self.parts
        rows = np.concatenate([_lines(self), _lines(other)])
        origins = np.empty(n + m, dtype=object)
        origins[:n] = self.origin if self.origins is None else self.origins
        origins[n:] = other.origin if other.origins is None else other.origins
        notes = (*self.notes, *(f"{other.origin}: {note}" for note in other.notes if note not in self.notes))
        return Table(columns, self.origin, self.folder, parts, self.target, notes, rows, origins)


def _take(column: Column, index: np.ndarray) -> Column:
    if isinstance(column, np.ndarray):
        return column[index]
    if pa.types.is_string(column.type) and column.nbytes > 2**30:
        column = column.cast(pa.large_string())  # taking may gather all chunks into one, which ends at 2 GiB
    return column.take(pa.array(index))


def _lines(table: Table) -> np.ndarray:
    """Find the line of each row; where lines are unknown, minus the row."""
    return -np.arange(1, len(table) + 1) if table.rows is None else table.rows


def _nameless(names: Sequence[str]) -> bool:
    return list(names) == [f"c{i + 1}" for i in range(len(names))]


def _pair(mine: Table, theirs: Table) -> dict[str, str]:
    """Tell which column of ``theirs`` belongs to each of ``mine``."""
    if len(mine.names) == len(theirs.names) and (_nameless(mine.names) or _nameless(theirs.names)):
        return dict(zip(mine.names, theirs.names, strict=True))
    missing = [name for name in mine.names if name not in theirs.columns]
    extra = [name for name in theirs.names if name not in mine.columns]
    if missing:
        raise DataError(
            f"column{'s' * (len(missing) > 1)} missing that {mine.origin} has: {_shown(missing)}",
            where=theirs.origin,
            mend=nearest(missing[0], extra or theirs.names),
        )
    if extra:
        raise DataError(
            f"column{'s' * (len(extra) > 1)} that {mine.origin} has not: {_shown(extra)}",
            where=theirs.origin,
            mend=nearest(extra[0], mine.names),
        )
    return {name: name for name in mine.names}


def _shown(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:8]) + (", ..." if len(names) > 8 else "")


def _append(mine: Table, theirs: Table, name: str, their_name: str) -> Column:
    ours, other = mine[name], theirs[their_name]
    if isinstance(ours, np.ndarray) and isinstance(other, np.ndarray) and ours.shape[1:] == other.shape[1:]:
        return np.concatenate([ours, other])
    if isinstance(ours, np.ndarray) or isinstance(other, np.ndarray):
        raise DataError(
            f"column {name!r} does not fit the one of {mine.origin}",
            where=theirs.origin,
            allowed=_described(ours),
            came=_described(other),
        )
    if theirs.folder is not None and theirs.folder != mine.folder:
        other = _absolute(other, theirs.folder)
    if ours.type != other.type:
        ours, other = _decoded(ours), _decoded(other)
    try:
        joined = pa.concat_tables(
            [pa.table({name: ours}), pa.table({name: other})], promote_options="permissive"
        )
    except pa.ArrowException as error:
        raise DataError(
            f"column {name!r} does not fit the one of {mine.origin}",
            where=theirs.origin,
            allowed=_described(ours),
            came=_described(other),
        ) from error
    return joined.column(0)


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _described(column: Column) -> str:
    if isinstance(column, np.ndarray):
        return f"arrays of shape {column.shape[1:]}"
    return f"values of type {column.type}"


def _absolute(column: pa.ChunkedArray, folder: Path) -> pa.ChunkedArray:
    """Make file names absolute, if the first few values of the column are names of files in ``folder``."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    first = pc.drop_null(column.slice(0, 100)).to_pylist()[:3]
    if not first or not all("." in value and (folder / value).is_file() for value in first):
        return column
    root = folder.resolve()
    return pa.chunked_array(
        [pa.array([None if v is None else (root / v).as_posix() for v in column.to_pylist()], column.type)]
    )
