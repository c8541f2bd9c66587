"""Gomoku: five stones in a row, or more, win (the freestyle rules: nothing is forbidden to who begins)."""

from __future__ import annotations

from deepen.errors import SettingError
from deepen.games.lines import Lines

__all__ = ["Gomoku"]


class Gomoku(Lines):
    """Rules of freestyle Gomoku.

    Parameters
    ----------
    size
        Of the square board, 5 to 19; played on 15.

    Examples
    --------
    >>> Gomoku(9).name, Gomoku().actions
    ('gomoku:9', 225)
    """

    row = 5

    def __init__(self, size: int = 15) -> None:
        if not 5 <= size <= 19:
            raise SettingError("no such board", where="gomoku", allowed="sizes 5 to 19", came=str(size))
        self.rows = self.columns = size
        self.name = "gomoku" if size == 15 else f"gomoku:{size}"
        super().__init__()
