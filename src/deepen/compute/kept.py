"""What a model's folder keeps for the report: one file of plain data, and small pictures beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deepen.compute.json_files import read_json, write_json
from deepen.errors import FolderError

__all__ = ["FILE", "FOLDER", "load", "save"]

FILE = "evidence.json"
FOLDER = "pictures"


def save(folder: Path, facts: Mapping[str, Any], pictures: Mapping[str, bytes]) -> None:
    """Write the facts and the pictures, where there are any.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> save(place, {"parts": {"train": 90}}, {"mistake-01.png": b"..."})
    >>> load(place)
    ({'parts': {'train': 90}}, {'mistake-01.png': b'...'})
    """
    if facts:
        write_json(folder / FILE, dict(facts))
    for name, data in pictures.items():
        (folder / FOLDER).mkdir(exist_ok=True)
        (folder / FOLDER / name).write_bytes(data)


def load(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read them back; a folder of an older deepen has none.

    Raises
    ------
    FolderError
        If the file of facts is damaged.
    """
    facts = read_json(folder / FILE) if (folder / FILE).is_file() else {}
    if not isinstance(facts, dict):
        raise FolderError("is damaged: it holds no facts by name", where=folder / FILE)
    place = folder / FOLDER
    names = sorted(p.name for p in place.iterdir() if p.is_file()) if place.is_dir() else []
    return facts, {name: (place / name).read_bytes() for name in names}
