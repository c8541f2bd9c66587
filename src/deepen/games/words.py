"""How people name the places of a board, and how one is drawn.

Columns are letters without I, rows are numbers from below, as the Go Text Protocol has them: ``A1`` is the
lower left corner.
"""

from __future__ import annotations

from deepen.errors import SettingError

__all__ = ["COLUMNS", "draw", "place", "word"]

COLUMNS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
FIRST, SECOND, NONE = "●", "○", "·"


def word(place: int, rows: int, columns: int) -> str:
    """Name a place, counted along the rows from the upper left.

    Examples
    --------
    >>> word(0, 9, 9), word(80, 9, 9)
    ('A9', 'J1')
    """
    row, column = divmod(place, columns)
    return f"{COLUMNS[column]}{rows - row}"


def place(text: str, rows: int, columns: int) -> int:
    """Find the place that :func:`word` names, in capitals or not.

    Raises
    ------
    SettingError
        If the board has no such place.

    Examples
    --------
    >>> place("d4", 9, 9)
    48
    """
    letter, number = text[:1].upper(), text[1:]
    # isdigit is true of digits that int refuses
    if letter and letter in COLUMNS[:columns] and number.isdecimal() and 1 <= int(number) <= rows:
        return (rows - int(number)) * columns + COLUMNS.index(letter)
    raise SettingError(
        "no such place",
        where="move",
        allowed=f"A1 to {COLUMNS[columns - 1]}{rows} (no column is called I)",
        came=repr(text),
    )


def draw(stones: list[list[int]], last: int, names: str = COLUMNS, *, numbers: bool = True) -> str:
    """Draw a board, the last move's place in brackets.

    Parameters
    ----------
    stones
        Row by row from above: 1, -1 or 0.
    last
        The place to mark, or -1.
    names
        One letter for each column.
    numbers
        Whether rows have names too.

    Examples
    --------
    >>> print(draw([[0, -1], [1, 0]], last=1))
    2  · (○)
    1  ●  ·
       A  B
    """
    lines = []
    for r, row in enumerate(stones):
        cells = []
        for c, stone in enumerate(row):
            sign = (NONE, FIRST, SECOND)[stone]
            cells.append(f"({sign})" if r * len(row) + c == last else f" {sign} ")
        edge = f"{len(stones) - r:>2}" if len(stones) > 9 else f"{len(stones) - r}"
        lines.append(((edge + " ") if numbers else "") + "".join(cells).rstrip())
    margin = " " * ((3 if len(stones) > 9 else 2) if numbers else 0)
    lines.append(margin + "".join(f" {names[c]} " for c in range(len(stones[0]))).rstrip())
    return "\n".join(lines)
