"""Dates as people write them, read as moments in time.

Legend: N rows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.columns import Column, is_text, missing, strings
from deepen.errors import DataError

__all__ = ["EXAMPLES", "day_first", "from_parts", "parse", "surely_dates"]

EXAMPLES = "2024-05-31, 2024-05-31 12:00, 2024-05, 31/05/2024, 31 May 2024, 2024 Q2, 2024"

_CLOCK = (
    r"(?:(?:T|,? +)(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"(?: ?(?P<p>[AaPp][Mm]))? ?(?P<z>Z|UTC|[+-]\d{2}:?\d{2})?)?$"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = r"(?P<n>[A-Za-z]{3,9})\.?"
# y year, m month, d day, a and b day and month in an order still to be found, n a month's name, q quarter,
# w week; H M S f p z the clock. The sure ones stand first: nothing but a date is written so.
_SURE = (
    r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _CLOCK,
    r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})" + _CLOCK,
    r"^(?P<y>\d{4})[-/](?P<m>\d{1,2})$",
    r"^(?P<m>\d{1,2})[-/](?P<y>\d{4})$",
    r"^(?P<d>\d{1,2})[ -]" + _NAMED + r"[ ,-]+(?P<y>\d{4}|\d{2})" + _CLOCK,
    r"^" + _NAMED + r" (?P<d>\d{1,2}),? (?P<y>\d{4})" + _CLOCK,
    r"^" + _NAMED + r"[ ,-]+(?P<y>\d{4})$",
    r"^(?P<y>\d{4})[- ]?Q(?P<q>[1-4])$",
    r"^(?P<y>\d{4})-?W(?P<w>\d{2})$",
)
_PERHAPS = (
    r"^(?P<y>\d{1,4})-(?P<m>\d{1,2})$",
    r"^(?P<y>(?:1[5-9]|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})$",
    r"^(?P<y>[12]\d{3})$",
)
_DAY = 86_400_000_000  # microseconds


def surely_dates(column: Column) -> bool:
    """Whether every value is written as nothing but a date is.

    Examples
    --------
    >>> surely_dates(pa.chunked_array([["1949-01", None, "1949-02"]])), surely_dates(pa.chunked_array([["1949"]]))
    (True, False)
    """
    if isinstance(column, np.ndarray):
        return False
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return True
    if not is_text(column):
        return False
    try:
        _read(column, "", lambda row: "", _SURE)
    except DataError:
        return False
    return True


def day_first(column: Column) -> bool | None:
    """Whether a column's 01/02 is the first of February; None where dates are written so that it cannot be asked.

    Examples
    --------
    >>> day_first(pa.chunked_array([["31/01/2011", "01/02/2011"]])), day_first(pa.chunked_array([["2011-01-31"]]))
    (True, None)
    """
    if not is_text(column):
        return None
    texts, pattern, _ = _written(column, _SURE + _PERHAPS)
    if "(?P<a>" not in pattern:
        return None
    text = _fields(texts, pattern)
    return _day_first(*(_whole(text, field, 1) for field in ("y", "a", "b")))


def parse(
    column: Column,
    name: str,
    where: Callable[[int], str] = lambda row: f"row {row + 1}",
    *,
    day_first: bool | None = None,
) -> np.ndarray:
    """Read dates: (N,) datetime64[us], NaT where missing.

    Which of 01/02 is the day is told by the whole column: by a number above 12, else by the order that makes
    the steps more even, else the month comes first. A clock's distance from UTC is taken off.

    Parameters
    ----------
    day_first
        What :func:`day_first` said of an earlier column; by default this one is asked.

    Raises
    ------
    DataError
        If a value is no date; with its row.

    Examples
    --------
    >>> parse(pa.chunked_array([["31/01/2011", "01/02/2011"]]), "day").astype("M8[D]").tolist()
    [datetime.date(2011, 1, 31), datetime.date(2011, 2, 1)]
    >>> parse(pa.chunked_array([["2011-01-31", "2011-02-30"]]), "day")
    Traceback (most recent call last):
    ...
    deepen.errors.DataError: row 2, column 'day': there is no such day; came: '2011-02-30'
    """
    if isinstance(column, np.ndarray):
        raise DataError("arrays, not dates", where=f"column {name!r}", allowed=EXAMPLES)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        whole = pc.cast(column, pa.timestamp("us", getattr(column.type, "tz", None)), safe=False)
        numbers = pc.fill_null(whole.cast(pa.int64()), 0).to_numpy()
        return np.where(missing(column), np.datetime64("NaT"), numbers.astype("M8[us]"))
    return _read(strings(column), name, where, _SURE + _PERHAPS, day_first)


def from_parts(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Join numbers for ``year``, ``month``, ``day``, ``hour``, ``minute``: (N,) datetime64[us], NaT where missing.

    Examples
    --------
    >>> from_parts({"year": np.array([2010.0]), "month": np.array([1.0]), "hour": np.array([23.0])})
    array(['2010-01-01T23:00:00.000000'], dtype='datetime64[us]')
    """
    unknown = np.any([np.isnan(values) for values in columns.values()], axis=0)
    whole = {name: np.where(unknown, 1, values).astype(np.int64) for name, values in columns.items()}
    one, none = np.ones(len(unknown), dtype=np.int64), np.zeros(len(unknown), dtype=np.int64)
    days, _ = _days(whole["year"], whole.get("month", one), whole.get("day", one))
    clock = 60 * whole.get("hour", none) + whole.get("minute", none)
    return np.where(unknown, np.datetime64("NaT"), days.astype("M8[us]") + clock * np.timedelta64(1, "m"))


