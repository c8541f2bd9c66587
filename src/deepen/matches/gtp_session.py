"""One process that speaks the Go Text Protocol, and the game that it is in."""

from __future__ import annotations

import contextlib
import queue
import re
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import IO, Any

from deepen.errors import SettingError
from deepen.games.rules import Rules
from deepen.matches.chooser import RESIGN

__all__ = ["Broken", "Session"]

_WAITING = 10_000  # pieces of output that may wait to be read: more than any answer has
_PIECE = 1 << 16  # characters of a line that are taken at a time, should a program forget to end it
_FAREWELL = 2.0  # seconds that a program has to end by itself (assumed)


class Broken(Exception):
    """The program ended, was silent for too long, or said what the protocol does not know."""


class Session:
    """One process, and the game that it is in.

    Parameters
    ----------
    command
        The program and its options.
    rules
        Of the game.
    seconds
        That it may take for an answer.
    """

    def __init__(self, command: Sequence[str], rules: Rules[Any], seconds: float) -> None:
        self.rules, self.seconds = rules, seconds
        self.moves: list[int] = []
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                encoding="utf-8", errors="replace", bufsize=1,
            )  # fmt: skip
        except OSError as error:
            raise Broken(f"could not be started ({error.strerror or error})") from error
        self.lines: queue.Queue[str | None] = queue.Queue(_WAITING)
        # A thread reads, since a pipe can be waited for with a limit in no way that all systems have.
        self.reader = threading.Thread(target=_read, args=(self.process.stdout, self.lines), daemon=True)
        self.reader.start()

    def clear(self) -> None:
        """Begin a new game."""
        self.say(f"boardsize {self.rules.shape.h}")
        self.say("clear_board")
        komi = getattr(self.rules, "komi", None)
        if komi is not None:
            self.say(f"komi {komi:g}")
        self.moves = []

    def tell(self, moves: Sequence[int]) -> None:
        """Bring the program to the position after these moves."""
        if list(moves[: len(self.moves)]) != self.moves:
            self.clear()
        for move in moves[len(self.moves) :]:
            self.say(f"play {self._colour()} {self.rules.word(move)}")
            self.moves.append(move)

    def ask(self, moves: Sequence[int]) -> None:
        """Tell the program how the game stands, and ask for its move without waiting for it."""
        self.tell(moves)
        self.send(f"genmove {self._colour()}")

    def moved(self) -> int:
        """Wait for the move that was asked for."""
        word = self.answer(f"genmove {self._colour()}")
        if word.lower() == "resign":
            return RESIGN
        try:
            move = self.rules.move(word)
        except SettingError:
            raise Broken(f"answered genmove with {_shown(word)}, which is no move") from None
        self.moves.append(move)
        return move

    def dead(self) -> tuple[int, ...]:
        """Ask which stones are dead."""
        words = self.say("final_status_list dead").split()
        try:
            return tuple(self.rules.move(word) for word in words)
        except SettingError:
            raise Broken(f"named dead stones as {_shown(' '.join(words))}") from None

    def say(self, command: str) -> str:
        """Give a command and wait for its answer."""
        self.send(command)
        return self.answer(command)

    def send(self, command: str) -> None:
        """Give a command."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except (OSError, ValueError):
            raise Broken(self._end(command)) from None

    def answer(self, command: str) -> str:
        """Wait for the answer to a command, up to the empty line behind it."""
        until = time.monotonic() + self.seconds
        lines: list[str] = []
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise Broken(f"did not answer {command!r} within {self.seconds:g} seconds") from None
            if line is None:
                raise Broken(self._end(command))
            if len(lines) == _WAITING:
                raise Broken(f"answered {command!r} without an end")
            if line.strip():
                lines.append(line.rstrip("\r\n"))
                if lines[0][0] not in "=?":  # at once: a program that knows no GTP sends no empty line either
                    break
            elif lines:
                break
        match = re.match(r"([=?])\d* ?(.*)", "\n".join(lines), re.DOTALL)
        if match is None:
            raise Broken(f"answered {command!r} with {_shown(lines[0])}, which is not the Go Text Protocol")
        if match[1] == "?":
            raise Broken(f"refused {command!r}: {_shown(match[2])}")
        return match[2].strip()

    def close(self) -> None:
        """Ask the program to end, and end it if it does not."""
        with contextlib.suppress(Broken):
            self.send("quit")
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        until = time.monotonic() + _FAREWELL  # a process of its own that it began may keep the pipe open
        while self.reader.is_alive() and time.monotonic() < until:  # it must not wait for room for ever
            with contextlib.suppress(queue.Empty):
                self.lines.get(timeout=0.02)

    def _colour(self) -> str:
        return "b" if len(self.moves) % 2 == 0 else "w"

    def _end(self, command: str) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_FAREWELL)
        return f"ended at {command!r} (exit code {self.process.poll()})"


def _read(stream: IO[str] | None, lines: queue.Queue[str | None]) -> None:
    assert stream is not None
    with stream, contextlib.suppress(OSError, ValueError):
        while line := stream.readline(_PIECE):
            lines.put(line)
    lines.put(None)


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else line[:60] + "…")
