"""A hash of every row's content, by which exact duplicates are found and the cache is keyed.

Files are read once: after that, a folder in which every file kept its size and its time of change, to the
nanosecond, has the hashes that it had. Of an archive that deepen has unpacked, its own size and time of change
tell, since its folder is named by them.

Legend: N rows.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.cache import Cache, key_of
from deepen.data.columns import Column, strings
from deepen.data.lists import is_list, nested
from deepen.data.media import Media
from deepen.data.sources.files import MEDIA

__all__ = ["rows_of"]


def rows_of(
    columns: Mapping[str, tuple[Column, str]],
    folder: Path | None,
    cache: Cache,
    *,
    workers: int,
    stop: Callable[[], bool],
    progress: Callable[[int, int], None],
) -> np.ndarray:
    """Hash each row over the given columns: (N,) uint64.

    Parameters
    ----------
    columns
        Each column with its kind; the order does not matter.

    Notes
    -----
    Two different rows among a million share a hash with a chance of 1 in 37 million.
    """
    total: np.ndarray | None = None
    for name in sorted(columns):
        column, kind = columns[name]
        if kind in MEDIA and not isinstance(column, np.ndarray):
            own = _files(Media(column, folder, kind), folder, cache, workers, stop, progress)
        else:
            own = _values(column)
        salted = _mix(own ^ np.uint64(int(key_of(name)[:16], 16)))
        total = salted if total is None else _mix(total * np.uint64(31) + salted)
    assert total is not None
    return total


def _mix(values: np.ndarray) -> np.ndarray:
    """Scatter the bits: the finaliser of SplitMix64 (Steele, Lea, Flood 2014)."""
    z = values.astype(np.uint64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def _digest(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")


def _values(column: Column) -> np.ndarray:
    if isinstance(column, np.ndarray):
        flat = np.ascontiguousarray(column).reshape(len(column), -1).view(np.uint8)
        return np.fromiter((_digest(row.tobytes()) for row in flat), np.uint64, len(column))
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers = np.asarray(column.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
        numbers = np.where(np.isnan(numbers), np.nan, numbers + 0.0)  # one NaN of many; minus zero is zero
        found = _mix(numbers.view(np.uint64))
        if pa.types.is_integer(kind) and (np.abs(numbers) >= 2**53).any():
            # Floats cannot tell such numbers apart, so their digits are hashed instead.
            found = np.where(np.abs(numbers) >= 2**53, _words(column), found)
        return found
    if nested(column):
        return _numbers(column)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_struct(kind):
        return np.fromiter((_digest(repr(v).encode()) for v in column.to_pylist()), np.uint64, len(column))
    return _words(column)


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    """Hash lists of numbers, or lists of such lists, by their bytes: a thousand numbers of a row as fast as one."""
    level, shapes = pa.concat_arrays(column.chunks), []
    ends = np.arange(1, len(level) + 1)
    while is_list(level.type):
        counts = pc.fill_null(pc.list_value_length(level), -1).to_numpy(zero_copy_only=False).astype(np.int64)
        shapes.append((counts, ends))
        ends = np.concatenate([[0], np.cumsum(counts.clip(0))])[ends]
        level = level.flatten()
    numbers = pc.fill_null(level.cast(pa.float64(), safe=False), float("nan")).to_numpy(zero_copy_only=False)
    shapes.append((np.where(np.isnan(numbers), np.nan, numbers + 0.0), ends))
    parts = [
        [array[a:b].tobytes() for a, b in zip(np.concatenate([[0], to[:-1]]), to, strict=True)]
        for array, to in shapes
    ]
    return np.fromiter((_digest(b"".join(row)) for row in zip(*parts, strict=True)), np.uint64, len(column))


def _words(column: pa.ChunkedArray) -> np.ndarray:
    coded = strings(column).combine_chunks().dictionary_encode()
    hashes = np.array([_digest(v.encode()) for v in coded.dictionary.to_pylist()] + [0], dtype=np.uint64)
    return np.asarray(hashes[coded.indices.fill_null(len(hashes) - 1).to_numpy(zero_copy_only=False)])


def _files(
    sources: Media,
    folder: Path | None,
    cache: Cache,
    workers: int,
    stop: Callable[[], bool],
    progress: Callable[[int, int], None],
) -> np.ndarray:
    count = len(sources)
    files = sources.paths()
    if files is None:
        given = (sources[row] for row in range(count))
        return np.fromiter((_one(g) for g in given), np.uint64, count)
    unpacked = cache.unpacked(folder)
    if unpacked is not None and all(f.startswith(f"{unpacked}/") and "/../" not in f for f in files):
        key = key_of(
            "content of an archive",
            unpacked.name,
            len(files),
            "\0".join(files).encode(errors="surrogateescape"),
        )
    else:
        key = key_of("content of files", _statistics(files))
    found = cache.find(key)
    if found is not None:
        return np.asarray(np.load(found / "hashes.npy", allow_pickle=False))
    hashes = np.zeros(count, dtype=np.uint64)
    with ThreadPoolExecutor(workers) as pool:
        for first in range(0, count, 1024):
            if stop():
                return hashes
            block = files[first : first + 1024]
            hashes[first : first + len(block)] = list(pool.map(_file, block))
            progress(first + len(block), count)
    cache.make(key, lambda stage: np.save(stage / "hashes.npy", hashes))
    return hashes


def _one(given: Path | bytes | None) -> int:
    if isinstance(given, Path):
        return _file(str(given))
    return _digest(given if isinstance(given, bytes) else str(given).encode())


def _file(path: str) -> int:
    try:
        return _digest(Path(path).read_bytes())
    except (OSError, ValueError):  # the latter for a name with a null byte
        return _digest(path.encode())  # it cannot be read: encoding reports it by name


def _statistics(files: Iterable[str]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for path in files:
        try:
            about = os.stat(path)  # noqa: PTH116  # half the time of a path object's, sixty thousand times over
            digest.update(f"{path}\x00{about.st_size}\x00{about.st_mtime_ns}\x00".encode())
        except (OSError, ValueError):
            digest.update(f"{path}\x00".encode())
    return digest.digest()
