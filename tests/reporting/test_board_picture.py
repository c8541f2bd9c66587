from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.errors import DataError, SettingError
from deepen.reporting.board_picture import GAMES, Position, draw, pixels

SHAPES = {"connect4": (6, 7), "go": (9, 9), "gomoku": (15, 15), "tictactoe": (3, 3)}


def empty(game):
    return np.zeros(SHAPES[game], int)


def centre(game, side, row, column, H=None, W=None):
    """The pixel in the middle of a cell, of a board without a title."""
    H, W = H or SHAPES[game][0], W or SHAPES[game][1]
    s = side / (max(H, W) + 1.7)
    return round((0.85 + row + 0.5) * s), round((0.85 + column + 0.5) * s)


@pytest.mark.parametrize("game", GAMES)
def test_stones_stand_where_they_were_put(game):
    rng = np.random.default_rng(0)
    stones = rng.integers(-1, 2, SHAPES[game])
    before, after = (
        pixels(Position(game=game, stones=empty(game))),
        pixels(Position(game=game, stones=stones)),
    )
    assert before.shape == after.shape and before.dtype == np.uint8 and max(before.shape) == 640
    for row, column in np.ndindex(stones.shape):
        y, x = centre(game, 640, row, column)
        r = round((0.35 if game == "tictactoe" else 0.25) * 640 / (max(SHAPES[game]) + 1.7))
        window = np.s_[y - r : y + r, x - r : x + r]
        assert np.array_equal(before[window], after[window]) == (stones[row, column] == 0)


@pytest.mark.parametrize("game", GAMES)
def test_the_sides_differ_in_print_too(game):
    stones = empty(game)
    stones[-1, 0], stones[-1, -1] = 1, -1
    grey = np.asarray(Image.fromarray(pixels(Position(game=game, stones=stones))).convert("L")).astype(int)
    (y, x), (_, other) = (centre(game, 640, SHAPES[game][0] - 1, c) for c in (0, SHAPES[game][1] - 1))
    patches = [grey[y - 14 : y + 14, c - 14 : c + 14] for c in (x, other)]
    assert np.abs(patches[0] - patches[1]).mean() > 20


@pytest.mark.parametrize("game", GAMES)
def test_the_last_move_numbers_and_titles_are_seen(game):
    stones = empty(game)
    stones[-1, 0] = 1
    plain = Position(game=game, stones=stones)
    place = stones.size - SHAPES[game][1]
    shown = pixels(plain)
    marked = pixels(Position(game=game, stones=stones, last=place))
    numbered = pixels(Position(game=game, stones=stones, numbers=7 * stones))
    titled = pixels(Position(game=game, stones=stones, title="move 7"))
    # Less than a cell around the stone changed, and nothing elsewhere.
    y, x = centre(game, 640, SHAPES[game][0] - 1, 0)
    s = 640 / (max(SHAPES[game]) + 1.7)
    for other in (marked, numbered):
        changed = np.argwhere((other != shown).any(-1))
        assert len(changed) and np.abs(changed - (y, x)).max() <= 0.55 * s
    assert titled.shape[0] > shown.shape[0] and titled.shape[1] == shown.shape[1]


def test_heat_is_drawn_where_it_is_and_by_how_much():
    heat = np.zeros(82)
    heat[[40, 0, 81]] = 6, 3, 1
    shown = pixels(Position(game="go:9", stones=empty("go")))
    hot = pixels(Position(game="go:9", stones=empty("go"), heat=heat))
    y, x = centre("go", 640, 4, 4)
    changed = (hot != shown).any(-1)
    sizes = [changed[a - 30 : a + 30, b - 30 : b + 30].sum() for a, b in ((y, x), centre("go", 640, 0, 0))]
    assert sizes[0] / sizes[1] == pytest.approx(2, abs=0.2)  # areas are as the shares
    assert changed[: centre("go", 640, 0, 0)[0] - 40].any()  # the pass is written above the board
    assert not changed[y - 60 : y + 60, x + 40 :].any()
    columns = pixels(
        Position(game="connect4", stones=empty("connect4"), heat=np.array([0, 0, 1, 3, 0, 0, 0]))
    )
    changed = (columns != pixels(Position(game="connect4", stones=empty("connect4")))).any(-1)
    top = centre("connect4", 640, 0, 0)[0]
    assert changed[:top].any() and not changed[top:].any()
    stones = empty("tictactoe")
    stones[0, 0] = 1
    on_stone = Position(game="tictactoe", stones=stones, heat=np.eye(9)[0])
    assert np.array_equal(pixels(on_stone), pixels(Position(game="tictactoe", stones=stones)))


def test_boards_of_every_size_and_a_file(tmp_path: Path):
    for n in (2, 5, 19, 25):
        assert pixels(Position(game=f"go:{n}", stones=np.eye(n, dtype=int)), side=200).shape == (200, 200, 3)
    path = draw(Position(game="connect4:6", stones=empty("connect4")), tmp_path / "a.png", side=300)
    with Image.open(path) as opened:
        assert opened.size == (300, 265)


@pytest.mark.parametrize(
    ("position", "error", "what"),
    [
        ({"game": "gomoko"}, SettingError, r"'gomoko' is no game.*Did you mean 'gomoku'\?"),
        ({"stones": np.zeros(9)}, DataError, "not a board"),
        ({"stones": np.full((3, 3), 2)}, DataError, "not a board"),
        ({"stones": np.zeros((26, 26))}, DataError, "too large"),
        ({"last": 81}, DataError, "last: no place of the board; allowed: 0 to 80; came: 81"),
        ({"numbers": np.zeros((3, 3))}, DataError, "numbers: of another shape"),
        ({"heat": np.zeros(80)}, DataError, r"heat: .*\(81,\) or \(82,\); came: \(80,\)"),
        ({"heat": np.full(81, np.nan)}, DataError, "heat"),
        ({"game": "connect4", "heat": np.zeros(81)}, DataError, r"allowed: \(9,\)"),
    ],
)
def test_what_does_not_fit_the_board_is_refused(position, error, what):
    with pytest.raises(error, match=what):
        pixels(Position(**{"game": "go", "stones": empty("go"), **position}))


def test_no_heat_at_all_is_no_error():
    for game, actions in (("go", 82), ("tictactoe", 9), ("connect4", 7)):
        pixels(Position(game=game, stones=empty(game), heat=np.zeros(actions)), side=100)
