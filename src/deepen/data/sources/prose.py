"""Text files that may be no tables: running text, and lines that each begin with their label.

A ``.txt`` may hold a table with tabs, a column of numbers, labelled sentences, or a novel. It is running text
only where nothing parts its lines into fields and no first word comes back as a label would.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from deepen.data.sources.delimited import read_delimited
from deepen.data.sources.dialect import NO_DELIMITER, find_dialect
from deepen.data.sources.files import part_of_stem
from deepen.data.sources.options import Options
from deepen.data.sources.text import load_text
from deepen.data.table import Table
from deepen.errors import DataError

__all__ = ["are_texts", "may_be_prose", "read_prose", "read_text", "read_texts"]

_TABLES = {".csv", ".tsv", ".tab", ".psv", ".data", ".dat"}
_SAMPLE = 1 << 18
_NUMBER = re.compile(r"[+-]?(\d[\d.,_ ]*|[.,]\d+)(e[+-]?\d+)?%?|nan|na|n/a|\?|-", re.IGNORECASE)
_MARK = re.compile(r"__label__\S+|\d{1,3}|[A-Za-z]\w*:\w+")  # fastText's, sentiment treebank's, TREC's
_LABELS = 200  # more different first words than this are no classes (assumed)


def read_text(path: Path, options: Options) -> Table:
    """Read a text file, be it a table, labelled lines or running text.

    Returns
    -------
    Table
        Running text: one row, ``text``. Labelled lines: ``label`` and ``text``, the label being the target.

    Raises
    ------
    DataError
        If the file is empty, is not text, or is a table that is not sound.
    """
    if not may_be_prose(path) or options.delimiter is not None or options.header is not None:
        return read_delimited(path, options)
    data, _ = load_text(path, options)
    sort = _sort(data)
    if sort == "table":
        return read_delimited(path, options)
    if sort == "labelled":
        return _labelled(data, path)
    text, note = read_prose(path, options)
    column = pa.chunked_array([pa.array([text], pa.large_string())])
    return Table({"text": column}, path.name, path.parent, notes=(note,))


def may_be_prose(path: Path) -> bool:
    """Whether a text file's name leaves it open that it holds running text."""
    return Path(path.name.lower().removesuffix(".gz")).suffix not in _TABLES


def read_prose(path: Path, options: Options) -> tuple[str, str]:
    """Read a file of running text.

    Returns
    -------
    text, note
        The text as it stands, and what it was read as.

    Raises
    ------
    DataError
        If the file is empty, is not text, or is UTF-8 with bytes in it that are not, naming the first.
    """
    data, encoding = load_text(path, options)
    if options.encoding is None and encoding in {"cp1252", "latin-1"}:
        _refuse_broken_utf8(path, path.read_bytes())
    text = data.decode("utf-8").replace("\r\n", "\n")
    return text, f"running text: {len(text):,} characters, encoding {encoding}"


def are_texts(names: list[str], root: Path, options: Options) -> bool:
    """Whether the text files of a folder are texts, rather than one table or the parts of one.

    Those in class folders are, and so are several beside each other unless most of a few are tables.
    """
    if len(names) < 2 or all(part_of_stem(name) for name in names):
        return False
    if all("/" in name for name in names):
        return True
    some = names[:: -(-len(names) // 5)]
    tables = 0
    for name in some:
        data, _ = load_text(root / name, options)
        tables += data.count(b"\n") > 5 and _sort(data) != "prose"
    return 2 * tables < len(some)


def read_texts(table: Table, root: Path, options: Options) -> Table:
    """Put what stands in each file in the place of its name, in the column ``text``; empty files are missing."""
    texts: list[str | None] = []
    for at, name in enumerate(table["text"].to_pylist()):
        if at % 256 == 0:
            options.check_stop(table.origin)
        path = root / name
        texts.append(read_prose(path, options)[0] if path.stat().st_size else None)
    column = pa.chunked_array([pa.array(texts, pa.large_string())])
    return replace(table, columns={**table.columns, "text": column})


def _refuse_broken_utf8(path: Path, data: bytes) -> None:
    """Tell a damaged UTF-8 file from one in an encoding of one byte for each letter.

    In the latter hardly any two letters beyond ASCII happen to make a sound sequence of UTF-8.
    """
    shown = data.decode("utf-8", errors="replace")
    broken = shown.count("\ufffd")
    sound = sum(1 for c in shown if c > "\x7f") - broken
    if sound <= 2 * broken:
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            "a byte that is not UTF-8, in a text that otherwise is", where=f"{path.name}, byte {error.start:,}",
            came=f"0x{data[error.start]:02x}", mend="Mend it, or name the text's encoding with --encoding.",
        ) from None  # fmt: skip


def _sort(data: bytes) -> str:
    """Tell what a text file is: a ``table``, ``labelled`` lines, or ``prose``."""
    sample = data[:_SAMPLE].decode("utf-8", errors="ignore")
    if len(data) > _SAMPLE and "\n" in sample:
        sample = sample[: sample.rindex("\n")]
    lines = [line.strip() for line in sample.splitlines() if line.strip()]
    delimiter = find_dialect(data, prose=True).delimiter
    if delimiter in (NO_DELIMITER, *",;") and _are_labelled(lines):
        return "labelled"
    if delimiter != NO_DELIMITER and not (delimiter in ",;" and _are_sentences(lines, delimiter)):
        return "table"
    numbers = sum(1 for line in lines if _NUMBER.fullmatch(line))
    return "table" if numbers >= 0.9 * len(lines) else "prose"


def _are_sentences(lines: list[str], delimiter: str) -> bool:
    """Whether what looks like fields is text that happens to have as many commas in many lines."""
    counts = Counter(line.count(delimiter) for line in lines)
    commonest = counts.most_common(1)[0][1]
    words = sum(len(line.split()) for line in lines) / sum(line.count(delimiter) + 1 for line in lines)
    return words > 3 and (commonest < 0.9 * len(lines) or len(lines) < 3)


def _are_labelled(lines: list[str]) -> bool:
    """Whether the first word of every line is one of a few that come again and again, and text follows."""
    firsts = Counter(line.split(maxsplit=1)[0] for line in lines)
    if len(lines) < 10 or not 2 <= len(firsts) <= _LABELS or any(" " not in line for line in lines):
        return False
    if any(mark in first for first in firsts for mark in ",;"):
        return False
    if all(map(_MARK.fullmatch, firsts)):
        return len(firsts) <= max(2, 0.2 * len(lines))
    # Plain words must come back oftener to be labels, and hardly ever stand in the texts themselves.
    inside = sum(word in firsts for line in lines for word in line.split()[1:])
    return len(firsts) <= max(2, 0.02 * len(lines)) and min(firsts.values()) > 1 and inside < 0.3 * len(lines)


def _labelled(data: bytes, path: Path) -> Table:
    lines = data.decode("utf-8").split("\n")
    kept = [(at + 1, line.split(maxsplit=1)) for at, line in enumerate(lines) if line.strip()]
    short = next((at for at, parts in kept if len(parts) < 2), None)
    if short is not None:
        raise DataError("a label without a text", where=f"{path.name}, line {short}")
    labels = [parts[0].removeprefix("__label__") for _, parts in kept]
    texts = [parts[1].strip() for _, parts in kept]
    return Table(
        {"label": pa.chunked_array([labels]), "text": pa.chunked_array([pa.array(texts, pa.large_string())])},
        path.name, path.parent, target="label", rows=np.array([at for at, _ in kept]),
        notes=(f"each line is a label and a text: {len(set(labels))} labels",),
    )  # fmt: skip
