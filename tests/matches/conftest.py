"""Small players, and a program that speaks the Go Text Protocol as badly as it is asked to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from deepen.errors import SettingError
from deepen.games import TicTacToe
from deepen.matches.chooser import Choosing
from deepen.matches.gtp_client import program as find

PROGRAM = """
import sys, time
how, after = sys.argv[1], int(sys.argv[2])
places = [c + r for r in "321" for c in "ABC"]
taken, count = [], 0
for line in sys.stdin:
    word, *rest = line.split()
    def say(text, mark="="):
        print(mark + " " + text + "\\n", flush=True)
    if word == "genmove":
        count += 1
        if count > after:
            if how == "dies":
                print("out of memory", file=sys.stderr)
                sys.exit(3)
            if how == "sleeps":
                time.sleep(60)
            answers = {"says": "Hello!\\n", "blabs": "= maybe D4\\n", "refuses": "? I do not want to\\n",
                       "resigns": "= resign\\n", "cheats": "= " + (taken or ["A3"])[0] + "\\n", "half": "= A",
                       "echoes": line.strip()}
            if how == "floods":
                while True:
                    print("=", "x" * 1000)
            if how in answers:
                print(answers[how], flush=True)
                continue
        move = next(p for p in places if p not in taken)
        taken.append(move)
        say(move)
    elif word == "play":
        taken.append(rest[1])
        say("")
    elif word == "clear_board":
        taken = []
        say("")
    elif word == "boardsize":
        if how == "small":
            say("unacceptable size", "?")
        else:
            say("")
    elif word == "quit":
        say("")
        break
    else:
        say("unknown command", "?")
"""


@pytest.fixture
def rules() -> TicTacToe:
    return TicTacToe()


@pytest.fixture
def first(rules: TicTacToe) -> Choosing:
    """Takes the first free place."""
    return Choosing("first", rules, lambda boards: rules.legal(boards).int().argmax(1))


@pytest.fixture
def program(tmp_path: Path):
    """Give the command of a program that does as asked from the given move on."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)

    def command(how: str = "well", after: int = 0) -> list[str]:
        return [sys.executable, "-S", str(path), how, str(after)]

    return command


@pytest.fixture
def has_gnugo() -> None:
    """GNU Go is there, or the test is skipped."""
    try:
        find("gnugo")
    except SettingError:
        pytest.skip("needs GNU Go: sudo apt install gnugo")
