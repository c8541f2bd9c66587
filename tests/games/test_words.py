from __future__ import annotations

import pytest

from deepen.errors import SettingError
from deepen.games import words


def test_the_column_i_is_left_out() -> None:
    assert words.word(8, 9, 9) == "J9"
    assert words.place("H1", 9, 9) + 1 == words.place("J1", 9, 9)


@pytest.mark.parametrize("text", ["", "D", "4", "D0", "D10", "I4", "K1", "D4 ", "D-1", "D²", "DD4", "D٣٣"])
def test_no_such_place(text: str) -> None:
    with pytest.raises(SettingError, match=r"move: no such place; allowed: A1 to J9 .*came"):
        words.place(text, 9, 9)


def test_a_board_of_ten_rows_keeps_its_columns_in_line() -> None:
    lines = words.draw([[0] * 10 for _ in range(10)], last=99).splitlines()
    assert lines[0] == "10  " + "  ".join("·" * 10)
    assert lines[9].startswith(" 1 ")
    assert lines[9].endswith("(·)")
    assert lines[10].index("A") == lines[0].index("·")
