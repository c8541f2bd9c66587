"""Commands that Go alone has."""

import subprocess
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


def told(server, *rows):
    """Put stones by ``play``, with the rows drawn from the top: black X, white O."""
    for number, row in zip(range(len(rows), 0, -1), rows, strict=True):
        for column, mark in zip("ABCDEFGHJ", row, strict=False):
            if mark in "XO":
                assert server.answer(f"play {'b' if mark == 'X' else 'w'} {column}{number}") == "=\n\n"


# Black owns the columns A to C, white D to G; the stones behind these walls are dead.
WALLS = ("O.XO...", "..XO...", ".XXO...", "..XOO..", "..XO...", "..XO.X.", "..XO.X.")
PASSES = ("play b pass", "play w pass")


def test_dead_stones_are_named_and_do_not_count():
    server = Server(first(Go(7, komi=0.5)))
    told(server, *WALLS)
    assert said(server, *PASSES) == ["=\n\n"] * 2
    assert server.answer("final_status_list dead") == "= A7\nF2 F1\n\n"
    assert server.answer("final_status_list seki") == "=\n\n"
    alive = server.answer("final_status_list alive").split("\n")
    assert (
        sum(len(line.replace("= ", "").split()) for line in alive)
        == sum(map(len, WALLS)) - sum(row.count(".") for row in WALLS) - 3
    )
    assert server.answer("final_score") == "= W+7.5\n\n"  # 21 places against 28, and half a point
    assert (
        float(server.rules.score(server.boards)) == 0.5
    )  # as they stand, with nearly all free places nobody's


def test_cleaning_up_takes_the_others_dead_stones_before_it_passes():
    rules = Go(7, komi=0.5)
    server = Server(Choosing("passes", rules, lambda boards: torch.tensor([49])))
    told(server, *WALLS)
    said(server, *PASSES)
    assert said(server, "genmove b", "genmove w") == ["= pass\n\n"] * 2  # it would not do it by itself
    moves = [server.answer(f"kgs-genmove_cleanup {'bw'[at % 2]}") for at in range(14)]
    assert "= pass\n\n" not in moves[:4] and moves[-2:] == ["= pass\n\n"] * 2
    assert server.boards.stones[0, 0, 0] != -1 and (server.boards.stones[0, 5:, 5] != 1).all()
    # All that stands is alive now, so that it counts the same with and without a judgement.
    assert server.answer("final_status_list dead") == "=\n\n"
    assert server.answer("final_score") == "= W+7.5\n\n" and float(rules.score(server.boards)) == -7.5


def test_a_player_with_a_policy_is_asked_by_it_and_chooses_what_to_take():
    """By the policy black always finds B5, which gives it two eyes, and white never does: so nothing is dead."""

    class Player:
        name, rules, asked = "thinks", Go(5), []

        def policy(self, boards):
            likely = torch.full((len(boards), 26), 1e-9)
            for row, turn in enumerate(boards.turn.tolist()):
                likely[row, self.rules.move("A5" if turn == self.white else "B5")] = 1.0
            return likely, torch.zeros(len(boards))

        def choose(self, boards):
            return torch.tensor([25])

        def choose_among(self, boards, among):
            self.asked.append(among)
            return among.int().argmax(1)

    rows = ("...XO", "XXXXO", "OOOOO", ".O.O.", "O.O.O")
    Player.white = -1
    server = Server(Player())
    told(server, *rows)
    said(server, *PASSES)
    assert server.answer("final_status_list dead") == "=\n\n"
    assert server.answer("kgs-genmove_cleanup w") == "= pass\n\n" and not Player.asked
    Player.white = 1  # now it is the other way round
    server = Server(Player())
    told(server, *rows)
    said(server, *PASSES)
    assert server.answer("final_status_list dead") == "= D5 A4 B4 C4 D4\n\n"
    assert server.answer("final_score") == "= W+32.5\n\n"
    assert server.answer("kgs-genmove_cleanup w").startswith("= ")
    assert {server.rules.word(move) for move in Player.asked[0][0].nonzero()[:, 0].tolist()} <= {
        "A5",
        "B5",
        "C5",
    }


def test_a_game_with_a_client_like_that_of_kgs_over_pipes():
    """To the end of a game: what is dead is named, and where the client disputes it, it is taken."""
    code = (
        "import torch; from deepen.games import Go; from deepen.matches.board_player import BoardPlayer; "
        "from deepen.matches.gtp import serve; from deepen.nets.policy_value import PolicyValue; "
        "from deepen.search.search import SearchSettings; rules = Go(5); "
        "net = PolicyValue(rules.shape, 26, channels=8, blocks=0).eval(); "
        "serve(BoardPlayer(net=net, game='go:5', net_settings=net.settings, searching=SearchSettings(simulations=4)))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def say(command):
            process.stdin.write(command + "\n")
            process.stdin.flush()
            lines = []
            while (line := process.stdout.readline()).strip():
                lines.append(line.strip())
            assert lines[0][0] == "=", (command, lines)
            return [lines[0][1:].strip(), *lines[1:]]

        assert {"final_status_list", "kgs-genmove_cleanup", "kgs-time_settings"} <= set(say("list_commands"))
        for command in ("boardsize 5", "clear_board", "komi 0.5", "kgs-time_settings byoyomi 60 30 5"):
            say(command)
        # Black: A to C. A5 is white's last hope, and both pass before it is taken.
        for column, turn in (("C", "b"), ("D", "w"), ("B", "b")):
            for row in range(1, 6):
                say(f"play {turn} {column}{row}")
        say("play w A5")
        say("time_left b 50 0")
        say("play b pass")
        say("play w pass")
        assert say("final_status_list dead") == ["A5"] and say("final_score") == ["B+4.5"]
        assert say("kgs-genmove_cleanup b") == ["A4"]  # the other says that it lives
        assert say("final_status_list dead") == [""] and say("final_score") == ["B+4.5"]
        say("quit")
        assert process.wait(60) == 0


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
