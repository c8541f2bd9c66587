"""Records that are kept as they come, a line of JSON each: what a killed process had written stays."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deepen.compute.disk import flush, named_unwritable
from deepen.errors import FolderError

__all__ = ["append", "read", "write_json_whole", "write_whole"]


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Add a record, and bring it to the disk.

    A last line that a killed process left without its end is cut off first.

    Raises
    ------
    FolderError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "cells.jsonl"
    >>> append(place, {"rows": 10}); append(place, {"rows": 20})
    >>> [record["rows"] for record in read(place)]
    [10, 20]
    """
    line = json.dumps(record, ensure_ascii=False) + "\n"
    with named_unwritable(path):
        _cut_torn_end(path)
        with path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _cut_torn_end(path: Path) -> None:
    if not path.exists():
        return
    data = path.read_bytes()
    if data and not data.endswith(b"\n"):
        os.truncate(path, data.rfind(b"\n") + 1)


def read(path: Path) -> list[dict[str, Any]]:
    """Give all the records; none where there is no file. A torn last line is passed over.

    Raises
    ------
    FolderError
        If a line other than the last is not JSON.
    """
    if not path.exists():
        return []
    found = []
    lines = path.read_bytes().split(b"\n")
    for number, line in enumerate(lines[:-1]):
        try:
            found.append(json.loads(line))
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise FolderError(
                f"is damaged: it is not JSON ({error})", where=f"{path}, line {number + 1}"
            ) from None
    return found


def write_whole(path: Path, text: str | bytes) -> None:
    """Write a file whole or not at all, in the place of one that stands there.

    Raises
    ------
    FolderError
        If it cannot be written.
    """
    data = text.encode() if isinstance(text, str) else text
    stage = path.with_name(f".{path.name}.stage-{os.getpid()}")
    with named_unwritable(path):
        try:
            stage.write_bytes(data)
            flush(stage)
            stage.replace(path)
            flush(path.parent)
        finally:
            stage.unlink(missing_ok=True)


def write_json_whole(path: Path, data: Any) -> None:
    """Write JSON that a person can read too, whole or not at all.

    Raises
    ------
    FolderError
        If it cannot be written.
    """
    write_whole(path, json.dumps(data, indent=1, ensure_ascii=False, allow_nan=True) + "\n")
