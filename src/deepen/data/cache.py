"""What was read and encoded once is kept, under the hash of its content, up to a size.

The oldest in use goes first. The folder is ``$DEEPEN_CACHE``, else ``deepen`` in the user's cache folder.
Losing it loses nothing but time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepen.compute import folders
from deepen.errors import FolderError

__all__ = ["Cache", "key_of"]

_KIND = "cache"
_MOST_BYTES = 20 * 2**30  # 20 GiB, unless $DEEPEN_CACHE_GB says otherwise (assumed)
_MOST_SHARE = 0.5  # of the space that is free: a cache must never fill a disk


def key_of(*parts: Any) -> str:
    """A name for what follows from ``parts``, plain data or bytes.

    Examples
    --------
    >>> key_of("pixels", {"height": 32}) == key_of("pixels", {"height": 32}) != key_of("pixels", {"height": 64})
    True
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode())
        digest.update(b"\x00")
    return digest.hexdigest()


class Cache:
    """Folders by key.

    Parameters
    ----------
    folder
        Where they stand; by default the user's cache folder.
    most_bytes
        Above this size the ones longest unused are removed.
    """

    def __init__(self, folder: Path | None = None, *, most_bytes: int | None = None) -> None:
        self.folder = (folder or _default_folder()).absolute()
        given = float(os.environ.get("DEEPEN_CACHE_GB", "0") or 0)
        self.most_bytes = most_bytes or (int(given * 2**30) if given > 0 else _MOST_BYTES)

    def find(self, key: str) -> Path | None:
        """The folder of this key, if it is there and whole; it counts as used now."""
        path = self.folder / key
        try:
            folders.verify(path, kind=_KIND, contents=False)
        except FolderError:
            if path.exists():
                folders.remove(path)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return path

    def make(self, key: str, write: Callable[[Path], None], *, need: int = 0) -> Path:
        """Find the folder of this key, or have ``write`` fill it, whole or not at all.

        Parameters
        ----------
        need
            How many bytes it will take, as far as is known: room is made for them first.

        Raises
        ------
        FolderError
            If the cache cannot be written, or there is too little space.
        """
        found = self.find(key)
        if found is not None:
            return found
        folders.check_writable(self.folder / key, need=need + (16 << 20))
        self.shrink(need, keep=key)
        with folders.staged(self.folder / key, kind=_KIND) as stage:
            write(stage)
        return self.folder / key

    def workspace(self, name: str) -> Path:
        """A folder for what is not kept by key: archives being unpacked."""
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def size(self) -> int:
        """Bytes taken."""
        return sum(_bytes(p) for p in self._entries())

    def shrink(self, need: int = 0, *, keep: str = "") -> list[str]:
        """Remove the ones longest unused until ``need`` more bytes fit, and give their keys."""
        if not self.folder.is_dir():
            return []
        free = shutil.disk_usage(self.folder).free
        entries = sorted(self._entries(), key=lambda p: p.stat().st_mtime)
        sizes = {p: _bytes(p) for p in entries}
        total = sum(sizes.values())
        most = min(self.most_bytes, int(total + free * _MOST_SHARE))
        gone = []
        for path in entries:
            # A run that began less than a minute ago may be about to open what it has just found.
            recent = time.time() - path.stat().st_mtime < 60
            if total + need <= most or path.name == keep or recent:
                continue
            folders.remove(path)
            total -= sizes[path]
            gone.append(path.name)
        return gone

    def _entries(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return [p for p in self.folder.iterdir() if p.is_dir() and (p / folders.MANIFEST).is_file()]


def _default_folder() -> Path:
    named = os.environ.get("DEEPEN_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "deepen"


def _bytes(folder: Path) -> int:
    try:
        manifest = folders.read_manifest(folder)
    except FolderError:
        return 0
    return sum(int(entry["bytes"]) for entry in manifest["files"].values())
