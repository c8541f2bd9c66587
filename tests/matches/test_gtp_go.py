"""Commands that Go alone has."""

import sys

import pytest
import torch

from deepen.games import Go
from deepen.matches.chooser import Choosing
from deepen.matches.gtp import Server
from deepen.matches.gtp_client import Gtp
from deepen.matches.matches import match
from deepen.matches.opponents import gnugo


def first(rules):
    return Choosing("first", rules, lambda boards: rules.legal(boards).int().argmax(1))


@pytest.fixture
def server():
    return Server(first(Go(7)))


def said(server, *lines):
    return [server.answer(line) for line in lines]


def test_fixed_stones_are_placed_and_white_begins(server):
    assert said(server, "fixed_handicap 3") == ["= C3 E5 C5\n\n"]
    assert int(server.boards.stones.sum()) == 3 and int(server.boards.turn) == -1
    assert said(server, "undo", "fixed_handicap 2", "place_free_handicap 2", "set_free_handicap A1 B1") == [
        "? cannot undo\n\n",
        *["? board not empty\n\n"] * 3,
    ]
    assert said(server, "genmove w", "genmove b") == ["= A7\n\n", "= B7\n\n"]
    for wrong in ("1", "5", "0", "49"):
        server.answer("clear_board")
        assert server.answer(f"fixed_handicap {wrong}") == "? invalid number of stones\n\n"
    assert said(server, "fixed_handicap x", "fixed_handicap") == [
        "? handicap not an integer\n\n",
        "? syntax error\n\n",
    ]


def test_free_stones_are_where_the_player_likes_them(server):
    assert server.answer("place_free_handicap 4") == "= C3 E5 C5 E3\n\n"
    server.answer("clear_board")
    assert server.answer("place_free_handicap 6") == "= A7 B7 C7 D7 E7 F7\n\n"
    assert int(server.boards.turn) == -1
    server.answer("clear_board")
    assert (
        said(server, "place_free_handicap 49", "place_free_handicap 1")
        == ["? invalid number of stones\n\n"] * 2
    )
    passing = Server(Choosing("passes", Go(5), lambda boards: torch.tensor([25])))
    assert passing.answer("place_free_handicap 2") == "? invalid number of stones\n\n"


def test_stones_are_set_where_the_client_says(server):
    assert server.answer("set_free_handicap d4 A1 G7") == "=\n\n"
    assert int(server.boards.stones.sum()) == 3 and int(server.boards.turn) == -1
    assert server.answer("final_score") == "= B+41.5\n\n"
    server.answer("clear_board")
    for wrong in ("", "D4", "D4 d4", "D4 pass", "D4 H1", "D4 x"):
        assert server.answer(f"set_free_handicap {wrong}") == "? bad vertex list\n\n"
    every = " ".join(server.rules.word(place) for place in range(49))
    assert server.answer(f"set_free_handicap {every}") == "? bad vertex list\n\n"


def test_a_game_is_loaded_up_to_a_move(server, tmp_path):
    (tmp_path / "game.sgf").write_text("(;SZ[7]KM[0.5]AB[aa][gg];W[dd];B[cc](;W[ee])(;W[ff]))")
    name = tmp_path / "game.sgf"
    assert server.answer(f"loadsgf {name}") == "=\n\n"
    assert (int(server.boards.stones.abs().sum()), int(server.boards.turn), server.komi) == (5, 1, 0.5)
    assert said(server, "play w D4", "genmove b") == ["? illegal move\n\n", "= B7\n\n"]
    assert said(server, *["undo"] * 5) == ["=\n\n"] * 4 + ["? cannot undo\n\n"]
    for until, stones in ((1, 2), (2, 3), (3, 4), (9, 5)):
        server.answer(f"loadsgf {name} {until}")
        assert int(server.boards.stones.abs().sum()) == stones
    assert int(server.boards.turn) == 1
    (tmp_path / "handicap.sgf").write_text("(;SZ[7]AB[aa][gg])")
    server.answer(f"loadsgf {tmp_path / 'handicap.sgf'}")
    assert int(server.boards.turn) == -1


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (None, "No such file"), ("", "game.sgf"), ("(;SZ[7];B[aa", "game.sgf, line 1"),
        ("(;SZ[9];B[aa])", "a board of another size; allowed: 7; came: 9"),
        ("(;SZ[7];B[aa];W[aa])", "move 2, A7, is illegal"), ("(;SZ[7]AB[ab][ba]AW[aa])", "without a liberty"),
    ],
)  # fmt: skip
def test_a_broken_file_leaves_the_game_as_it_was(server, tmp_path, record, why):
    server.answer("play b D4")
    if record is not None:
        (tmp_path / "game.sgf").write_text(record)
    answer = server.answer(f"loadsgf {tmp_path / 'game.sgf'}")
    assert answer.startswith("? cannot load file: ") and why in answer and answer.count("\n") == 2
    assert len(server.past) == 2 and int(server.boards.stones.sum()) == 1
    assert server.answer("loadsgf") == "? syntax error\n\n"


@pytest.mark.slow
def test_a_match_of_the_server_and_gnu_go_through_pipes(has_gnugo):
    """As a client that lets two engines play does."""
    rules = Go(7)
    code = (
        "from deepen.games import Go; from deepen.matches.gtp import serve; "
        "from deepen.matches.opponents import RandomMoves; serve(RandomMoves(Go(7)))"
    )
    with Gtp([sys.executable, "-c", code], rules, name="server") as ours, gnugo(rules) as theirs:
        played = match(rules, ours, theirs, games=2)
    assert len(played.counted) == 2 and played.score.value == 0
    assert all(game.ending == "rules" and not game.disputed for game in played.games)
