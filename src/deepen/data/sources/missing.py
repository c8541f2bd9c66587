"""Missing values in text: which marks mean that nothing is there, and the cleaning of a column of strings."""

from __future__ import annotations

from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["MISSING", "clean", "is_missing"]

MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "NULL", "null", "Null", "None")
"""What stands for a missing value in a text table. A lone ``-`` does so too, in a column of numbers."""


@cache
def _marks() -> pa.Array:
    """Make the Arrow set once; not at import, because Arrow then looks for pandas, half a second long."""
    return pa.array(MISSING)


def is_missing(text: str) -> bool:
    """Whether a field holds no value.

    >>> is_missing(" ? "), is_missing("0")
    (True, False)
    """
    return text.strip() in MISSING


def clean(column: pa.ChunkedArray, decimal_comma: bool = False) -> tuple[pa.ChunkedArray, bool]:
    """Trim a column of strings and make its missing marks null.

    Parameters
    ----------
    column
        Strings, without nulls.
    decimal_comma
        Whether ``1.234,5`` may be a number here; a column of such numbers is then rewritten to ``1234.5``.

    Returns
    -------
    column
        The cleaned strings.
    rewritten
        Whether decimal commas were found and rewritten.

    Examples
    --------
    >>> clean(pa.chunked_array([[" a", "NA", "b "]]))[0].to_pylist()
    ['a', None, 'b']
    >>> clean(pa.chunked_array([["1", "-", "-2.5"]]))[0].to_pylist()
    ['1', None, '-2.5']
    """
    column = pc.utf8_trim_whitespace(column)
    column = pc.if_else(pc.is_in(column, value_set=_marks()), pa.scalar(None, column.type), column)
    dash = pc.equal(column, "-")
    if pc.any(dash).as_py():
        without = pc.if_else(dash, pa.scalar(None, column.type), column)
        if without.null_count < len(without) and _is_number(without, decimal_comma):
            column = without
    if decimal_comma and _has_decimal_commas(column):
        return pc.replace_substring(pc.replace_substring(column, ".", ""), ",", "."), True
    return column, False


def _is_number(column: pa.ChunkedArray, decimal_comma: bool) -> bool:
    try:
        column.cast(pa.float64())
    except pa.ArrowInvalid:
        return decimal_comma and _has_decimal_commas(column)
    return True


def _has_decimal_commas(column: pa.ChunkedArray) -> bool:
    """Whether every value is a number and at least one is written with a decimal comma."""
    if not pc.any(pc.match_substring(column, ",")).as_py():
        return False
    number = r"^[+-]?(([0-9]+|[0-9]{1,3}([.][0-9]{3})+)(,[0-9]+)?|,[0-9]+)([eE][+-]?[0-9]+)?$"
    return bool(pc.all(pc.match_substring_regex(column, number)).as_py())
