"""A text table read record by record: slower, but it tells on which line a row is wrong."""

from __future__ import annotations

import csv
import io
import sys
from collections import Counter
from dataclasses import dataclass

from deepen.data.sources.dialect import Dialect
from deepen.data.sources.options import Options
from deepen.errors import DataError

__all__ = ["Records", "read_records"]


@dataclass(frozen=True)
class Records:
    """Rows of equal length, the line on which each begins, and what was mended to make them so."""

    rows: list[list[str]]
    lines: list[int]
    notes: tuple[str, ...] = ()


def read_records(data: bytes, dialect: Dialect, *, quoted: bool, origin: str, options: Options) -> Records:
    r"""Read all records, and refuse a table whose rows differ in length.

    Two common habits are mended: a header with one name fewer than there are fields (R writes row names
    so), and a delimiter at the end of every row but the header.

    Raises
    ------
    DataError
        If a row has too few or too many fields, naming its line.

    Examples
    --------
    >>> read_records(b"a,b\n1,2\n", Dialect(",", '"'), quoted=True, origin="t", options=Options()).rows
    [['a', 'b'], ['1', '2']]
    """
    rows, lines = _read(data, dialect, quoted, origin, options)
    if not rows:
        raise DataError("there is no row", where=origin)
    body = Counter(len(row) for row in rows[1:]) or Counter([len(rows[0])])
    width = body.most_common(1)[0][0]
    if len(body) == 1 and len(rows) > 2 and len(rows[0]) == width - 1:
        if all(not row[-1].strip() for row in rows[1:]):
            note = "the delimiter at the end of every row was left out"
            return Records([rows[0], *(row[:-1] for row in rows[1:])], lines, (note,))
        note = "the header has one name fewer than there are columns: the first column has none"
        return Records([["", *rows[0]], *rows[1:]], lines, (note,))
    if len(rows[0]) != width and len(rows) > 2 and body[width] == len(rows) - 1:
        _refuse(len(rows[0]), width, origin, lines[0], "The first line may not belong to the table.")
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    for i, row in enumerate(rows):
        if len(row) != width:
            last = lines[i + 1] - 1 if i + 1 < len(lines) else data.count(b"\n") + 1
            open_quote = any("\n" in cell for cell in row) and last > lines[i]
            hint = "A quote opened there may not be closed." if open_quote else "Mend or remove that line."
            _refuse(len(row), width, origin, lines[i], hint)
    return Records(rows, lines)


def _refuse(came: int, allowed: int, origin: str, line: int, mend: str) -> None:
    raise DataError(
        "the row has a wrong number of fields",
        where=f"{origin}, line {line}",
        allowed=str(allowed),
        came=str(came),
        mend=mend,
    )


def _read(
    data: bytes, dialect: Dialect, quoted: bool, origin: str, options: Options
) -> tuple[list[list[str]], list[int]]:
    rows: list[list[str]] = []
    lines: list[int] = []
    limit = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # a text of a novel's length is a field too
    try:
        reader = csv.reader(
            io.StringIO(data.decode("utf-8"), newline=""),
            delimiter=dialect.delimiter,
            quotechar=dialect.quote if quoted else None,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            skipinitialspace=dialect.delimiter != " ",
        )
        before = 0
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                rows.append(row)
                lines.append(before + 1)
                if len(rows) % 4096 == 0:
                    options.check_stop(origin)
            before = reader.line_num
    except csv.Error as error:
        raise DataError(
            "this line cannot be read", where=f"{origin}, line {before + 1}", came=str(error)
        ) from error
    finally:
        csv.field_size_limit(limit)
    return rows, lines
