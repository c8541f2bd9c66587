"""Which delimiter and which quotes a text table uses, found from its first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

__all__ = ["NO_DELIMITER", "Dialect", "find_dialect"]

NO_DELIMITER = "\x1f"
"""Stands for: each line is one field. It is the control character made to set units apart; text has none."""

_DELIMITERS = ("\t", ";", "|", ",")
_DECIMAL_COMMA = re.compile(r"\s*[+-]?[\d.]*,\d+\s*")
_SAMPLE = 1 << 16


@dataclass(frozen=True)
class Dialect:
    """How the fields of a text table are set apart.

    Parameters
    ----------
    delimiter
        The character between two fields; a space stands for any run of blanks.
    quote
        The character around a field that holds delimiters or line ends.
    """

    delimiter: str
    quote: str


def find_dialect(
    data: bytes, *, delimiter: str | None = None, tabs: bool = False, prose: bool = False
) -> Dialect:
    r"""Find the delimiter and the quotes.

    Parameters
    ----------
    data
        The file, in UTF-8.
    delimiter
        The delimiter, where it is known.
    tabs
        Whether the file's name says that tabs are likely.
    prose
        Whether the file may be plain text, so that irregular commas delimit nothing.

    Examples
    --------
    >>> find_dialect(b"a;b\n1,5;2,5\n")
    Dialect(delimiter=';', quote='"')
    """
    text = data[:_SAMPLE].decode("utf-8", errors="ignore")
    if len(data) > _SAMPLE and "\n" in text:
        text = text[: text.rindex("\n")]  # the last line may have been cut
    quote = _find_quote(text)
    return Dialect(delimiter or _find_delimiter(text, quote, tabs, prose), quote)


def _find_quote(text: str) -> str:
    """Single quotes only where they plainly enclose fields, in half of the lines or more."""

    def fields(quote: str) -> int:
        return len(
            re.findall(rf"(?m)(?:^|[,;\t|])[ ]*{quote}[^{quote}\n]*{quote}[ ]*(?=[,;\t|\r\n]|$)", text)
        )

    single = fields("'")
    return "'" if single > fields('"') and 2 * single >= text.count("\n") + 1 else '"'


def _find_delimiter(text: str, quote: str, tabs: bool, prose: bool) -> str:
    """Take the delimiter that cuts the most lines into the same number of fields."""
    found = {mark: _regularity(text, mark, quote) for mark in _DELIMITERS}
    if tabs and found["\t"] >= 0.5:
        return "\t"
    best = max(found.values())
    if best >= 0.5:
        candidates = [mark for mark in _DELIMITERS if found[mark] == best]
        # Commas may only be decimal ones: then every field that has a comma is a number.
        if "," in candidates and len(candidates) > 1 and not _all_decimal(text, candidates[0]):
            return ","
        return candidates[0]
    words = re.compile(rf"{quote}[^{quote}]*{quote}|\S+")
    counts = [len(words.findall(line)) for line in text.splitlines() if line.strip()]
    counts = counts[1:] if len(counts) > 2 else counts  # the header may have one name fewer
    width, times = Counter(counts or [1]).most_common(1)[0]
    if width > 1 and times >= 0.9 * len(counts):
        return " "
    return NO_DELIMITER if prose else ","


def _regularity(text: str, delimiter: str, quote: str) -> float:
    """Find the share of rows that have the commonest number of fields; zero where that is one."""
    lines = [line for line in text.splitlines(keepends=True) if line.strip()]
    rows = csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=True)
    try:
        counts = Counter(len(row) for row in rows)
    except csv.Error:  # an unclosed quote has swallowed more than a field may hold
        counts = Counter(line.count(delimiter) + 1 for line in lines)
    if not counts:
        return 0.0
    width, times = counts.most_common(1)[0]
    return times / counts.total() if width > 1 else 0.0


def _all_decimal(text: str, delimiter: str) -> bool:
    fields = [field for line in text.splitlines() for field in line.split(delimiter) if "," in field]
    return all(_DECIMAL_COMMA.fullmatch(field) for field in fields)
