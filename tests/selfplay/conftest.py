"""Small players, games by chance, and a program that speaks the Go Text Protocol as badly as it is asked to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from deepen.errors import SettingError
from deepen.games import TicTacToe
from deepen.games.go import Go
from deepen.games.go_records import GoRecord
from deepen.selfplay.chooser import Choosing
from deepen.selfplay.gtp_client import program as find

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
                       "resigns": "= resign\\n", "cheats": "= " + (taken or ["A3"])[0] + "\\n", "half": "= A"}
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


def _drawn(rules: Go, n: int, *, moves: int, seed: int = 0, setup: bool = False) -> list[GoRecord]:
    """Play n games of legal moves by chance, cut at lengths by chance from the half of ``moves`` up."""
    generator = torch.Generator().manual_seed(seed)
    boards = rules.begin(n)
    black: tuple[int, ...] = ()
    if setup:
        black = (0, rules.places - 1)
        stones = torch.zeros(n, rules.places, dtype=torch.int8)
        stones[:, list(black)] = 1
        boards = rules.set_up(stones.view(n, rules.size, rules.size), torch.full((n,), -1, dtype=torch.int8))
    played: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for _ in range(moves):
        weights = rules.legal(boards).float()
        weights[:, -1] = torch.where(boards.over, 1.0, 0.02)
        move = torch.multinomial(weights, 1, generator=generator)[:, 0]
        for row in (~boards.over).nonzero()[:, 0].tolist():
            played[row].append((int(boards.turn[row]), int(move[row])))
        boards = rules.play(boards, move)
    lengths = torch.randint(moves // 2, moves + 1, (n,), generator=generator).tolist()
    winner = torch.randint(-1, 2, (n,), generator=generator).tolist()
    return [
        GoRecord(
            size=rules.size,
            moves=tuple(made[:length]),
            black=black,
            winner=won,
            result={1: "B+1", -1: "W+1", 0: "0"}[won],
        )
        for made, length, won in zip(played, lengths, winner, strict=True)
    ]


@pytest.fixture
def drawn() -> Callable[..., list[GoRecord]]:
    """``drawn(rules, n, moves=)``: n games of legal moves by chance."""
    return _drawn
