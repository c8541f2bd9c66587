"""A folder: of class folders, of loose files, of one table with the files it names, or of idx files."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa

from deepen.data.sources.files import (
    THINGS,
    UNREAD,
    count_suffixes,
    format_of,
    is_idx,
    is_ignored,
    medium_of,
    part_of,
    part_of_stem,
)
from deepen.data.sources.idx import read_idx_folder
from deepen.data.sources.options import Options
from deepen.data.sources.prose import are_texts, read_texts
from deepen.data.sources.single import read_file
from deepen.data.table import Table
from deepen.errors import DataError

__all__ = ["read_folder"]


def read_folder(root: Path, options: Options, *, origin: str | None = None) -> Table:
    """Read a folder, whatever of the four it is.

    Parameters
    ----------
    root
        The folder. A single folder that wraps all the others is descended through.
    options
        For the table in it, and to stop.
    origin
        What messages call it; its name where None.

    Returns
    -------
    Table
        Of class folders: ``image`` or ``audio``, the file names relative to ``folder``, and ``label``; with
        parts where the first level is ``train``, ``valid`` and ``test``. Of texts the same, with what stands in the
        files as ``text``.

    Raises
    ------
    DataError
        If there is nothing to read in it, or several tables.
    """
    origin = origin or f"{root.resolve().name}/"
    files, unnamed = _walk(root, options, origin)
    if not files:
        raise DataError("the folder is empty", where=origin)
    files, root = _unwrap(files, root)
    names = [file for file in files if "/" not in file]
    tables = [
        name
        for name in names
        if format_of(name) in {"text", "json", "conll", "parquet", "arrow", "npz", "npy"}
    ]
    sure = [
        name for name in tables if PurePosixPath(name.removesuffix(".gz")).suffix not in {".txt", ".json"}
    ]
    media = [(kind, file) for file in files if (kind := medium_of(file))]
    kinds = Counter(kind for kind, _ in media)
    if idx := [name for name in names if is_idx(name)]:
        return read_idx_folder([root / name for name in idx], origin)
    texts = [file for file in files if PurePosixPath(file.lower().removesuffix(".gz")).suffix == ".txt"]
    if not kinds and not sure and are_texts(texts, root, options):
        found = _class_folders(texts, "text", root, origin)
        return replace(read_texts(found, root, options), notes=_notes(found.notes, files, texts, "texts"))
    if not kinds:
        sure = sure or tables
    classes = any("/" in file for _, file in media)
    if len(sure) == 1 or (sure and not classes) or (sure and all(part_of_stem(name) for name in sure)):
        return _tables(sure, root, origin, options)
    if not kinds:
        raise DataError(
            "the folder holds no image, no recording, no text and no table",
            where=origin,
            came=count_suffixes(files),
            mend=_mend(files),
        )
    column = kinds.most_common(1)[0][0]
    table = _class_folders([file for kind, file in media if kind == column], column, root, origin)
    chosen = [file for file in files if medium_of(file) == column]
    table = replace(table, notes=_notes(table.notes, files, chosen, f"{THINGS[column]}s"))
    if unnamed:
        note = f"left out, names that are not Unicode: {unnamed:,} files"
        table = replace(table, notes=(*table.notes, note))
    return table


def _mend(files: list[str]) -> str:
    """Say what to do about files that are not read: what their format needs, or what is read instead."""
    suffix, _ = Counter(PurePosixPath(file).suffix.lower() for file in files).most_common(1)[0]
    return UNREAD.get(
        suffix,
        "Give a folder of class folders with images, recordings or texts, or a CSV, JSON Lines, Parquet or .npz file.",
    )


def _notes(before: tuple[str, ...], files: list[str], chosen: list[str], things: str) -> tuple[str, ...]:
    """Add what was left out of a folder."""
    others = set(files) - set(chosen)
    return (*before, f"left out, not {things}: {count_suffixes(sorted(others))}") if others else before


def _walk(root: Path, options: Options, origin: str) -> tuple[list[str], int]:
    """List all files below ``root`` that are not hidden, in order; count the names that are not Unicode."""
    found: list[str] = []
    unnamed = 0
    seen: set[tuple[int, int]] = set()
    waiting = [""]
    while waiting:
        options.check_stop(origin)
        prefix = waiting.pop()
        try:
            status = os.stat(root / prefix)  # noqa: PTH116
            if (status.st_dev, status.st_ino) in seen:
                continue  # a link that leads back up
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(root / prefix) as entries:
                for entry in entries:
                    if is_ignored(entry.name):
                        continue
                    if not entry.name.isprintable() and any(0xD800 <= ord(c) < 0xE000 for c in entry.name):
                        unnamed += 1
                    elif entry.is_dir():
                        waiting.append(f"{prefix}{entry.name}/")
                    elif entry.is_file():
                        found.append(prefix + entry.name)
        except OSError as error:
            raise DataError(
                "the folder cannot be read", where=f"{origin}{prefix}", came=error.strerror or str(error)
            ) from error
    return sorted(found), unnamed


def _unwrap(files: list[str], root: Path) -> tuple[list[str], Path]:
    """Go down through a folder that is alone, unless it is a class folder, with images or recordings right inside."""
    while True:
        firsts = {file.partition("/")[0] for file in files}
        wrapped = len(firsts) == 1 and all("/" in file for file in files)
        if not wrapped:
            return files, root
        first = firsts.pop()
        inner = [file.partition("/")[2] for file in files]
        if any("/" not in file and medium_of(file) for file in inner):
            tables = [
                f
                for f in inner
                if "/" not in f and format_of(f) in {"text", "json", "conll", "parquet", "arrow"}
            ]
            if not tables:
                return files, root
        files, root = inner, root / first


def _tables(names: list[str], root: Path, origin: str, options: Options) -> Table:
    """Read the one table, or the tables whose names say which part they hold."""
    if len(names) == 1:
        return read_file(root / names[0], options)
    parts = {name: part_of_stem(name) for name in names}
    if not all(parts.values()):
        raise DataError(
            "the folder holds several tables",
            where=origin,
            came=", ".join(names[:6]) + (", ..." if len(names) > 6 else ""),
            mend="Give the one file, or name them train, valid and test.",
        )
    order = sorted(names, key=lambda name: (("train", "valid", "test").index(parts[name] or ""), name))
    table = read_file(root / order[0], options)
    table = replace(table, parts=np.full(len(table), parts[order[0]], dtype=object))
    for name in order[1:]:
        table = table.join(read_file(root / name, options), parts[name] or "")
    return replace(table, origin=origin)


def _class_folders(files: list[str], column: str, root: Path, origin: str) -> Table:
    """Make the columns: the file, and the class that the first folder below the root or its part names."""
    tops = {file.partition("/")[0] for file in files if "/" in file}
    found = {top: part for top in tops if (part := part_of(top))}
    known = set(found.values())
    in_parts = bool(found) and (set(found) == tops or ("train" in known and len(known) > 1))
    rows: list[tuple[str, str | None, str]] = []  # file, class, part
    strays: list[str] = []
    for file in files:
        top, _, rest = file.partition("/")
        part = found.get(top, "") if in_parts and rest else ""
        if in_parts and not part:
            strays.append(file)
            continue
        inner = rest if part else file
        rows.append((file, inner.partition("/")[0] if "/" in inner else None, part))
    labelled = any(label is not None for _, label, _ in rows)
    if labelled:
        strays += [file for file, label, _ in rows if label is None]
        rows = [row for row in rows if row[1] is not None]
    notes = []
    if strays:
        notes.append(f"left out, in no class folder: {len(strays):,} {THINGS[column]}s, such as {strays[0]}")
    columns = {column: pa.chunked_array([pa.array([file for file, _, _ in rows], pa.string())])}
    if labelled:
        columns["label"] = pa.chunked_array([pa.array([label for _, label, _ in rows], pa.string())])
    parts = np.array([part for _, _, part in rows], dtype=object)
    several = len(set(parts.tolist())) > 1
    if in_parts and not several:
        notes.append(f"there is only the part {parts[0]!r}, so it is split like any other data")
    target = "label" if labelled else None
    return Table(columns, origin, root, parts if several else None, target, tuple(notes))
