"""Which quotes in a text table enclose fields, and on which line each record begins.

Where quoting is well formed, the quotes alternate: the first opens, the second closes or, doubled,
stands for itself. So the position of every quote among all quotes tells its role, and the whole file is
checked in a few array operations. Stray quotes (``5" pipe``) break the pattern; they are then taken as
plain characters if the lines are regular without them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deepen.data.sources.dialect import Dialect

__all__ = ["Settled", "settle"]


@dataclass(frozen=True, eq=False)
class Settled:
    """A text table whose quotes are understood.

    Parameters
    ----------
    data
        The file in UTF-8; blanks between a delimiter and a quote are gone.
    quoting
        ``none``: no quotes; ``formed``: all quotes enclose fields; ``stray``: quotes are plain
        characters; ``unclear``: read record by record to see.
    lines
        The line on which each record begins, blank lines left out.
    """

    data: bytes
    quoting: str
    lines: np.ndarray


def settle(data: bytes, dialect: Dialect) -> Settled:
    r"""Tell the quotes that enclose fields from those that are plain characters.

    Examples
    --------
    >>> settle(b'a, "b\nc"\nd,e\n', Dialect(",", '"')).lines.tolist()
    [1, 3]
    >>> settle(b'1,5" pipe\n2,rod\n', Dialect(",", '"')).quoting
    'stray'
    """
    quote, delimiter = ord(dialect.quote), ord(dialect.delimiter)
    if dialect.quote.encode() not in data:
        return Settled(data, "none", _record_lines(_bytes(data), None))
    escaped = b"\\" + dialect.quote.encode()
    doubled = dialect.quote.encode() * 2
    for text in (data, data.replace(escaped, doubled)) if escaped in data else (data,):
        array = _without_blanks(_bytes(text), quote, delimiter)
        if _well_formed(array, quote, delimiter):
            return Settled(array.tobytes(), "formed", _record_lines(array, quote))
    array = _bytes(data)
    if _regular(array, delimiter):
        return Settled(data, "stray", _record_lines(array, None))
    return Settled(data, "unclear", _record_lines(array, None))


def _bytes(data: bytes) -> np.ndarray:
    return np.frombuffer(data, dtype=np.uint8)


def _without_blanks(array: np.ndarray, quote: int, delimiter: int) -> np.ndarray:
    """Drop the blanks before an opening quote and after a closing one."""
    blank = ord(" ")
    if delimiter == blank:
        return array
    while True:
        at = np.flatnonzero(array == quote)
        before = at[0::2] - 1
        before = before[before >= 0]
        after = at[1::2] + 1
        after = after[after < len(array)]
        places = np.concatenate([before[array[before] == blank], after[array[after] == blank]])
        if not len(places):
            return array
        array = np.delete(array, places)


def _well_formed(array: np.ndarray, quote: int, delimiter: int) -> bool:
    at = np.flatnonzero(array == quote)
    if len(at) % 2:
        return False
    padded = np.concatenate([[ord("\n")], array, [ord("\n")]]).astype(np.uint8)
    before, after = padded[at[0::2]], padded[at[1::2] + 2]
    ends = [quote, delimiter, ord("\n"), ord("\r")]
    return bool(np.isin(before, ends).all() and np.isin(after, ends).all())


def _regular(array: np.ndarray, delimiter: int) -> bool:
    """Whether every line that is not blank has the same number of delimiters, at least one."""
    ends = np.append(np.flatnonzero(array == ord("\n")), len(array))
    starts = np.append(0, ends[:-1] + 1)
    marks = np.flatnonzero(array == delimiter)
    counts = np.searchsorted(marks, ends) - np.searchsorted(marks, starts)
    counts = counts[~_blank(array, starts, ends)]
    return len(counts) > 0 and bool((counts == counts[0]).all()) and bool(counts[0] > 0)


def _record_lines(array: np.ndarray, quote: int | None) -> np.ndarray:
    """Find the line of each record: line ends inside quotes end none."""
    ends = np.append(np.flatnonzero(array == ord("\n")), len(array))
    starts = np.append(0, ends[:-1] + 1)
    begins = ~_blank(array, starts, ends)
    if quote is not None:
        inside = np.searchsorted(np.flatnonzero(array == quote), starts) % 2 == 1
        begins &= ~inside
    return np.flatnonzero(begins) + 1


def _blank(array: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    length = ends - starts
    lone: np.ndarray = (length == 1) & (array[np.minimum(starts, len(array) - 1)] == ord("\r"))
    blank: np.ndarray = np.logical_or(length == 0, lone)
    return blank
