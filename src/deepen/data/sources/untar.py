"""The members of a tar archive, plain or compressed, handed over one by one."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zlib
from pathlib import Path
from typing import IO, cast

from deepen.data.sources.archive import Unpacking
from deepen.errors import DataError, DeepenError

__all__ = ["untar"]

_MOST_HEADER = 1 << 20  # a name or an extended header is a few hundred bytes; tarfile reads one as a whole
_BAD = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, struct.error, ValueError, IndexError, OSError)


def untar(path: Path, unpacking: Unpacking) -> None:
    """Unpack a tar archive.

    Raises
    ------
    DataError
        If it is damaged or holds anything but files and folders.
    """
    try:
        with _opened(path) as stream:
            guarded = _Guarded(stream, unpacking)
            with tarfile.open(fileobj=guarded, mode="r:") as archive:
                while (member := archive.next()) is not None:
                    _unpack(member, archive, unpacking)
                    # tarfile keeps all members for looking back; a million of them would fill the memory.
                    archive.members.clear()  # type: ignore[attr-defined]
    except DeepenError:
        raise
    except _BAD as error:
        raise DataError("the tar archive is damaged or cut short", where=path, came=str(error)) from error


def _unpack(member: tarfile.TarInfo, archive: tarfile.TarFile, unpacking: Unpacking) -> None:
    unpacking.options.check_stop(unpacking.origin)
    if member.isdir():
        unpacking.check_name(member.name)
        return
    if member.issym() or member.islnk():
        raise unpacking.refuse(member.name, "is a link")
    if not member.isreg():
        raise unpacking.refuse(member.name, "is a device or another special file")
    stream = archive.extractfile(member)
    assert stream is not None
    with stream:
        unpacking.write(member.name, stream, member.size)


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        head = file.read(6)
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(path))
    if head.startswith(b"BZh"):
        return cast(IO[bytes], bz2.open(path))
    if head.startswith(b"\xfd7zXZ"):
        return cast(IO[bytes], lzma.open(path))
    return path.open("rb")


class _Guarded(io.RawIOBase):
    """Refuses to read a header into memory that says it is huge.

    Members are read in pieces of at most 1 MiB, so whoever asks for more is reading a header.
    """

    def __init__(self, stream: IO[bytes], unpacking: Unpacking) -> None:
        self._stream, self._unpacking = stream, unpacking

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > _MOST_HEADER:
            raise DataError(
                "the archive has a header of an absurd size: refused", where=self._unpacking.origin
            )
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True
