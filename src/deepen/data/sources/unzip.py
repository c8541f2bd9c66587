"""The members of a zip archive, handed over one by one."""

from __future__ import annotations

import lzma
import stat
import struct
import zipfile
import zlib
from pathlib import Path

from deepen.data.sources.archive import Unpacking
from deepen.errors import DataError, DeepenError

__all__ = ["unzip"]

_BAD = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    ValueError,
    IndexError,
)


def unzip(path: Path, unpacking: Unpacking) -> None:
    """Unpack a zip archive.

    Raises
    ------
    DataError
        If it is damaged, encrypted, packed in an unknown way, or holds anything but files and folders.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            for member in members:
                _check(member, unpacking)
            for member in members:
                if member.is_dir():
                    unpacking.check_name(member.filename)
                    continue
                with archive.open(member) as stream:
                    unpacking.write(member.filename, stream, member.file_size, max(member.compress_size, 1))
    except DeepenError:
        raise
    except NotImplementedError as error:
        raise DataError("packed in a way that is not read", where=path, came=str(error)) from error
    except _BAD as error:
        raise DataError("the zip archive is damaged or cut short", where=path, came=str(error)) from error


def _check(member: zipfile.ZipInfo, unpacking: Unpacking) -> None:
    """Look at all members before the first is written: most bad archives are refused at once so."""
    if member.flag_bits & 0x1:
        raise unpacking.refuse(member.filename, "is encrypted")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise unpacking.refuse(member.filename, "is a link")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise unpacking.refuse(member.filename, "is a device or another special file")
    unpacking.check_name(member.filename)
