"""The kinds of columns.

A kind is one file, and says of a column: is it mine, how is it encoded, what becomes of a batch of it.

- :mod:`~deepen.data.kinds.number`: quantities
- :mod:`~deepen.data.kinds.category`: names, codes, yes and no
- :mod:`~deepen.data.kinds.date`: moments, as positions in the day, the week and the year
- :mod:`~deepen.data.kinds.labels`: several labels at once
- :mod:`~deepen.data.kinds.image`: pictures, as files, bytes or arrays
- :mod:`~deepen.data.kinds.audio`: recordings, as files or bytes
- :mod:`~deepen.data.kinds.text`: sentences and other texts
- :mod:`~deepen.data.kinds.series`: signals over time, one in each row

The last four are inputs of their own, see :mod:`~deepen.data.kinds.stored`.
"""

from __future__ import annotations

from typing import Any

from deepen.data.kinds.audio import Audio
from deepen.data.kinds.category import Category
from deepen.data.kinds.date import Date
from deepen.data.kinds.image import Image
from deepen.data.kinds.labels import Labels
from deepen.data.kinds.number import Number
from deepen.data.kinds.series import Series
from deepen.data.kinds.text import Text
from deepen.errors import FolderError

__all__ = [
    "KINDS", "Audio", "Category", "Date", "Image", "Kind", "Labels", "Number", "Series", "Text", "from_dict", "to_dict",
]  # fmt: skip

Kind = Number | Category | Date | Labels | Image | Audio | Text | Series

KINDS: dict[str, type[Kind]] = {
    "number": Number, "category": Category, "labels": Labels, "image": Image, "audio": Audio, "text": Text,
    "series": Series, "date": Date,
}  # fmt: skip


def to_dict(kind: Kind) -> dict[str, Any]:
    """Write a fitted kind as plain data."""
    return {"kind": kind.name, **kind.to_dict()}


def from_dict(data: dict[str, Any]) -> Kind:
    """Read back what :func:`to_dict` wrote.

    Raises
    ------
    FolderError
        If the kind is unknown, as in a folder written by a newer version.
    """
    fields = dict(data)
    name = fields.pop("kind", None)
    if name not in KINDS:
        raise FolderError(f"unknown kind of column {name!r}", allowed=", ".join(KINDS))
    return KINDS[name].from_dict(fields)
