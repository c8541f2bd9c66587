"""Writing to a disk that may be full or fail: found out before the work where it can be, and named where it happens."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from deepen.errors import FolderError

__all__ = ["check_writable", "flush", "named_unwritable"]

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_ALMOST_FULL = 1 << 20  # bytes free on a disk on which a write has just failed (assumed)


def check_writable(folder: Path, *, need: int = 1 << 20) -> None:
    """Find out before the work that its result can be written, rather than after.

    Parameters
    ----------
    need
        How many bytes must be free.

    Raises
    ------
    FolderError
        If the folder cannot be made or written, or too little space is free.
    """
    parent = folder.absolute().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        probe = parent / f".{folder.name}.probe-{secrets.token_hex(4)}"
        probe.write_bytes(b"deepen")
        flush(probe)
        probe.unlink()
        free = shutil.disk_usage(parent).free
    except OSError as error:
        raise _unwritable(folder, error) from error
    if free < need:
        raise FolderError(
            "too little space is free",
            where=parent,
            allowed=f"{need / 1e6:,.0f} MB or more",
            came=f"{free / 1e6:,.0f} MB",
        )


@contextlib.contextmanager
def named_unwritable(target: Path, *, if_in: Path | None = None) -> Iterator[None]:
    """Say of the system's errors that ``target`` cannot be written; or of those alone that came of writing there."""
    try:
        yield
    except OSError as error:
        if if_in is not None and not _came_of_writing(error, if_in):
            raise
        raise _unwritable(target, error) from error


def _came_of_writing(error: OSError, stage: Path) -> bool:
    """Whether an error came of writing into the stage, and not of reading a file elsewhere."""
    names = [Path(os.fsdecode(n)) for n in (error.filename, error.filename2) if isinstance(n, str | bytes)]
    if names:
        return any(name.absolute().is_relative_to(stage) for name in names)
    # A write to an open file names none, and that of a NumPy array not even what is wrong.
    if error.errno is None:
        return shutil.disk_usage(stage).free < _ALMOST_FULL
    return error.errno in _DISK_FULL


def _unwritable(target: Path, error: OSError) -> FolderError:
    return FolderError(
        f"cannot be written ({error.strerror or error})",
        where=target,
        mend="Free space there, or choose another folder.",
    )


def flush(path: Path) -> None:
    """Have the disk write what it was given of a file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
