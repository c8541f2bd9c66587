"""Text tables: CSV, TSV and their kin, with any delimiter, encoding and quoting, with a header or without.

Arrow parses the file; what Arrow finds irregular is read again record by record, for the line of the
error. Every column is a column of strings: what they mean is for the recognising to say.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from deepen.data.sources.dialect import NO_DELIMITER, Dialect, find_dialect
from deepen.data.sources.header import has_header, number_columns, unique_names
from deepen.data.sources.missing import clean
from deepen.data.sources.options import Options
from deepen.data.sources.quoting import Settled, settle
from deepen.data.sources.records import read_records
from deepen.data.sources.text import load_text
from deepen.data.table import Table
from deepen.errors import DataError

__all__ = ["read_delimited"]

_SHOWN_ROWS = 300  # enough rows to see whether the first is a header
_NAMES = {"\t": "tab", NO_DELIMITER: "none"}


def read_delimited(path: Path, options: Options) -> Table:
    """Read a text table.

    Parameters
    ----------
    path
        The file, perhaps gzipped.
    options
        A header, delimiter or encoding that is not to be guessed.

    Returns
    -------
    Table
        Columns of strings, trimmed, null where a value is missing; without a header they are ``c1``...

    Raises
    ------
    DataError
        If the file is empty, is not text, or has a row with a wrong number of fields.
    """
    data, encoding = load_text(path, options)
    data, skipped, delimiter = _named_delimiter(data, options.delimiter)
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    tabs, prose = suffix in {".tsv", ".tab"}, suffix not in {".csv", ".tsv", ".tab", ".psv"}
    dialect = find_dialect(data, delimiter=delimiter, tabs=tabs, prose=prose)
    if dialect.delimiter == " ":
        data, dialect = _blanks_to_tabs(data, dialect), Dialect("\t", dialect.quote)
        spoken = "blanks"
    else:
        spoken = _NAMES.get(dialect.delimiter, repr(dialect.delimiter))
    options.check_stop(path.name)
    settled = settle(data, dialect)
    columns, lines, notes = _parse(settled, dialect, path.name, options)
    options.check_stop(path.name)
    header, sure = options.header, options.header is not None
    if header is None:
        header = has_header(_first_rows(columns))
    names, more = (
        unique_names([column[0].as_py() for column in columns])
        if header
        else (number_columns(len(columns)), [])
    )
    if header:
        columns, lines = [column.slice(1) for column in columns], None if lines is None else lines[1:]
    if not len(columns[0]):
        raise DataError(
            "there is a header but no row below it", where=path, mend="Pass header=False if it is a row."
        )
    said = "header" if header else f"no header: columns are named c1..c{len(columns)}"
    told = f"delimiter {spoken}, encoding {encoding}, {said}{' as told' if sure else ''}"
    cleaned, mended = _clean(columns, names, decimal_comma=dialect.delimiter != ",")
    return Table(
        cleaned,
        origin=path.name,
        folder=path.parent,
        notes=(told, *notes, *more, *mended),
        rows=None if lines is None else lines + skipped,
    )


def _named_delimiter(data: bytes, delimiter: str | None) -> tuple[bytes, int, str | None]:
    """Take off the line ``sep=;`` that Excel writes first."""
    match = re.match(rb"\"?sep=(.)\"?\r?\n", data[:16], re.IGNORECASE)
    if not match:
        return data, 0, delimiter
    return data[match.end() :], 1, delimiter or match[1].decode("ascii", errors="ignore") or None


def _blanks_to_tabs(data: bytes, dialect: Dialect) -> bytes:
    """Make each run of blanks one tab, except inside quotes."""
    quote = re.escape(dialect.quote.encode())
    data = re.sub(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)", b"", data)
    if dialect.quote.encode() not in data:
        return re.sub(rb"[ \t]+", b"\t", data)
    return re.sub(
        rb"(" + quote + rb"[^" + quote + rb"]*" + quote + rb")|[ \t]+", lambda m: m[1] or b"\t", data
    )


def _parse(
    settled: Settled, dialect: Dialect, origin: str, options: Options
) -> tuple[list[pa.ChunkedArray], np.ndarray | None, tuple[str, ...]]:
    """Cut the text into columns; the first row is still among them."""
    quoted = settled.quoting in {"formed", "unclear"}
    if settled.quoting != "unclear":
        table = _parse_fast(settled, dialect, quoted)
        if table is not None:
            columns = table.columns
            if settled.quoting == "stray":
                columns = [_unquote(column, dialect.quote) for column in columns]
            return columns, settled.lines if len(settled.lines) == table.num_rows else None, ()
    records = read_records(settled.data, dialect, quoted=quoted, origin=origin, options=options)
    columns = [pa.chunked_array([pa.array(cells, pa.string())]) for cells in zip(*records.rows, strict=True)]
    return columns, np.asarray(records.lines), records.notes


def _parse_fast(settled: Settled, dialect: Dialect, quoted: bool) -> pa.Table | None:
    """Parse with Arrow; None if it finds the rows irregular."""
    import csv as python_csv

    import pyarrow.csv as arrow_csv

    text = io.TextIOWrapper(io.BytesIO(settled.data), encoding="utf-8", newline="")
    try:
        first = next(
            row
            for row in python_csv.reader(
                text,
                delimiter=dialect.delimiter,
                quotechar=dialect.quote if quoted else None,
                quoting=python_csv.QUOTE_MINIMAL if quoted else python_csv.QUOTE_NONE,
            )
            if row
        )
        return arrow_csv.read_csv(
            pa.BufferReader(settled.data),
            read_options=arrow_csv.ReadOptions(autogenerate_column_names=True, block_size=4 << 20),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote if quoted else False,
                newlines_in_values=quoted,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={f"f{i}": pa.string() for i in range(len(first))}, strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, python_csv.Error, StopIteration):
        return None


def _unquote(column: pa.ChunkedArray, quote: str) -> pa.ChunkedArray:
    """Take the quotes off the fields that are wholly inside them."""
    trimmed = pc.utf8_trim_whitespace(column)
    inside = pc.match_substring_regex(trimmed, rf"(?s)^{quote}.*{quote}$")
    bare = pc.replace_substring(pc.utf8_slice_codeunits(trimmed, 1, -1), quote * 2, quote)
    return pc.if_else(inside, bare, column)


def _first_rows(columns: list[pa.ChunkedArray]) -> list[list[str]]:
    cells = (column.slice(0, _SHOWN_ROWS).to_pylist() for column in columns)
    return [list(row) for row in zip(*cells, strict=True)]


def _clean(
    columns: list[pa.ChunkedArray], names: list[str], *, decimal_comma: bool
) -> tuple[dict[str, pa.ChunkedArray], list[str]]:
    cleaned, rewritten = {}, []
    for name, column in zip(names, columns, strict=True):
        cleaned[name], commas = clean(column, decimal_comma)
        if commas:
            rewritten.append(name)
    if not rewritten:
        return cleaned, []
    return cleaned, [f"decimal commas were read as points in {', '.join(map(repr, rewritten[:8]))}"]
