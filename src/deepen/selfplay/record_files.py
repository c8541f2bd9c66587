"""Game records, read from a file, a folder or an archive.

What cannot be used is left out, counted and told: a broken file, a game on a board of another size, one without moves,
one that is there twice.
"""

from __future__ import annotations

import lzma
import os
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from deepen.data.cache import Cache
from deepen.data.sources.archive import unpack
from deepen.data.sources.files import is_ignored, missing_path
from deepen.data.sources.options import Options
from deepen.data.sources.single import file_format
from deepen.data.sources.untar import untar
from deepen.data.sources.unzip import unzip
from deepen.errors import DataError
from deepen.games.go_records import GoRecord, read_go
from deepen.selfplay.record_cache import key_of_files, recalled
from deepen.selfplay.records import ExpertGames

__all__ = ["is_game_records", "read_games"]

_MOST_BYTES = 64 << 20  # a file larger than this is no game record: the longest take some 100 kB (assumed)
_BAD = (OSError, ValueError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile)
_LOOKED_AT = 200  # files after which it is clear what a folder holds (assumed)


def is_game_records(source: Any) -> bool:
    """Say whether a source is game records: a file, folder or archive that holds mostly ``.sgf`` files.

    A folder of archives is looked through too. What cannot be read is no game record.
    """
    if not isinstance(source, str | os.PathLike):
        return False
    path = Path(source)
    try:
        if path.is_file() and path.suffix.lower() == ".sgf":
            return True
        if not path.exists() or (path.is_file() and not _is_archive(path)):
            return False
        seen = [of for _, of in zip(range(_LOOKED_AT), _names(path), strict=False)]
    except _BAD:
        return False
    return 2 * sum(name.lower().endswith(".sgf") for name in seen) > len(seen)


def _names(path: Path) -> Iterator[str]:
    """Give the names of the files in a folder or an archive, those in a folder's archives too."""
    if path.is_dir():
        for file in _files(path):
            if _is_archive(file):
                yield from _names(file)
            else:
                yield file.name
    elif file_format(path) == "zip":
        with zipfile.ZipFile(path) as archive:
            yield from (name for name in archive.namelist() if not name.endswith("/"))
    else:
        with tarfile.open(path) as members:
            yield from (member.name for member in members if member.isfile())


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_ignored(name))
        yield from (Path(place, name) for name in sorted(files) if not is_ignored(name))


def _is_archive(path: Path) -> bool:
    return file_format(path) in {"zip", "tar"} if path.suffix.lower() != ".sgf" else False


def read_games(
    source: str | os.PathLike[str],
    *,
    size: int | None = None,
    workspace: Path | None = None,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[int, int], object] = lambda done, total: None,
) -> tuple[ExpertGames, list[str]]:
    """Read every game of a file, a folder, or an archive.

    Parameters
    ----------
    source
        A path to an ``.sgf`` file, or to a folder or a zip or tar archive of them; a folder's archives are read too.
    size
        The board that is wanted; by default the commonest.
    workspace
        Where archives are unpacked; by default the cache.
    stop
        Asked again and again; once it is true, the reading ends.
    tell
        Told of the files read, and of all of them.

    Returns
    -------
    games, notes
        The games, and a sentence for each sort of game that was left out.

    Raises
    ------
    DataError
        If there is no game that can be used; if all files are broken, the first one's error.
    Stopped
        If ``stop`` became true.
    """
    path = Path(source)
    if not path.exists():
        raise missing_path(path)
    cache = Cache()
    options = Options(workspace=workspace or cache.archives(), stop=stop)
    files = [file for file in _unpacked(path, options) if file.suffix.lower() == ".sgf"]
    if not files:
        raise DataError("holds no game records", where=path, allowed="files that end in .sgf")
    try:
        key = key_of_files(files, size)
    except OSError as error:
        raise DataError("a file cannot be read", where=path, came=str(error)) from error
    return recalled(cache, key, lambda: _all(files, size, path, options, tell))


def _all(
    files: Sequence[Path],
    size: int | None,
    path: Path,
    options: Options,
    tell: Callable[[int, int], object],
) -> tuple[ExpertGames, list[str]]:
    """Read the games of files."""
    records: list[tuple[GoRecord, str]] = []
    broken: list[DataError] = []
    for done, file in enumerate(files):
        if done % 64 == 0:
            options.check_stop(path.name)
            tell(done, len(files))
        try:
            records += _numbered(_read(file), file)
        except DataError as error:
            broken.append(error)
    if not records:
        raise broken[0]
    notes = (
        [f"{len(broken):,} of {len(files):,} files were left out as broken: {broken[0]}"] if broken else []
    )
    kept, more = _usable(records, size, path)
    return ExpertGames.of([record for record, _ in kept], [name for _, name in kept]), notes + more


def _unpacked(path: Path, options: Options) -> Iterator[Path]:
    """Give all the files in a folder or an archive, the archives in it unpacked."""
    if path.is_dir():
        for file in _files(path):
            yield from _unpacked(file, options) if _is_archive(file) else (file,)
    elif _is_archive(path):
        kind = file_format(path) or ""
        yield from _files(unpack(path, kind, options, unzip if kind == "zip" else untar))
    else:
        yield path


def _read(file: Path) -> list[GoRecord]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DataError(
                "too large for a game record", where=file, allowed=f"{_MOST_BYTES >> 20} MiB",
                came=f"{file.stat().st_size >> 20} MiB",
            )  # fmt: skip
        data = file.read_bytes()
    except OSError as error:
        raise DataError("the file cannot be read", where=file, came=error.strerror or str(error)) from error
    return read_go(data, where=file.name)


def _numbered(records: Sequence[GoRecord], file: Path) -> Iterable[tuple[GoRecord, str]]:
    several = len(records) > 1
    return (
        (record, f"{file.name}, game {n}" if several else file.name) for n, record in enumerate(records, 1)
    )


def _usable(
    records: list[tuple[GoRecord, str]], size: int | None, path: Path
) -> tuple[list[tuple[GoRecord, str]], list[str]]:
    """Keep the games that have moves, on one board, once each; say of the others how many there were."""
    sizes = Counter(record.size for record, _ in records if record.moves)
    wanted = size or (max(sizes, key=lambda n: sizes[n]) if sizes else 0)
    seen: set[bytes] = set()
    kept, left = [], Counter[str]()
    for record, name in records:
        if not record.moves:
            left["have no moves"] += 1
        elif record.size != wanted:
            left[f"are on a board other than {wanted}x{wanted}"] += 1
        elif (mark := _mark(record)) in seen:
            left["are there twice"] += 1
        else:
            seen.add(mark)
            kept.append((record, name))
    notes = [f"{n:,} of {len(records):,} games were left out: they {why}" for why, n in left.items()]
    if not kept:
        raise DataError(
            "holds no game that can be learned from", where=path, came="; ".join(notes) or "no game"
        )
    return kept, notes


def _mark(record: GoRecord) -> bytes:
    """What games of the same moves have in common."""
    text = repr((record.size, sorted(record.black), sorted(record.white), record.moves))
    return blake2b(text.encode(), digest_size=16).digest()
