"""``deepen match``: its table, who stands where, and what it refuses before any game."""

from __future__ import annotations

import io
import json
import sys

import pytest
from rich.console import Console
from typer.testing import CliRunner

from deepen.cli import app, match_table
from deepen.errors import DataError, FolderError, SettingError
from deepen.evidence.match import Game, Match


def run(*words):
    found = CliRunner().invoke(app, list(map(str, words)))
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


def test_several_opponents_and_who_stands_where(place, tmp_path):
    asked = ("--against", "random", "--against", "minimax:2", "--games", 4, "--out", tmp_path / "played")
    said = run("match", place, *asked, "--device", "cpu")
    assert "all of them, random at 0:" in said
    table = said.split("all of them")[1]
    assert {line.split()[0] for line in table.splitlines()[2:5]} == {"deepen,", "minimax:2", "random"}
    assert len(json.loads((tmp_path / "played" / "match.json").read_text())) == 2


def test_one_opponent_needs_no_standings(place):
    said = run("match", place, "--against", "random", "--games", 2, "--simulations", 4, "--device", "cpu")
    assert "random" in said and "all of them" not in said


def test_matches_of_several_commands_are_rated_together(place, tmp_path):
    asked = ("--games", 2, "--device", "cpu", "--into", tmp_path / "standings.jsonl")
    first = run("match", place, "--against", "random", *asked)
    assert "all of" not in first
    said = run("match", place, "--against", "minimax:1", *asked)
    assert "all of 2 matches, random at 0:" in said
    names = {line.split()[0] for line in said.split("all of")[1].splitlines()[2:5]}
    assert names == {"ttt,", "minimax:1", "random"}  # the player is called as its folder is


def test_a_file_of_something_else_is_refused_before_any_game(place, tmp_path):
    many = ("--games", 1_000_000, "--device", "cpu", "--into")
    other = Match(rules="go:9", one="a", other="b", games=())
    for name, line, error, message in (
        (
            "a",
            json.dumps(other.to_dict()),
            DataError,
            "line 1: is of another game; allowed: tictactoe; came: go:9",
        ),
        ("b", '{"rows": 10}', FolderError, "line 1: is no match"),
        ("c", "[1]", FolderError, "line 1: is no match"),
    ):
        (tmp_path / name).write_text(line + "\n")
        with pytest.raises(error, match=message):
            run("match", place, *many, tmp_path / name)
        assert (tmp_path / name).read_text() == line + "\n"
    with pytest.raises(FolderError, match="is a folder"):
        run("match", place, *many, tmp_path)


def test_what_cannot_be_written_is_refused_before_any_game(place, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(FolderError, match="stands in the way"):
        run("match", place, "--games", 1_000_000, "--out", tmp_path / "mine")
    with pytest.raises(FolderError, match="cannot be written"):
        run("match", place, "--games", 1_000_000, "--out", tmp_path / "mine" / "letter.txt" / "x")
    with pytest.raises(SettingError, match="Did you mean 'minimax'"):
        run("match", place, "--against", "minmax:2")


def printed(*matches, width=200):
    out = io.StringIO()
    match_table.matches(Console(file=out, width=width), matches)
    return out.getvalue()


def a_match(other, *points, one="net"):
    games = tuple(
        Game(number=n, moves=(n, 1), points=p, ending="rules" if p is not None else "fault")
        for n, p in enumerate(points)
    )
    return Match(rules="tictactoe", one=one, other=other, games=games)


def test_games_that_do_not_count_give_no_figures():
    said = printed(a_match("dead", None, None), a_match("random", 1.0, 0.5))
    assert "nan" not in said and "2 games do not count" in said and "all of them" not in said
    assert "all of them" not in printed(a_match("net", 1.0), a_match("other", 0.0, 1.0))
    assert "all of them, a at 0" in printed(a_match("a", 1.0, 0.0), a_match("b", 0.5))


@pytest.mark.parametrize(
    ("width", "headings"),
    [
        (120, "against games won drawn lost points [95 %] Elo [95 %] moves"),
        (90, "against games won drawn lost points [95 %] Elo [95 %]"),
        (80, "against won drawn lost points [95 %] Elo [95 %]"),
    ],
)
def test_the_table_fits_the_screen(width, headings):
    even, lost = a_match("deepen, 64 simulations", *[1.0, 0.5] * 500), a_match("gnugo:1", *[0.0] * 100)
    lines = printed(even, lost, width=width).splitlines()
    assert " ".join(lines[0].split()) == headings
    assert all(len(line) <= width for line in lines[:3])
    assert lines[1].startswith("deepen, 64 simulations ") and "75.0 % [72.2, 77.6]" in lines[1]
    assert lines[2].startswith("gnugo:1 ") and "0.0 % [0.0, 3.7]" in lines[2] and "-inf" in lines[2]
    assert not lines[3].strip()  # no line is broken


def test_who_never_met_the_others_is_not_rated_with_them():
    out = io.StringIO()
    new, old = a_match("a", 1.0, 0.0), a_match("b", 0.5)
    stranger = a_match("q", 1.0, one="p")
    match_table.matches(Console(file=out, width=200), [new], [old, stranger, new])
    assert "all of 2 matches, b at 0" in out.getvalue() and "q" not in out.getvalue().split("all of")[1]


def test_a_program_that_fails_in_every_game_is_named_with_the_reason(place, tmp_path):
    program = tmp_path / "nonsense.py"
    program.write_text(
        "import sys\n"
        "for line in sys.stdin:\n"
        "    print('= banana' if line.startswith('genmove') else '=', end='\\n\\n', flush=True)\n"
    )
    asked = (
        "--against",
        f"gtp:{sys.executable} {program}",
        "--games",
        2,
        "--simulations",
        0,
        "--device",
        "cpu",
    )
    found = CliRunner().invoke(app, list(map(str, ("match", place, *asked))))
    assert found.exit_code == 2
    said = " ".join(found.output.split())
    assert "2 games do not count, since a program failed: " in said and "banana" in said
