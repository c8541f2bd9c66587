from __future__ import annotations

import random

import pytest

from deepen.errors import DataError
from deepen.games.go_records import GoRecord, read_go, write_go


def one(text: str) -> GoRecord:
    (game,) = read_go(text, where="g.sgf")
    return game


def test_coordinates_begin_in_the_upper_left_with_the_column() -> None:
    assert one("(;SZ[9];B[ba])").moves == ((1, 1),)
    assert one("(;SZ[9];W[ab])").moves == ((-1, 9),)
    assert one("(;SZ[30];B[Aa])").moves == ((1, 26),)


def test_passes_of_both_formats() -> None:
    assert one("(;B[];W[tt];B[ ])").moves == ((1, 361), (-1, 361), (1, 361))
    assert one("(;SZ[21];B[tt])").moves == ((1, 19 * 21 + 19),)  # there it is a place


def test_handicap_rectangles_and_what_is_taken_away() -> None:
    game = one("(;SZ[5]HA[2]AB[aa:cb][ee]AE[ba]AW[ca];W[dd])")
    assert sorted(game.black) == [0, 5, 6, 7, 24] and game.white == (2,)


def test_a_game_without_a_word_is_on_19_lines_and_of_unknown_komi_and_winner() -> None:
    game = one("(;B[aa])")
    assert (game.size, game.komi, game.winner) == (19, None, None)


@pytest.mark.parametrize(
    ("result", "winner"),
    [("B+R", 1), ("W+0.5", -1), ("B+Time", 1), ("white+3", -1), ("0", 0), ("Draw", 0), ("Jigo", 0), ("?", None),
     ("Void", None), ("", None), ("B", None)],
)  # fmt: skip
def test_results(result: str, winner: int | None) -> None:
    assert one(f"(;RE[{result}];B[aa])").winner == winner


@pytest.mark.parametrize(
    ("said", "komi"), [("6.5", 6.5), ("6,5", 6.5), ("-3", -3.0), ("x", None), ("nan", None), ("inf", None)]
)
def test_komi(said: str, komi: float | None) -> None:
    assert one(f"(;KM[{said}];B[aa])").komi == komi


WRONG = {
    "(;GM[2];B[aa])": "line 1, column 2: not a game of Go; allowed: GM[1]; came: GM[2]",
    "(;SZ[0];B[aa])": "a board of this size",
    "(;SZ[99];B[aa])": "a square of 1 to 52 lines; came: SZ[99]",
    "(;SZ[19:17];B[aa])": "came: SZ[19:17]",
    "(;SZ[³];B[aa])": "a board of this size",
    "(;SZ[9]\n;B[aa]\n;W[jj])": "line 3, column 1: move 2 is off the board",
    "(;SZ[9];B[a])": "move 1 is off the board",
    "(;SZ[9];B[aaa])": "came: 'aaa'",
    "(;SZ[9];B[é1])": "move 1 is off the board",
    "(;SZ[9]AB[zz];B[aa])": "a stone of AB is off the board",
    "(;SZ[9]AB[aa:zz];B[aa])": "came: 'aa:zz'",
    "(;SZ[9]AB[];B[aa])": "a stone of AB is off the board",
    "(;SZ[9];B[aa];AW[bb])": "column 14: stones are set up after move 1; came: AW",
    "(;B[aa]W[bb])": "more than one move in a node",
    "(;B[aa][bb])": "more than one move in a node",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_understood_is_named_with_its_place(text: str) -> None:
    with pytest.raises(DataError) as caught:
        one(text)
    assert WRONG[text] in str(caught.value) and str(caught.value).startswith("g.sgf, line ")


@pytest.mark.parametrize("seed", range(40))
def test_what_is_written_is_read_again(seed: int) -> None:
    rng = random.Random(seed)
    size = rng.choice((5, 9, 19, 25))
    places = rng.sample(range(size * size), 6)
    moves = tuple((rng.choice((1, -1)), rng.randrange(size * size + 1)) for _ in range(rng.randrange(30)))
    winner, result = rng.choice(((1, "B+2.5"), (-1, "W+R"), (0, "0"), (None, "")))
    game = GoRecord(
        size=size, moves=moves, black=tuple(places[:2]), white=tuple(places[2:4]), komi=rng.choice((None, 6.5, -0.5)),
        winner=winner, result=result, names=("A]nn \\", "黑"), rules="Chinese",
        comments={n: f"after {n}: [x]\\" for n in range(0, len(moves) + 1, 3)},
    )  # fmt: skip
    assert read_go(write_go(game)) == [game]
    assert read_go(write_go(game).encode()) == [game]
