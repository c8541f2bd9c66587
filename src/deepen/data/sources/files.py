"""File names: what kind of file a name promises, and what its first bytes show it to be."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from deepen.errors import DataError, nearest

__all__ = [
    "AUDIO_EXTENSIONS", "IMAGE_EXTENSIONS", "MEDIA", "THINGS", "UNREAD", "count_suffixes", "format_of", "is_idx",
    "is_ignored", "is_image", "medium_of", "missing_path", "part_of", "part_of_stem", "seen_in",
]  # fmt: skip

IMAGE_EXTENSIONS = frozenset({
    ".avif", ".bmp", ".dib", ".gif", ".ico", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pcx", ".pgm",
    ".png", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp",
})  # fmt: skip
"""Extensions, with their dot and in lower case, of the images that Pillow reads."""

AUDIO_EXTENSIONS = frozenset({
    ".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp2", ".mp3", ".oga", ".ogg", ".opus", ".rf64", ".snd",
    ".sph", ".voc", ".w64", ".wav", ".wave",
})  # fmt: skip
"""Extensions, with their dot and in lower case, of the recordings that libsndfile reads."""

MEDIA = {"image": IMAGE_EXTENSIONS, "audio": AUDIO_EXTENSIONS}
"""What a folder of files may hold: the name of the column, and the extensions of its files."""

_MEDIUM_BY_SUFFIX = {extension[1:]: medium for medium, known in MEDIA.items() for extension in known}

THINGS = {"image": "image", "audio": "recording"}
"""What messages call one file of such a column."""

_FORMATS = {
    ".csv": "text", ".tsv": "text", ".tab": "text", ".psv": "text",
    ".txt": "text", ".data": "text", ".dat": "text",
    ".jsonl": "json", ".ndjson": "json", ".json": "json",
    ".conll": "conll", ".iob": "conll", ".iob2": "conll", ".bio": "conll",
    ".parquet": "parquet", ".pq": "parquet",
    ".arrow": "arrow", ".arrows": "arrow", ".feather": "arrow", ".ipc": "arrow",
    ".npz": "npz", ".npy": "npy",
    ".zip": "zip", ".tar": "tar", ".tgz": "tar", ".tbz": "tar", ".tbz2": "tar", ".txz": "tar",
}  # fmt: skip

UNREAD = {
    ".h5": "Open it with h5py and pass the arrays: deepen.train(X, y).",
    ".hdf5": "Open it with h5py and pass the arrays: deepen.train(X, y).",
    ".mat": "Open it with scipy.io.loadmat and pass the arrays: deepen.train(X, y).",
    ".xlsx": "Save the sheet as CSV.",
    ".xls": "Save the sheet as CSV.",
    ".ods": "Save the sheet as CSV.",
    ".pkl": "A pickle can run any code when it is opened, so none is read; save as .npz, CSV or Parquet.",
    ".pickle": "A pickle can run any code when it is opened, so none is read; save as .npz, CSV or Parquet.",
    ".pt": "A pickle can run any code when it is opened, so none is read; pass the tensors themselves.",
    ".pth": "A pickle can run any code when it is opened, so none is read; pass the tensors themselves.",
    ".m4a": "Convert it: ffmpeg -i a.m4a a.flac.",
    ".aac": "Convert it: ffmpeg -i a.aac a.flac.",
    ".wma": "Convert it: ffmpeg -i a.wma a.flac.",
    ".amr": "Convert it: ffmpeg -i a.amr a.flac.",
    ".webm": "Convert it: ffmpeg -i a.webm a.flac.",
    ".7z": "Unpack it and give the folder.",
    ".rar": "Unpack it and give the folder.",
    ".zst": "Unpack it and give what was in it.",
    ".sqlite": "Export the table as CSV or Parquet.",
    ".db": "Export the table as CSV or Parquet.",
}
"""Formats that people have and that are not read, with what to do instead."""

_MAGIC = (
    (b"\x89PNG\r\n", "image", "a PNG image"),
    (b"\xff\xd8\xff", "image", "a JPEG image"),
    (b"GIF8", "image", "a GIF image"),
    (b"II*\x00", "image", "a TIFF image"),
    (b"MM\x00*", "image", "a TIFF image"),
    (b"fLaC", "audio", "a FLAC recording"),
    (b"OggS", "audio", "an Ogg recording"),
    (b"ID3\x02", "audio", "an MP3 recording"),
    (b"ID3\x03", "audio", "an MP3 recording"),
    (b"ID3\x04", "audio", "an MP3 recording"),
    (b"RF64", "audio", "a WAV recording"),
    (b"riff\x2e\x91\xcf\x11", "audio", "a W64 recording"),
    (b".snd", "audio", "an AU recording"),
    (b"caff", "audio", "a CAF recording"),
    (b"NIST_1A", "audio", "a SPHERE recording"),
    (b"Creative Voice File", "audio", "a VOC recording"),
    (b"PK\x03\x04", "zip", "a zip archive"),
    (b"PK\x05\x06", "zip", "an empty zip archive"),
    (b"\x1f\x8b", "gzip", "gzip data"),
    (b"BZh", "tar", "bzip2 data"),
    (b"\xfd7zXZ\x00", "tar", "xz data"),
    (b"PAR1", "parquet", "a Parquet file"),
    (b"ARROW1", "arrow", "an Arrow file"),
    (b"\x93NUMPY", "npy", "a NumPy array"),
    (b"\x89HDF", "hdf5", "an HDF5 file"),
    (b"%PDF", "other", "a PDF"),
    (b"SQLite format 3", "other", "an SQLite database"),
    (b"Rar!", "other", "a RAR archive"),
    (b"7z\xbc\xaf", "other", "a 7z archive"),
    (b"\xd0\xcf\x11\xe0", "other", "an old Excel or Word file"),
)

_CONTAINERS = {
    (b"RIFF", b"WAVE"): ("audio", "a WAV recording"),
    (b"RIFX", b"WAVE"): ("audio", "a WAV recording"),
    (b"FORM", b"AIFF"): ("audio", "an AIFF recording"),
    (b"FORM", b"AIFC"): ("audio", "an AIFF recording"),
    (b"RIFF", b"WEBP"): ("image", "a WebP image"),
}
"""Files within a common wrapper: what stands in their bytes 0 to 3 and 8 to 11."""

_PARTS = {
    "train": "train", "training": "train",
    "valid": "valid", "val": "valid", "validation": "valid", "dev": "valid",
    "test": "test", "testing": "test",
}  # fmt: skip
_IGNORED = {"__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db"}
_IDX = re.compile(r"idx[0-9]-ubyte(\.gz)?$")


def is_image(name: str) -> bool:
    """Whether the name ends as an image's does.

    >>> is_image("photos/A.JPG"), is_image("notes.txt")
    (True, False)
    """
    return medium_of(name) == "image"


def medium_of(name: str) -> str | None:
    """Tell which medium's file the name is by its extension: image, audio or None.

    >>> medium_of("a/1.WAV"), medium_of("notes.txt")
    ('audio', None)
    """
    stem, _, suffix = name.rpartition(".")  # asked for every file: ten times quicker than a path object
    return _MEDIUM_BY_SUFFIX.get(suffix.lower()) if stem and stem[-1] != "/" else None


def is_idx(name: str) -> bool:
    """Whether the name is that of an idx file, as MNIST's are.

    >>> is_idx("t10k-images-idx3-ubyte.gz")
    True
    """
    return bool(_IDX.search(name.lower().replace(".idx", "-idx")))


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is a hidden one or a leftover of an operating system."""
    return name.startswith(".") or name.lower() in _IGNORED


