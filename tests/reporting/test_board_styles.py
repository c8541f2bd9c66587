import numpy as np
import pytest
from PIL import Image

from deepen.reporting.board_styles import COLUMNS, Canvas, wooden


def canvas(n, s=40):
    return Canvas(Image.new("RGB", (n * s, n * s)), s, 0, 0, n, n)


def test_cells_are_counted_from_the_upper_left():
    assert canvas(9).middle(0, 0) == (20.0, 20.0)
    assert canvas(9).middle(2, 5) == (220.0, 100.0)


@pytest.mark.parametrize(
    ("n", "stars"),
    [(5, 0), (7, 9), (9, 9), (13, 9), (19, 9), (8, 4)],
)
def test_star_points_as_on_real_boards(n, stars):
    board = canvas(n)
    wooden(board, np.zeros((n, n), int), -1, np.zeros((n, n), int), None)
    dark = (np.asarray(board.image).astype(int).sum(-1) < 300).astype(int)  # lines and stars
    count = 0
    for row in range(1, n - 1):
        for column in range(1, n - 1):
            x, y = board.middle(row, column)
            # Beside the crossing of the lines there is ink only where a star is.
            count += int(dark[round(y) + 2, round(x) + 2])
    assert count == stars


def test_go_has_no_column_i():
    assert "I" not in COLUMNS and len(COLUMNS) == 25
