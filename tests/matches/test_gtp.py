import io
import subprocess
import sys
import time

import pytest
import torch

import deepen
from deepen.games import Connect4, Go
from deepen.matches.chooser import RESIGN, Choosing
from deepen.matches.gtp import Server, serve
from deepen.matches.opponents import RandomMoves
from deepen.search.search import SearchSettings


def scripted(rules, *words):
    """Plays the given moves one after the other."""
    left = [RESIGN if word == "resign" else rules.move(word) for word in words]
    return Choosing("script", rules, lambda boards: torch.tensor([left.pop(0)]))


def said(server, *lines):
    return [server.answer(line) for line in lines]


def test_the_protocol_of_a_game():
    server = Server(scripted(Go(5), "C2", "pass"))
    assert said(server, "boardsize 5", "clear_board", "komi 0.5", "play B C3") == ["=\n\n"] * 4
    assert server.answer("7 genmove white") == "=7 C2\n\n"
    assert server.answer("showboard") == "= \n" + server.rules.text(server.boards) + "\n\n"
    assert said(server, "play b PASS", "genmove w") == ["=\n\n", "= pass\n\n"]
    # Nobody owns a free place, since both colours reach it; white is given half a point.
    assert server.answer("final_score") == "= W+0.5\n\n"
    assert server.answer("final_status_list alive") == "= C3\nC2\n\n"
    assert said(server, "final_status_list dead", "final_status_list seki") == ["=\n\n"] * 2
    assert said(server, "undo", "undo", "undo", "undo", "undo") == ["=\n\n"] * 4 + ["? cannot undo\n\n"]
    assert int(server.boards.stones.abs().sum()) == 0


def test_after_two_passes_whoever_asks_plays_on():
    server = Server(scripted(Go(5), "pass", "C3", "pass", "pass"))
    assert said(server, "play b pass", "genmove w") == ["=\n\n", "= pass\n\n"]
    assert bool(server.boards.over)
    assert said(server, "genmove b", "play w D4") == ["= C3\n\n", "=\n\n"]
    assert said(server, "genmove b", "genmove w") == ["= pass\n\n"] * 2
    assert bool(server.boards.over) and server.answer("play b A1") == "=\n\n"
    assert said(server, *["undo"] * 8) == ["=\n\n"] * 7 + ["? cannot undo\n\n"]
    server = Server(scripted(Connect4(), "4"))
    for _ in range(3):
        said(server, "play b 1", "play w 2")
    assert said(server, "play b 1", "genmove b", "play b 4") == [
        "=\n\n", "? game is over\n\n", "? illegal move\n\n",
    ]  # fmt: skip


def test_the_longest_game_that_the_rules_know_ends_nothing():
    server = Server(RandomMoves(Go(3)))  # of 18 moves
    assert all(server.answer(f"genmove {'bw'[at % 2]}")[0] == "=" for at in range(60))
    assert len(server.past) == 61


def test_what_it_says_of_itself():
    server = Server(scripted(Go(5)))
    assert server.answer("1 protocol_version") == "=1 2\n\n"
    assert server.answer("name") == "= deepen (script)\n\n"
    assert server.answer("version") == f"= {deepen.__version__}\n\n"
    listed = server.answer("list_commands")[2:].split()
    assert {"protocol_version", "name", "version", "known_command", "list_commands", "quit", "boardsize",
            "clear_board", "komi", "play", "genmove", "undo", "showboard", "final_score", "final_status_list",
            "time_settings", "time_left", "kgs-time_settings", "reg_genmove", "fixed_handicap", "place_free_handicap",
            "set_free_handicap", "loadsgf", "kgs-genmove_cleanup"} <= set(listed)  # fmt: skip
    assert all(server.answer(f"known_command {name}") == "= true\n\n" for name in listed)
    assert server.answer("known_command fly") == "= false\n\n"
    assert said(server, "time_settings 60 10 5", "time_left b 30 0") == ["=\n\n"] * 2


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", None), ("   \t ", None), ("# a comment", None), ("12", None), ("\x07\x00", None),
        ("3 name # who?", "=3 deepen (script)\n\n"), ("\tname\r\n", "= deepen (script)\n\n"),
        ("na\x00me", "= deepen (script)\n\n"),
        ("5 fly", "?5 unknown command\n\n"), ("NAME", "? unknown command\n\n"),
        ("boardsize", "? syntax error\n\n"), ("boardsize x", "? boardsize not an integer\n\n"),
        ("boardsize 9", "? unacceptable size\n\n"), ("komi x", "? komi not a float\n\n"),
        ("komi nan", "? komi not a float\n\n"), ("play b", "? syntax error\n\n"),
        ("play red A1", "? invalid color or coordinate\n\n"), ("play b I1", "? invalid color or coordinate\n\n"),
        ("play b F1", "? invalid color or coordinate\n\n"), ("genmove", "? syntax error\n\n"),
        ("genmove x", "? invalid color or coordinate\n\n"), ("time_settings a b c", "? syntax error\n\n"),
        ("time_left b x y", "? syntax error\n\n"), ("final_status_list odd", "? invalid status\n\n"),
        ("²", "? unknown command\n\n"),
    ],
)  # fmt: skip
def test_lines_of_all_sorts(line, answer):
    server = Server(scripted(Go(5)))
    assert server.answer(line) == answer
    assert server.answer("genmove b").startswith(
        "? IndexError"
    )  # an error of the player's, told and survived


