"""Where handicap stones of Go lie, for boards of every size, as GNU Go has it, in which the protocol began."""

from __future__ import annotations

from deepen.games.words import COLUMNS

__all__ = ["fixed", "most"]

_WIDE = 12  # boards of so many lines have their corner stones on the fourth line, smaller ones on the third
_SMALLEST, _WITH_SIDES = 7, 9  # boards with any fixed stones, and with more than four


def most(size: int) -> int:
    """Say how many fixed stones a board has: none below 7 lines; four on 7 and where there is no middle, else nine.

    Examples
    --------
    >>> [most(n) for n in (5, 7, 9, 18, 19)]
    [0, 4, 9, 4, 9]
    """
    if size < _SMALLEST:
        return 0
    return 9 if size % 2 and size >= _WITH_SIDES else 4


def fixed(stones: int, size: int) -> list[str]:
    """Name the places of fixed handicap stones, in the protocol's order: corners, then sides, the middle if odd.

    Parameters
    ----------
    stones
        2 to :func:`most`.
    size
        Of the board.

    Examples
    --------
    >>> fixed(5, 19)
    ['D4', 'Q16', 'D16', 'Q4', 'K10']
    """
    line = 4 if size >= _WIDE else 3
    low, high, middle = line, size + 1 - line, (size + 1) // 2
    corners = [(low, low), (high, high), (low, high), (high, low)]
    sides = [(low, middle), (high, middle), (middle, low), (middle, high)]
    places = [*corners[:stones], *sides[: max(0, stones - stones % 2 - 4)]]
    if stones > 4 and stones % 2:
        places.append((middle, middle))
    return [f"{COLUMNS[column - 1]}{row}" for column, row in places]
