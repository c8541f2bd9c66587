import re
import threading
import time

import pytest

from deepen.errors import SettingError
from deepen.games import Connect4, Go
from deepen.matches import gtp_client, gtp_session
from deepen.matches.chooser import RESIGN, Fault
from deepen.matches.gtp_client import Gtp
from deepen.matches.gtp_client import program as find


@pytest.fixture(autouse=True)
def _no_long_farewell(monkeypatch):
    monkeypatch.setattr(gtp_session, "_FAREWELL", 0.3)


def test_several_games_are_followed_at_once(program, rules):
    with Gtp(program(), rules, name="prog") as player:
        assert player.follow({0: [], 1: [0], 2: [4, 0]}) == {0: 0, 1: 1, 2: 1}
        assert player.follow({0: [0, 1], 1: [0, 1, 2], 2: [4, 0, 1, 2]}) == {0: 2, 1: 3, 2: 3}
        player.leave(0)
        assert player.follow({7: [8]}) == {7: 0}  # the process of a game that is over begins a new one
        assert player.follow({2: [4]}) == {2: 0}  # moves that were taken back


def test_programs_think_at_the_same_time(program, rules):
    with Gtp(program("sleeps"), rules, seconds=0.5) as player:
        player.seconds = 0.5
        begun = time.monotonic()
        found = player.follow({k: [] for k in range(4)})
        assert time.monotonic() - begun < 4 * 0.5 + 4 * 0.9
    assert all(isinstance(f, Fault) for f in found.values())


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ("dies", r"ended at 'genmove b' \(exit code 3\)"),
        ("sleeps", "did not answer 'genmove b' within 2 seconds"),
        ("says", "answered 'genmove b' with 'Hello!', which is not the Go Text Protocol"),
        ("echoes", "answered 'genmove b' with 'genmove b', which is not the Go Text Protocol"),
        ("blabs", "answered genmove with 'maybe D4', which is no move"),
        ("refuses", "refused 'genmove b': 'I do not want to'"),
        ("floods", "answered 'genmove b' without an end"),
        ("half", "did not answer 'genmove b' within 2 seconds"),
    ],
)
def test_faults_end_one_game_alone(program, rules, how, what):
    with Gtp(program(how, 1), rules, name="prog", seconds=2) as player:
        assert player.follow({0: []}) == {0: 0}
        found = player.follow({0: [0, 1]})
        assert isinstance(found[0], Fault)
        assert re.search(f"^prog {what}$", found[0].what), found[0].what
        assert player.follow({1: [5]}) == {1: 0}  # a new process plays on


def test_nothing_is_left_running(program, rules):
    before = threading.active_count()
    with Gtp(program("floods", 0), rules, seconds=1) as player:
        player.follow({0: [], 1: []})
        processes = [s.process for s in (*player._sessions.values(), *player._spare)]
    deadline = time.monotonic() + 3
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() == before
    assert all(p.poll() is not None for p in processes)


def test_resigning_is_a_move(program, rules):
    with Gtp(program("resigns"), rules) as player:
        assert player.follow({0: [3]}) == {0: RESIGN}


def test_judging_where_the_program_cannot(program, rules):
    with Gtp(program(), rules) as player:
        assert player.judge(0, [0, 1]) == ((), "")


def test_what_is_refused_before_a_game(program, rules):
    with pytest.raises(SettingError, match=r"there is no program 'gnugogo'. Install it"):
        Gtp(["gnugogo"], rules, mend="Install it")
    with pytest.raises(SettingError, match="square boards alone"):
        Gtp(program(), Connect4())
    with pytest.raises(
        SettingError, match="cannot play tictactoe: refused 'boardsize 3': 'unacceptable size'"
    ):
        Gtp(program("small"), rules)
    with pytest.raises(SettingError, match="cannot play go:5: refused 'komi 7.5'"):
        Gtp(program(), Go(5))
    with pytest.raises(SettingError, match="cannot play tictactoe: ended at 'boardsize 3'"):
        Gtp(["false"], rules)
    with pytest.raises(SettingError, match="empty command"):
        Gtp([], rules)
    with pytest.raises(SettingError, match="seconds"):
        Gtp(program(), rules, seconds=0)


def test_programs_are_found_among_the_games(tmp_path, monkeypatch):
    game = tmp_path / "chess"
    game.write_text("#!/bin/sh\n")
    game.chmod(0o755)
    monkeypatch.setattr(gtp_client, "_FOLDERS", (str(tmp_path),))
    assert find("chess") == str(game)


def test_each_process_has_a_seed_of_its_own(program, rules):
    with Gtp([*program(), "{seed}"], rules, seed=5) as player:
        player.follow({0: [], 1: []})
        seeds = {s.process.args[-1] for s in player._sessions.values()}
    assert len(seeds) == 2 and all(s.isdecimal() and int(s) < 2**31 for s in seeds)