def _read(
    column: pa.ChunkedArray,
    name: str,
    where: Callable[[int], str],
    patterns: tuple[str, ...],
    day_first: bool | None = None,
) -> np.ndarray:
    texts, pattern, matches = _written(column, patterns)
    known = ~missing(texts)
    if not known.any():
        raise DataError("there is no date", where=f"column {name!r}", allowed=EXAMPLES)
    wrong = known & ~matches
    if wrong.any():
        raise _bad(texts, int(np.argmax(wrong)), name, where, "not a date", allowed=EXAMPLES)
    text = _fields(texts, pattern)
    days, exists = _date(text, day_first)
    exists &= _clock_is_right(text)
    if not (exists | ~known).all():
        raise _bad(texts, int(np.argmin(exists | ~known)), name, where, "there is no such day")
    return np.where(known, days.astype("M8[us]") + _clock(text), np.datetime64("NaT"))


def _written(column: pa.ChunkedArray, patterns: tuple[str, ...]) -> tuple[pa.ChunkedArray, str, np.ndarray]:
    """Trim the texts, and find the pattern by which most are written, and which those are: (N,) bool."""
    texts = pc.utf8_trim_whitespace(column)
    texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)
    matches = [_matches(texts, pattern) for pattern in patterns]
    best = max(range(len(patterns)), key=lambda k: int(matches[k].sum()))
    return texts, patterns[best], matches[best]


def _fields(texts: pa.ChunkedArray, pattern: str) -> dict[str, pa.Array]:
    fields = pc.extract_regex(texts, pattern).combine_chunks()
    return {f.name: pc.struct_field(fields, f.name) for f in fields.type}


def _matches(texts: pa.ChunkedArray, pattern: str) -> np.ndarray:
    found = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    return np.asarray(found.combine_chunks().to_numpy(zero_copy_only=False))


def _bad(
    texts: pa.ChunkedArray, row: int, name: str, where: Callable[[int], str], what: str, allowed: str = ""
) -> DataError:
    came = repr(texts[row].as_py())
    return DataError(what, where=f"{where(row)}, column {name!r}", came=came, allowed=allowed)


def _whole(text: dict[str, pa.Array], field: str, otherwise: int) -> np.ndarray:
    """Read one field as whole numbers: (N,) int64."""
    column = text[field]
    column = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
    return np.asarray(pc.fill_null(column.cast(pa.int64()), otherwise).to_numpy(zero_copy_only=False))


