"""Whether the first row of a text table names its columns, and the names to use."""

from __future__ import annotations

import re
from collections.abc import Sequence

from deepen.data.sources.missing import is_missing

__all__ = ["has_header", "number_columns", "unique_names"]

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_TITLE = re.compile(r"[^\W\d][\w .:/%()#&$€°²\[\]-]{0,59}")


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of these rows names the columns of the others.

    A column of numbers whose first cell is a word says yes, one whose first cell is a number says no.
    Where there are only words, the first row names the columns if its cells look like titles, differ
    from each other, and do not come again below.

    Examples
    --------
    >>> has_header([["age", "sex"], ["31", "f"], ["40", "m"]])
    True
    >>> has_header([["31", "f"], ["40", "m"]])
    False
    >>> has_header([["label", "text"], ["ham", "see you"], ["spam", "win"], ["ham", "ok"]])
    True
    """
    if len(rows) < 2:
        return bool(rows) and not any(_NUMBER.fullmatch(c.strip()) or is_missing(c) for c in rows[0])
    first = [cell.strip() for cell in rows[0]]
    columns = [[row[i].strip() for row in rows[1:]] for i in range(len(first))]
    numeric = [_is_numeric(column) for column in columns]
    words = sum(
        n and not is_missing(c) and not _NUMBER.fullmatch(c) for n, c in zip(numeric, first, strict=True)
    )
    figures = sum(n and bool(_NUMBER.fullmatch(c)) for n, c in zip(numeric, first, strict=True))
    if words or figures:
        return words > figures or _counts_on(first, rows[1])
    given = [cell for cell in first if cell]
    again = any(cell in column for cell, column in zip(first, columns, strict=True) if cell)
    return bool(given) and len(set(given)) == len(given) and not again and all(map(_TITLE.fullmatch, given))


def _is_numeric(column: Sequence[str]) -> bool:
    present = [cell for cell in column if not is_missing(cell)]
    return bool(present) and sum(bool(_NUMBER.fullmatch(cell)) for cell in present) >= 0.9 * len(present)


def _counts_on(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether the cells are whole numbers counting on (0, 1, 2... or 1990, 1991...), the next row's not."""

    def counting(cells: Sequence[str]) -> bool:
        figures = [int(cell) for cell in cells if re.fullmatch(r"\d{1,9}", cell.strip())]
        plain = all(re.fullmatch(r"\d{1,9}", c.strip()) or not _NUMBER.fullmatch(c.strip()) for c in cells)
        return plain and len(figures) > 2 and figures == list(range(figures[0], figures[0] + len(figures)))

    return counting(first) and not counting(second)


def number_columns(count: int) -> list[str]:
    """Name columns that have no names: ``c1`` to ``cN``."""
    return [f"c{i + 1}" for i in range(count)]


def unique_names(cells: Sequence[str]) -> tuple[list[str], list[str]]:
    """Make names of the cells of a header: an empty one becomes ``c3``, a second ``age`` becomes ``age_2``.

    Returns
    -------
    names
        One for each cell, all different.
    notes
        What was changed.

    Examples
    --------
    >>> unique_names(["age", "", "age"])
    (['age', 'c2', 'age_2'], ["unnamed column 2 is called 'c2'", "the second 'age' is called 'age_2'"])
    """
    given = {" ".join(cell.split()) for cell in cells}
    names: list[str] = []
    notes: list[str] = []
    for i, cell in enumerate(cells):
        name = " ".join(cell.split())
        if not name:
            name = _free(f"c{i + 1}", given)
            notes.append(f"unnamed column {i + 1} is called {name!r}")
        elif name in names:
            plain, name = name, _free(name, given, 2)
            notes.append(f"the second {plain!r} is called {name!r}")
        given.add(name)
        names.append(name)
    return names, notes if len(notes) <= 5 else [*notes[:4], f"and {len(notes) - 4} more such columns"]


def _free(name: str, taken: set[str], number: int = 1) -> str:
    candidate = name if number == 1 else f"{name}_{number}"
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate
