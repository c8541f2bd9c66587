"""The bytes of a text file, as UTF-8 whatever they were: compression, encoding, and what is not text."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from pathlib import Path

from deepen.data.sources.files import seen_in
from deepen.data.sources.options import Options
from deepen.errors import DataError

__all__ = ["load_text"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(set(range(32)) - {9, 10, 11, 12, 13, 27})
_CHUNK = 1 << 20
_MOST_FOLD = 1000  # gzip packs at most 1032-fold; real tables stay far below 100-fold


def load_text(path: Path, options: Options) -> tuple[bytes, str]:
    """Read a text file, plain or gzipped, and bring it to UTF-8.

    Returns
    -------
    data
        The text in UTF-8, without a byte-order mark, its lines ending in a line feed (perhaps after a
        carriage return).
    encoding
        What it was written in.

    Raises
    ------
    DataError
        If the file is empty, damaged, not text, or not in the encoding that the options name.
    """
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        data = _gunzip(data, path, options)
    if not data or data.isspace():
        raise DataError("the file is empty", where=path)
    encoding = options.encoding or _guess(data, path)
    if encoding == "utf-8" and _is_utf8(data):
        text = data.removeprefix(codecs.BOM_UTF8)
    else:
        text = _decode(data, encoding, path)
    if not text or text.isspace():
        raise DataError("the file is empty", where=path)
    if b"\x00" in text:
        line = text.count(b"\n", 0, text.index(b"\x00")) + 1
        raise DataError(
            "a NUL byte: this is not text, or it is damaged",
            where=f"{path.name}, line {line}",
            mend="Save it again as text, or name its encoding=.",
        )
    if b"\n" not in text and b"\r" in text:
        text = text.replace(b"\r", b"\n")
    return text, encoding.removesuffix("-sig")


def _gunzip(data: bytes, path: Path, options: Options) -> bytes:
    most = max(len(data) * _MOST_FOLD, _CHUNK)
    chunks, total = [], 0
    try:
        with gzip.open(io.BytesIO(data)) as stream:
            while chunk := stream.read(_CHUNK):
                options.check_stop(path.name)
                total += len(chunk)
                if total > most:
                    raise DataError(f"expands more than {_MOST_FOLD}-fold: refused as a bomb", where=path)
                chunks.append(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError("the gzip data are damaged or cut short", where=path, came=str(error)) from error
    return b"".join(chunks)


def _guess(data: bytes, path: Path) -> str:
    """Find the encoding: by its mark, by where the zero bytes stand, else UTF-8 or the Windows page."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    head = data[:65536]
    words = seen_in(head)[1]
    if words:
        raise DataError("this is not a text table", where=path, came=words)
    if b"\x00" in head:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        # Latin text in UTF-16 has a zero in (nearly) every second byte, on one side only.
        if max(even, odd) > 0.4 * (len(head) / 2) and min(even, odd) < 0.05 * max(even, odd):
            return "utf-16-le" if odd > even else "utf-16-be"
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > max(1, 0.01 * len(head)):
        raise DataError("this is binary data, not a text table", where=path, came=f"{head[:8]!r}...")
    if _is_utf8(data):
        return "utf-8"
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing there; in latin-1 every byte is something
        return "latin-1"
    return "cp1252"


def _is_utf8(data: bytes) -> bool:
    """Check piece by piece, so that a large file is not held twice."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(view[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _decode(data: bytes, encoding: str, path: Path) -> bytes:
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode("utf-8")
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        line = data.count(b"\n", 0, start) + 1
        raise DataError(
            f"the text is not {encoding}",
            where=f"{path.name}, line {line}",
            came=repr(data[start : start + 4]),
            mend="Leave encoding= out to have it found.",
        ) from error
