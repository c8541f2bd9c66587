"""Numbered folders, of which the newest few are kept, so that a damaged one has one before it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deepen.compute.folders import MANIFEST, put_back, remove, staged, sweep, verify
from deepen.errors import FolderError

__all__ = ["newest", "write_numbered"]


def write_numbered(
    folder: Path, number: int, write: Callable[[Path], None], *, kind: str, keep: int = 2
) -> Path:
    """Write ``folder/NUMBER`` whole or not at all, and keep the newest ``keep`` of them.

    Higher numbers are removed: they were damaged, and passed over by who goes on from a lower one.
    """
    target = folder / f"{number:09d}"
    sweep(folder, "*")
    if target.is_dir() and not (target / MANIFEST).is_file():
        remove(target)
    with staged(target, kind=kind) as stage:
        write(stage)
    found = _numbered(folder)
    at = found.index(target)
    for old in found[:at] + found[at + keep :]:
        remove(old)
    return target


def newest(folder: Path, *, kind: str) -> tuple[Path | None, list[str]]:
    """Find the newest whole one among numbered folders.

    Returns
    -------
    path, damaged
        The folder, or None if there is none that is whole; and one sentence for each newer one that
        had to be passed over.
    """
    damaged = []
    for path in _numbered(folder):
        try:
            verify(path, kind=kind)
        except FolderError as error:
            damaged.append(str(error))
        else:
            return path, damaged
    return None, damaged


def _numbered(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    for before in folder.glob(".*.before"):
        name = before.name.removeprefix(".").removesuffix(".before")
        if name.isdigit():
            put_back(folder / name)
    return sorted((p for p in folder.iterdir() if p.name.isdigit()), key=lambda p: int(p.name), reverse=True)
