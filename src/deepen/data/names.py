"""What the names of files tell: a label or a group, as a part of each name or as one of its folders.

``name:0:_`` is the first part of the name between underscores, without folder and extension: ``7`` of
``7_theo_3.wav``. ``folder:0`` is the first folder: ``theo`` of ``theo/7/3.wav``. Counted from the end with a minus
sign: ``name:-1:_`` is ``3``, ``folder:-1`` the folder that the file is in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.columns import is_text
from deepen.data.sources.files import medium_of
from deepen.data.table import Column, Table
from deepen.errors import DataError, SettingError

__all__ = ["GROUP", "LABEL", "Form", "is_form", "part_of_names", "read_form", "with_parts_of_names"]

LABEL, GROUP = "label", "group"
"""The columns that are made."""

_FORM = re.compile(
    r"(?P<what>name):(?P<at>-?\d+):(?P<mark>.+)|(?P<folder>folder):(?P<depth>-?\d+)", re.DOTALL
)
_LOOK_AT = 20


@dataclass(frozen=True)
class Form:
    """Which part of a file's name is meant; ``mark`` is empty for a folder."""

    at: int
    mark: str

    def parts(self, name: str) -> tuple[str, ...]:
        """The parts of a name, of which one is meant."""
        path = PurePosixPath(name.replace("\\", "/"))
        return tuple(path.stem.split(self.mark)) if self.mark else path.parent.parts


def read_form(said: str, option: str) -> Form:
    """Read ``name:PART:MARK`` or ``folder:PART``.

    Raises
    ------
    SettingError
        If it is neither.

    Examples
    --------
    >>> read_form("name:0:_", "--label-from").parts("digits/7_theo_3.wav")
    ('7', 'theo', '3')
    >>> read_form("folder:0", "--label-from").parts("theo/7/3.wav")
    ('theo', '7')
    """
    found = _FORM.fullmatch(said)
    if found is None:
        raise SettingError(
            "not a form of names", where=option, came=repr(said),
            allowed="name:0:_ (the first part of the name between _), folder:0 (the first folder)",
        )  # fmt: skip
    if found["folder"]:
        return Form(int(found["depth"]), "")
    return Form(int(found["at"]), found["mark"])


def is_form(said: str) -> bool:
    """Whether it is ``name:PART:MARK`` or ``folder:PART``, rather than the name of a column.

    Examples
    --------
    >>> is_form("name:1:_"), is_form("speaker")
    (True, False)
    """
    return _FORM.fullmatch(said) is not None


def with_parts_of_names(table: Table, *, label_from: str | None, group_from: str | None) -> Table:
    """Add the columns ``label`` and ``group`` as the files' names tell them; the label becomes the target.

    A label that the source itself has made of its folders gives way.

    Raises
    ------
    DataError
        If no column holds names of files, or a name has too few parts.
    SettingError
        If an option has not the form of one, or the table has such a column already.
    """
    columns, target = dict(table.columns), table.target
    for option, said, column in (("--label-from", label_from, LABEL), ("--group-from", group_from, GROUP)):
        if said is None:
            continue
        if column in columns and column != table.target:
            raise SettingError(
                f"there is a column {column!r} already", where=option,
                mend=f"Use {'--target' if column == LABEL else '--group'} {column}.",
            )  # fmt: skip
        columns[column] = part_of_names(table, read_form(said, option), option, column)
        target = LABEL if column == LABEL else target
    return replace(table, columns=columns, target=target)


def part_of_names(table: Table, form: Form, option: str, column: str) -> pa.ChunkedArray:
    """Take one part of each file's name, or one of its folders, as a column of strings.

    Parameters
    ----------
    option, column
        What asks for it, and what it tells, for messages.

    Raises
    ------
    DataError
        If no column holds names of files, or a name has too few parts.
    """
    names = _names_of_files(table, option)
    found: list[str | None] = []
    for row, name in enumerate(names):
        parts = form.parts(name or "")
        if name and not -len(parts) <= form.at < len(parts):
            what = f"parts between {form.mark!r}" if form.mark else "folders"
            raise DataError(
                f"the name has too few {what} to tell the {column}", where=f"{table.where(row)}, {name}",
                allowed=f"{form.at + 1 if form.at >= 0 else -form.at} or more", came=str(len(parts)),
                mend=f"Rename or remove it, or use another {option}.",
            )  # fmt: skip
        found.append(parts[form.at] if name else None)
    return pa.chunked_array([pa.array(found, pa.string())])


def _names_of_files(table: Table, option: str) -> list[str | None]:
    """The names in the first column that holds files; as given, so relative ones stay relative."""
    for column in table.columns.values():
        names = _names(column)
        some = [name for name in names[:_LOOK_AT] if name]
        if some and all(medium_of(name) or PurePosixPath(name).suffix.lower() == ".txt" for name in some):
            return names
    raise DataError(
        "no column holds names of files", where=f"{table.origin}, {option}", came=", ".join(table.names),
        mend="Name the column to learn with --target.",
    )  # fmt: skip


def _names(column: Column) -> list[str | None]:
    if isinstance(column, np.ndarray):
        return []
    if is_text(column):
        return list(column.to_pylist())
    if pa.types.is_struct(column.type) and any(field.name == "path" for field in column.type):
        return list(pc.struct_field(column, "path").to_pylist())  # the bytes beside it are left alone
    return []