def part_of(name: str) -> str | None:
    """Tell which part of the data a folder or mark of this name stands for: train, valid, test or None.

    >>> part_of("Validation"), part_of("cats")
    ('valid', None)
    """
    return _PARTS.get(name.strip().lower())


def part_of_stem(name: str) -> str | None:
    """Tell which part a file of this name holds, as in ``train.csv`` or ``test-00000-of-00001.parquet``.

    >>> part_of_stem("train-0001.parquet"), part_of_stem("trains.csv")
    ('train', None)
    """
    return part_of(re.split(r"[-_.]", name, maxsplit=1)[0])


def format_of(name: str) -> str | None:
    """Tell what a file's name promises: text, json, conll, parquet, npz, idx, image, audio, zip, tar... or None.

    >>> format_of("a.csv.gz"), format_of("a.tar.gz"), format_of("a")
    ('text', 'tar', None)
    """
    if is_idx(name):
        return "idx"
    suffixes = [s.lower() for s in PurePosixPath(name).suffixes]
    if not suffixes:
        return None
    if suffixes[-1] in {".gz", ".bz2", ".xz"}:
        inner = _FORMATS.get(suffixes[-2]) if len(suffixes) > 1 else None
        return (
            inner
            if inner == "tar" or (suffixes[-1] == ".gz" and inner in {"text", "json", "conll"})
            else None
        )
    return medium_of(name) or _FORMATS.get(suffixes[-1])


def seen_in(head: bytes) -> tuple[str, str]:
    """Tell what the first bytes of a file show: a format, and its name for a message; or two empty strings.

    >>> seen_in(bytes([0xFF, 0xD8, 0xFF, 0xE0]))
    ('image', 'a JPEG image')
    """
    if head[257:262] == b"ustar":
        return "tar", "a tar archive"
    if (container := (head[:4], head[8:12])) in _CONTAINERS:
        return _CONTAINERS[container]
    if head[4:11] == b"ftypM4A":
        return "other", "an M4A recording"
    if _is_mpeg(head):
        return "audio", "an MP3 recording"
    return next(((kind, words) for magic, kind, words in _MAGIC if head.startswith(magic)), ("", ""))


def _is_mpeg(head: bytes) -> bool:
    """Whether a frame of MPEG audio begins: eleven bits set, and no value that the standard leaves out.

    FF FE, which would be one too, is how texts in UTF-16 begin.
    """
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or head[1] == 0xFE:
        return False
    version, layer, bits, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer != 0 and bits != 15 and rate != 3


def count_suffixes(names: Iterable[str]) -> str:
    """Count names by their extension, the commonest first.

    >>> count_suffixes(["a.txt", "b.txt", "c.PDF", "LICENSE"])
    '2 .txt, 1 .pdf, 1 without an extension'
    """
    counts = Counter(PurePosixPath(name).suffix.lower() or "without an extension" for name in names)
    shown = ", ".join(f"{n:,} {suffix}" for suffix, n in counts.most_common(6))
    return shown + (", ..." if len(counts) > 6 else "")


def missing_path(path: Path) -> DataError:
    """Make the error for a path that is not there, with the nearest name that is."""
    parent = path.parent
    if not parent.is_dir():
        return DataError("there is no such file or folder, nor the folder it should be in", where=path)
    names = sorted(entry.name for entry in parent.iterdir() if not is_ignored(entry.name))
    return DataError("there is no such file or folder", where=path, mend=nearest(path.name, names))