def test_a_colour_may_move_twice_in_go_alone():
    server = Server(scripted(Go(5)))
    assert said(server, "play b C3", "play b C4", "play w A1", "play b A1") == ["=\n\n"] * 3 + [
        "? illegal move\n\n"
    ]
    assert server.boards.stones[0].sum() == 1
    server = Server(scripted(Connect4()))
    assert said(server, "play b 4", "play b 4", "play w 4") == ["=\n\n", "? illegal move\n\n", "=\n\n"]
    assert server.answer("final_score") == "? unknown command\n\n"


def test_superko_and_suicide_are_refused():
    server = Server(scripted(Go(5)))
    black, white = ("C4", "B3", "C2"), ("D4", "E3", "D2", "C3")
    assert said(server, *(f"play b {w}" for w in black), *(f"play w {w}" for w in white)) == ["=\n\n"] * 7
    assert said(server, "play b D3", "play w C3") == [
        "=\n\n",
        "? illegal move\n\n",
    ]  # the ko cannot be retaken
    assert said(server, "play b A2", "play b B1", "play w A1") == ["=\n\n"] * 2 + ["? illegal move\n\n"]


def test_a_komi_of_the_clients_is_counted():
    server = Server(scripted(Go(5, komi=7.5)))
    assert server.answer("final_score") == "= W+7.5\n\n"
    said(server, "komi 0", "play b C3")
    assert server.answer("final_score") == "= B+25\n\n"
    server.answer("komi 25")
    assert server.answer("final_score") == "= 0\n\n"


def test_resignation_and_illegal_choices():
    server = Server(scripted(Go(5), "resign", "C3"))
    assert server.answer("genmove b") == "= resign\n\n"
    server.answer("play w C3")
    assert server.answer("1 genmove b") == "?1 RuntimeError: script chose C3, which is illegal\n\n"
    assert len(server.past) == 2
    server = Server(scripted(Go(5), "D4", "A1"))
    assert server.answer("reg_genmove b") == "= D4\n\n"
    assert len(server.past) == 1


def test_quit_ends_the_loop():
    out = io.StringIO()
    serve(scripted(Go(5)), io.StringIO("komi 5\n\n2 quit\nname\n"), out)
    assert out.getvalue() == "=\n\n=2\n\n"


def test_bytes_that_are_no_text_spoil_one_command_alone():
    out = io.StringIO()
    source = io.TextIOWrapper(io.BytesIO(b"1 na\xffme\n2 name \xfe\n"), encoding="utf-8")
    serve(scripted(Go(5)), source, out)
    assert out.getvalue() == "?1 unknown command\n\n=2 deepen (script)\n\n"


def test_a_hurried_player_thinks_less_and_a_new_game_has_its_time_again():
    asked = []

    class Thinker:
        name, rules = "thinker", Go(5)

        def __init__(self, simulations=1000):
            self.searching = SearchSettings(simulations=simulations) if simulations else None

        def thinking(self, simulations):
            return Thinker(simulations)

        def choose(self, boards):
            asked.append(self.searching.simulations if self.searching else 0)
            time.sleep(1e-4 * asked[-1])
            return self.rules.legal(boards).int().argmax(1)

    server = Server(Thinker())
    assert said(server, "genmove b", "time_settings 1 0 0", "genmove w") == ["= A5\n\n", "=\n\n", "= B5\n\n"]
    assert asked[0] == 1000 and 0 < asked[-1] < 1000
    said(server, "time_left b 0 0", "genmove b")
    assert asked[-1] == 0
    said(server, "clear_board", "genmove b")
    assert asked[-1] > 0


def test_through_a_real_pipe():
    code = (
        "from deepen.games import Go; from deepen.matches.gtp import serve; "
        "from deepen.matches.opponents import RandomMoves; serve(RandomMoves(Go(5)))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        for line, begin in (
            ("1 boardsize 5", "=1"),
            ("genmove b", "= "),
            ("nonsense", "? unknown"),
            ("quit", "="),
        ):
            process.stdin.write(line + "\n")
            process.stdin.flush()  # each answer comes before the next command
            assert process.stdout.readline().startswith(begin)
            assert process.stdout.readline() == "\n"
        assert process.wait(60) == 0


@pytest.mark.parametrize("word", ["T19", "A1", "T1", "J13"])
def test_stones_are_put_everywhere_on_a_large_board(word):
    server = Server(scripted(Go(19), word))
    assert said(server, "boardsize 19", f"play b {word}") == ["=\n\n"] * 2
    assert said(server, "undo", "genmove b") == ["=\n\n", f"= {word}\n\n"]
    assert int(server.boards.stones.abs().sum()) == 1
