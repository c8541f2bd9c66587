"""Unpacking zip and tar archives that may come from anyone.

Every member is checked and then written by this module itself, into a folder made for it: nothing in an
archive decides where a file lands, what kind of file it is, or how much disk it takes.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from deepen.data.sources.files import is_ignored
from deepen.data.sources.options import Options
from deepen.errors import DataError

__all__ = ["MOST_BYTES", "MOST_FOLD", "Unpacking", "unpack"]

MOST_FOLD = 1000
"""A member, or the whole archive, that grows by more than this is refused. Photographs hardly grow at all."""

MOST_BYTES = 100 << 30
"""An archive that grows beyond this is refused: 100 GiB."""

_HARMLESS = 1 << 20  # a blank image may well expand a thousandfold; below 1 MiB that harms nobody
_CHUNK = 1 << 20
_SPARE_DISK = 256 << 20


def unpack(path: Path, kind: str, options: Options, fill: Callable[[Path, Unpacking], None]) -> Path:
    """Unpack an archive into the workspace, once: an archive already unpacked there is not unpacked again.

    Parameters
    ----------
    path, kind
        The archive, and what it is, for messages.
    options
        Where to (``workspace``), and when to stop.
    fill
        What reads the archive and hands each member to the :class:`Unpacking`.

    Returns
    -------
    Path
        The folder with the members.

    Raises
    ------
    DataError
        If a member is refused or the archive is damaged; nothing is left behind then.
    """
    workspace = options.workspace or _temporary()
    status = path.stat()
    key = hashlib.sha256(f"{path.resolve()} {status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:16]
    stem = re.sub(r"[^\w.-]", "_", path.name.split(".")[0])[:40]
    folder = workspace / f"{stem}-{key}"
    if folder.is_dir():
        return folder
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{stem}-", dir=workspace))
    except OSError as error:
        raise DataError("no folder can be made to unpack into", where=workspace, came=str(error)) from error
    try:
        room = shutil.disk_usage(staging).free - _SPARE_DISK
        fill(path, Unpacking(staging, path.name, status.st_size, min(MOST_BYTES, room), options))
        os.chmod(staging, 0o755)  # noqa: PTH101
        try:
            staging.rename(folder)  # at once, so that a folder of that name is always a whole one
        except OSError:
            if not folder.is_dir():  # else another process was quicker
                raise
    except OSError as error:
        raise DataError(f"the {kind} archive cannot be unpacked", where=path, came=str(error)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return folder


def _temporary() -> Path:
    """Make a folder that is removed when Python ends."""
    folder = tempfile.mkdtemp(prefix="deepen-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@dataclass
class Unpacking:
    """What has been unpacked so far, and what is still allowed.

    Parameters
    ----------
    folder
        Where the members go.
    origin
        The archive's name.
    packed
        The archive's size in bytes.
    most
        The bytes that may be written in all.
    options
        To stop.
    """

    folder: Path
    origin: str
    packed: int
    most: int
    options: Options
    written: int = 0
    _names: set[str] = field(default_factory=set)
    _folders: set[str] = field(default_factory=set)

    def refuse(self, name: str, why: str) -> DataError:
        """Make the error for a member that is not unpacked, and so stops the whole archive."""
        return DataError(
            f"the member {name!r} {why}: the archive is refused",
            where=self.origin,
            mend="If you trust it, unpack it yourself and give the folder.",
        )

    def _claim(self, name: str) -> list[str]:
        """Check the name of a file, and that no other of the archive would land in the same place."""
        parts = self.check_name(name)
        if not parts:
            raise self.refuse(name, "has no name")
        key = unicodedata.normalize("NFC", "/".join(parts)).casefold()
        if key in self._names:
            raise self.refuse(name, "is there twice, or differs from another only in the case of its letters")
        self._names.add(key)
        return parts

    def check_name(self, name: str) -> list[str]:
        """Check the name of a file or folder, and split it.

        Raises
        ------
        DataError
            If the name is absolute or climbs out of the archive.
        """
        letters = name.replace("\\", "/").encode("utf-8", "surrogateescape")
        try:
            plain = letters.decode("utf-8")
        except UnicodeDecodeError:
            plain = letters.decode("latin-1")  # an old archive, of some code page: each byte was a letter
        if plain.startswith("/"):
            raise self.refuse(name, "has an absolute path")
        if re.match(r"[A-Za-z]:", plain):
            raise self.refuse(name, "names a drive")
        if "\x00" in plain:
            raise self.refuse(name, "has a NUL in its name")
        parts = [part for part in plain.split("/") if part not in {"", "."}]
        if ".." in parts:
            raise self.refuse(name, "climbs out of its folder")
        return parts

    def write(self, name: str, stream: IO[bytes], size: int, packed: int = 0) -> None:
        """Write one member, counting what really comes.

        Parameters
        ----------
        name, stream
            The member.
        size
            What the archive says of its size: believed only to refuse it.
        packed
            How many bytes of the archive it takes, where that is known.

        Raises
        ------
        DataError
            If the name is refused, or the member or the archive expands too far.
        Stopped
            If the user asked to stop.
        """
        if self.written + size > self.most:
            raise self._too_large(name)
        came = 0
        with self._create(name) as target:
            while chunk := stream.read(_CHUNK):
                came += len(chunk)
                self._count(name, len(chunk), came, packed)
                self._put(name, target, chunk)
                if len(chunk) < _CHUNK and came >= size:
                    break  # saves a second, empty reading of each of many small files
        if came < size:
            raise DataError(f"the archive is damaged: {name!r} is cut short", where=self.origin)

    def _create(self, name: str) -> IO[bytes]:
        """Make the file of a member; a hidden one, which nobody needs, goes nowhere."""
        parts = self._claim(name)
        if any(is_ignored(part) for part in parts):
            return open(os.devnull, "wb", buffering=0)  # noqa: PTH123
        try:
            folder = "/".join(parts[:-1])
            if folder not in self._folders:
                (self.folder / folder).mkdir(parents=True, exist_ok=True)
                self._folders.add(folder)
            # "x": never through anything that is there already. The built-in open is quicker than a path's.
            return open(f"{self.folder}/{'/'.join(parts)}", "xb", buffering=0)  # noqa: PTH123
        except OSError as error:
            raise self._unwritable(name, error) from error

    def _put(self, name: str, target: IO[bytes], chunk: bytes) -> None:
        view = memoryview(chunk)
        try:
            while view:
                view = view[target.write(view) :]
        except OSError as error:
            raise self._unwritable(name, error) from error

    def _unwritable(self, name: str, error: OSError) -> DataError:
        return DataError(
            f"the member {name!r} cannot be written", where=self.origin, came=error.strerror or str(error)
        )

    def _count(self, name: str, more: int, came: int, packed: int) -> None:
        self.options.check_stop(self.origin)
        self.written += more
        if came > _HARMLESS and packed and came > MOST_FOLD * packed:
            raise self.refuse(name, f"expands more than {MOST_FOLD}-fold")
        if self.written > _HARMLESS and self.written > MOST_FOLD * self.packed:
            raise self.refuse(name, f"makes the archive expand more than {MOST_FOLD}-fold")
        if self.written > self.most:
            raise self._too_large(name)

    def _too_large(self, name: str) -> DataError:
        limit = f"{MOST_BYTES >> 30} GiB" if self.most >= MOST_BYTES else "the room on the disk"
        return self.refuse(name, f"makes the archive larger than {limit}")