def _date(text: dict[str, pa.Array], day_first: bool | None) -> tuple[np.ndarray, np.ndarray]:
    """Give the days, and whether each exists."""
    year = _whole(text, "y", 2000)
    short = pc.fill_null(pc.equal(pc.utf8_length(text["y"]), 2), False).to_numpy(zero_copy_only=False)
    if "m" not in text or "d" in text:  # a bare year-month may well be of year 3
        year = np.where(short, year + np.where(year < 70, 2000, 1900), year)
    if "w" in text:  # week 1 is the one with 4 January in it (ISO 8601)
        fourth, _ = _days(year, np.ones_like(year), np.full_like(year, 4))
        monday = fourth - (fourth.astype(np.int64) + 3) % 7
        week = _whole(text, "w", 1)
        return monday + 7 * (week - 1), (week >= 1) & (week <= 53)
    if "q" in text:
        return _days(year, 3 * _whole(text, "q", 1) - 2, np.ones_like(year))
    day = _whole(text, "d", 1) if "d" in text else np.ones_like(year)
    if "a" in text:
        a, b = _whole(text, "a", 1), _whole(text, "b", 1)
        first = _day_first(year, a, b) if day_first is None else day_first
        return _days(year, b, a) if first else _days(year, a, b)
    if "n" in text:
        short_names = pc.utf8_lower(pc.utf8_slice_codeunits(text["n"], 0, 3))
        found = pc.index_in(short_names, value_set=pa.array(_MONTHS))
        month = pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
        return _days(year, month, day)
    return _days(year, _whole(text, "m", 1) if "m" in text else np.ones_like(year), day)


def _day_first(year: np.ndarray, a: np.ndarray, b: np.ndarray) -> bool:
    if (b > 12).any() or (a > 12).any():
        return not (b > 12).any()
    (month_first, _), (day_first, _) = _days(year, a, b), _days(year, b, a)
    return _evenness(day_first) > _evenness(month_first)


def _evenness(days: np.ndarray) -> float:
    """Give the share of steps that are the commonest one, counted in months where all days of the month agree."""
    months = days.astype("M8[M]")
    in_month = (days - months.astype("M8[D]")).astype(np.int64)
    steps = np.diff((months if (in_month == in_month[0]).all() else days).astype(np.int64))
    return float(np.unique(steps[steps > 0], return_counts=True)[1].max(initial=0)) / max(1, len(steps))


def _days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the days (N,) datetime64[D], and whether each exists."""
    first = ((year - 1970) * 12 + month - 1).astype("M8[M]")
    days = first.astype("M8[D]") + (day - 1)
    return days, (month >= 1) & (month <= 12) & (day >= 1) & (days.astype("M8[M]") == first)


def _clock_is_right(text: dict[str, pa.Array]) -> np.ndarray | bool:
    if "H" not in text:
        return True
    right = (_whole(text, "H", 0) < 25) & (_whole(text, "M", 0) < 60) & (_whole(text, "S", 0) < 61)
    return np.asarray(right)


def _clock(text: dict[str, pa.Array]) -> np.ndarray | np.timedelta64:
    """Give the time of day, in UTC where the distance from it is written."""
    if "H" not in text:
        return np.timedelta64(0, "us")
    hour, half = _whole(text, "H", 0), pc.fill_null(pc.utf8_lower(text["p"]), "").to_pylist()
    halves = np.array(half)
    hour = np.where(halves == "", hour, hour % 12 + 12 * (halves == "pm"))
    padded = {"f": pc.utf8_slice_codeunits(pc.utf8_rpad(text["f"], 6, "0"), 0, 6)}
    padded["f"] = pc.if_else(pc.equal(text["f"], ""), "", padded["f"])
    whole = ((hour * 60 + _whole(text, "M", 0)) * 60 + _whole(text, "S", 0)) * 1_000_000
    zones = pc.fill_null(text["z"], "").to_pylist()
    away = np.array([_minutes_from_utc(z) for z in zones], dtype=np.int64) if any(zones) else 0
    return np.asarray((whole + _whole(padded, "f", 0) - away * 60_000_000).astype("m8[us]"))


def _minutes_from_utc(zone: str) -> int:
    if zone in ("", "Z", "UTC"):
        return 0
    digits = zone[1:].replace(":", "")
    return (-1 if zone[0] == "-" else 1) * (60 * int(digits[:2]) + int(digits[2:]))
