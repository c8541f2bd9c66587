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
from deepen.errors import FolderError, SettingError

__all__ = ["Cache", "key_of"]

_KIND = "cache"
_ARCHIVES = "archives"
_DATA = "data.json"
_IN_USE = 600.0  # seconds for which what was found or made is not removed: a run may be reading it (assumed)
_MOST_BYTES = 20 * 2**30  # 20 GiB, unless $DEEPEN_CACHE_GB says otherwise (assumed)
_MOST_SHARE = 0.5  # of the space that is free: a cache must never fill a disk


def key_of(*parts: Any) -> str:
    """A name for what follows from ``parts``, plain data or bytes.

    Examples
    --------
    >>> key_of("pixels", {"side": 32}) == key_of("pixels", {"side": 32}) != key_of("pixels", {"side": 64})
    True
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode()
        digest.update(
            len(data).to_bytes(8, "little") + data
        )  # the length keeps ("ab", "") and ("a", "b") apart
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
        self.most_bytes = most_bytes or _most_bytes()

    def find(self, key: str) -> Path | None:
        """The folder of this key, if it is there and whole; it counts as used now."""
        path = self.folder / key
        try:
            folders.verify(path, kind=_KIND, contents=False)
        except (FolderError, OSError):  # the latter if another process removes it meanwhile
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
        self.shrink(need, keep=key)
        folders.check_writable(self.folder / key, need=need + (16 << 20))
        try:
            # Never replaced: another process may have made it meanwhile, and a third be opening it.
            with folders.staged(self.folder / key, kind=_KIND, replace=False) as stage:
                write(stage)
        except FolderError:
            if self.find(key) is None:
                raise
        return self.folder / key

    def recall(self, key: str, work: Callable[[], Any]) -> Any:
        """Give the plain data that were worked out under this key before; else work them out, and keep them.

        Raises
        ------
        FolderError
            If the cache cannot be written.
        """
        found = self.find(key)
        if found is not None:
            return folders.read_json(found / _DATA)
        data = work()
        self.make(key, lambda stage: folders.write_json(stage / _DATA, data))
        return data

    def archives(self) -> Path:
        """The folder in which archives are unpacked, each into a folder of its own that counts as an entry."""
        path = self.folder / _ARCHIVES
        path.mkdir(parents=True, exist_ok=True)
        return path

    def unpacked(self, folder: Path | None) -> Path | None:
        """The unpacked archive in which a folder stands, if it is one.

        Its name follows from the archive's path, size and time of change, and nobody but deepen has a reason to
        write into it, so what is in it counts as unchanged.
        """
        places = () if folder is None else (folder, *folder.parents)
        return next((place for place in places if place.parent == self.folder / _ARCHIVES), None)

    def touch(self, folder: Path | None) -> None:
        """Let the unpacked archive in which a folder stands, if it is one, count as used now."""
        place = self.unpacked(folder)
        if place is not None:
            os.utime(place)

    def size(self) -> int:
        """Bytes taken."""
        return sum(_bytes(p) for p in self._entries())

    def shrink(self, need: int = 0, *, keep: str = "") -> list[str]:
        """Remove the ones longest unused until ``need`` more bytes fit, and give their keys."""
        if not self.folder.is_dir():
            return []
        free = shutil.disk_usage(self.folder).free
        used = {p: _last_used(p) for p in self._entries()}
        entries = sorted(used, key=lambda p: used[p])
        sizes = {p: _bytes(p) for p in entries}
        total = sum(sizes.values())
        most = min(self.most_bytes, int(total + free * _MOST_SHARE))
        gone = []
        for path in entries:
            recent = time.time() - used[path] < _IN_USE
            if total + need <= most or path.name == keep or recent:
                continue
            folders.remove(path)
            total -= sizes[path]
            gone.append(path.name)
        return gone

    def _entries(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        # What begins with a dot is being written or removed.
        made = [p for p in self.folder.iterdir() if p.name[0] != "." and (p / folders.MANIFEST).is_file()]
        unpacked = self.folder / _ARCHIVES
        return made + ([p for p in unpacked.iterdir() if p.name[0] != "."] if unpacked.is_dir() else [])


def _most_bytes() -> int:
    given = os.environ.get("DEEPEN_CACHE_GB") or "0"
    try:
        most = int(float(given) * 2**30)
    except (ValueError, OverflowError):
        raise SettingError(
            "not a size", where="DEEPEN_CACHE_GB", allowed="a number of GiB", came=given
        ) from None
    return most if most > 0 else _MOST_BYTES


def _last_used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process has removed it
        return 0.0


def _default_folder() -> Path:
    named = os.environ.get("DEEPEN_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "deepen"


def _bytes(folder: Path) -> int:
    if folder.parent.name == _ARCHIVES:
        return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    try:
        manifest = folders.read_manifest(folder)
    except FolderError:
        return 0
    return sum(int(entry["bytes"]) for entry in manifest["files"].values())
