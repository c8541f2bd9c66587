"""Folders that are written whole or not at all, and that tell when they were damaged.

A folder is staged beside its target, on the same filesystem, so that the last act is a rename, which
POSIX makes atomic. Before it, every file is flushed to the disk and its SHA-256 is put in a manifest, so
that what a crash, a full disk or a stray editor did to it is found out when it is read.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from deepen.compute.disk import check_writable, flush, named_unwritable
from deepen.compute.json_files import read_json, write_json
from deepen.errors import FolderError

__all__ = [
    "MANIFEST",
    "check_free",
    "check_writable",
    "put_back",
    "read_json",
    "read_manifest",
    "remove",
    "staged",
    "sweep",
    "verify",
    "write_json",
]

MANIFEST = "manifest.json"


@contextlib.contextmanager
def staged(target: Path, *, kind: str, replace: bool = True, free: Sequence[str] = ()) -> Iterator[Path]:
    """Give an empty folder to write into, which becomes ``target`` when the block ends well.

    Until then whatever stood at ``target`` stays as it was. A block that raises leaves no trace.

    Parameters
    ----------
    target
        Where the folder will stand; one that deepen wrote before is replaced.
    kind
        What the folder is (``model``, ``checkpoint``, ``cache``), written into the manifest.
    replace
        Otherwise one that came to stand there meanwhile stays, without a moment in which there is none.
    free
        Patterns of files for people alone, such as ``*.png``: the manifest does not list them, so whoever edits or
        removes one damages nothing.

    Raises
    ------
    FolderError
        If the place cannot be written, or something that deepen did not write stands there. What the block
        raises for another reason is left as it is.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "new"
    >>> with staged(place, kind="example") as folder:
    ...     _ = (folder / "a.txt").write_text("hello")
    >>> sorted(p.name for p in place.iterdir())
    ['a.txt', 'manifest.json']
    """
    target = target.absolute()
    check_free(target)
    stage = target.parent / f".{target.name}.stage-{os.getpid()}-{secrets.token_hex(4)}"
    with named_unwritable(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent, glob.escape(target.name))
        stage.mkdir()
    try:
        with named_unwritable(target, if_in=stage):
            yield stage
        with named_unwritable(target):
            _seal(stage, kind, free)
            if replace:
                _swap(stage, target)
            else:
                stage.rename(target)  # which POSIX refuses where a folder with files in it stands
                flush(target.parent)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def check_free(target: Path) -> None:
    """Find out that nothing stands at ``target`` that deepen did not write.

    Raises
    ------
    FolderError
        If something does.
    """
    if (
        target.exists()
        and not (target / MANIFEST).is_file()
        and (not target.is_dir() or any(target.iterdir()))
    ):
        raise FolderError(
            "stands in the way: deepen did not write it",
            where=target,
            mend="Choose another name, or remove it.",
        )


def sweep(parent: Path, names: str) -> None:
    """Remove the stages that killed processes left in ``parent`` for folders of these names."""
    for left in parent.glob(f".{names}.stage-*"):
        pid = left.name.rsplit("-", 2)[1]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _seal(stage: Path, kind: str, free: Sequence[str]) -> None:
    """Flush every file, and write the manifest, of those that are not free, last."""
    files = {}
    for path in sorted(p for p in stage.rglob("*") if p.is_file()):
        name = path.relative_to(stage).as_posix()
        if not any(fnmatchcase(name, pattern) for pattern in free):
            files[name] = {"sha256": _sha256(path), "bytes": path.stat().st_size}
        flush(path)
    write_json(stage / MANIFEST, {"deepen": kind, "files": files})
    flush(stage / MANIFEST)
    for folder in [stage, *(p for p in stage.rglob("*") if p.is_dir())]:
        flush(folder)


def _swap(stage: Path, target: Path) -> None:
    """Put ``stage`` where ``target`` is; a crash between the two renames is mended by the next reader."""
    before = _before(target)
    if target.exists():
        shutil.rmtree(before, ignore_errors=True)
        target.rename(before)
    try:
        stage.rename(target)
    except BaseException:
        put_back(target)
        raise
    flush(target.parent)
    shutil.rmtree(before, ignore_errors=True)


def _before(target: Path) -> Path:
    return target.parent / f".{target.name}.before"


def put_back(target: Path) -> None:
    """Put the version before back, if a crash between the two renames left the place empty."""
    if not target.exists() and _before(target).exists():
        _before(target).rename(target)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a folder's manifest, putting back the version before it if a crash left the place empty.

    Raises
    ------
    FolderError
        If there is no such folder, or deepen did not write it.
    """
    folder = folder.absolute()
    put_back(folder)
    if not folder.exists():
        raise FolderError("no such folder", where=folder)
    if not (folder / MANIFEST).is_file():
        raise FolderError(f"not a folder that deepen wrote: it holds no {MANIFEST}", where=folder)
    manifest = read_json(folder / MANIFEST)
    files = manifest.get("files") if isinstance(manifest, dict) else None
    if (
        not isinstance(files, dict)
        or "deepen" not in manifest
        or not all(isinstance(e, dict) and {"sha256", "bytes"} <= e.keys() for e in files.values())
    ):
        raise FolderError(f"its {MANIFEST} is not one of deepen's", where=folder)
    return manifest  # type: ignore[no-any-return]


def verify(folder: Path, *, kind: str, contents: bool = True) -> None:
    """Check that a folder is of this kind, whole and unaltered.

    Parameters
    ----------
    contents
        Whether to read every byte. Without it only presence and sizes are checked, in microseconds.

    Raises
    ------
    FolderError
        Naming the first file that is missing, truncated or altered.
    """
    manifest = read_manifest(folder)
    if manifest["deepen"] != kind:
        raise FolderError(f"holds a {manifest['deepen']}, not a {kind}", where=folder)
    for name, entry in manifest["files"].items():
        path = folder / name
        mend = "Copy the folder again from where it came, or train again."
        if not path.is_file():
            raise FolderError("is missing", where=path, mend=mend)
        if path.stat().st_size != entry["bytes"]:
            raise FolderError(
                "is damaged",
                where=path,
                allowed=f"{entry['bytes']:,} bytes",
                came=f"{path.stat().st_size:,}",
                mend=mend,
            )
        if contents and _sha256(path) != entry["sha256"]:
            raise FolderError(
                "is damaged: its SHA-256 is not the one it was written with", where=path, mend=mend
            )


def remove(folder: Path) -> None:
    """Remove a folder so that a crash half-way leaves no half of it under its name."""
    doomed = folder.parent / f".{folder.name}.stage-{os.getpid()}-{secrets.token_hex(4)}"
    with contextlib.suppress(OSError):
        folder.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
