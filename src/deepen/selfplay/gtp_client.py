"""Another program as a player, by way of the Go Text Protocol: GNU Go, or any engine that speaks it.

Several games are played at once, each with a process of its own, so that they share the cores. What programs do wrong
is part of the result and ends one game, not the match: see :class:`~deepen.selfplay.chooser.Fault`.
"""

from __future__ import annotations

import contextlib
import queue
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, Any

from deepen.compute import seeds
from deepen.config import between
from deepen.errors import SettingError
from deepen.games.rules import Rules
from deepen.selfplay.chooser import RESIGN, Fault

__all__ = ["Gtp", "Session", "program"]

_FOLDERS = ("/usr/games", "/usr/local/games")  # where Debian puts games, often not among a service's paths
_WAITING = 10_000  # pieces of output that may wait to be read: more than any answer has
_PIECE = 1 << 16  # characters of a line that are taken at a time, should a program forget to end it
_FAREWELL = 2.0  # seconds that a program has to end by itself (assumed)


class _Broken(Exception):
    """The program ended, was silent for too long, or said what the protocol does not know."""


def program(name: str, *, mend: str = "") -> str:
    """Find a program by its name, also where games are kept.

    Raises
    ------
    SettingError
        If there is none; ``mend`` says how to get it.
    """
    found = shutil.which(name) or shutil.which(name, path=":".join(_FOLDERS))
    if found is None:
        raise SettingError(f"there is no program {name!r}", where="opponent", mend=mend)
    return found


class Gtp:
    """A program that plays by the Go Text Protocol.

    Parameters
    ----------
    command
        The program and its options. ``{seed}`` in one of them becomes a number, another one for each process.
    rules
        Of the game; its size and, where it has one, its komi are told to the program.
    name
        In tables.
    seconds
        That the program may think about one answer.
    at_once
        How many games are played at a time.
    seed
        From which ``{seed}`` follows.
    mend
        How to get the program, for the message where it is missing.

    Raises
    ------
    SettingError
        If the program cannot be found, or refuses this game.
    """

    def __init__(
        self,
        command: Sequence[str],
        rules: Rules[Any],
        *,
        name: str = "",
        seconds: float = 60.0,
        at_once: int = 16,
        seed: int = 0,
        mend: str = "",
    ) -> None:
        between("seconds", seconds, 0, 86_400, open_low=True)
        between("at_once", at_once, 1, 1024)
        if not command:
            raise SettingError("an empty command", where="opponent")
        if rules.shape.h != rules.shape.w:
            raise SettingError(
                "the Go Text Protocol knows square boards alone", where="opponent", came=rules.name
            )
        self.command = [program(command[0], mend=mend), *command[1:]]
        self.rules, self.name, self.seconds, self.at_once = rules, name or command[0], seconds, at_once
        self._sessions: dict[int, Session] = {}
        self._spare: list[Session] = []
        self._seed, self._begun = seed, 0
        try:  # so that a program that refuses the game is known before the first move
            self._spare.append(self._session())
        except _Broken as broken:
            raise SettingError(
                f"{self.name} cannot play {rules.name}: {broken}", where="opponent"
            ) from broken

    def __enter__(self) -> Gtp:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def follow(self, games: Mapping[int, Sequence[int]]) -> dict[int, int | Fault]:
        """Give a move or a fault for each game; all programs think at the same time."""
        found: dict[int, int | Fault] = {}
        for number, moves in games.items():
            try:
                self._in(number).ask(moves)
            except _Broken as broken:
                found[number] = self._lost(number, broken)
        for number in games:
            if number in found:
                continue
            try:
                found[number] = self._sessions[number].moved()
            except _Broken as broken:
                found[number] = self._lost(number, broken)
        return found

    def judge(self, number: int, moves: Sequence[int]) -> tuple[tuple[int, ...], str]:
        """Give the places of the stones that the program holds to be dead, and the result as it says it."""
        try:
            session = self._in(number)
            session.tell(moves)
            return session.dead(), session.say("final_score")
        except _Broken as broken:
            self._lost(number, broken)
            return (), ""

    def leave(self, number: int) -> None:
        """Keep the process of a game that is over for another one."""
        if number in self._sessions:
            self._spare.append(self._sessions.pop(number))

    def close(self) -> None:
        """End all processes."""
        for session in [*self._sessions.values(), *self._spare]:
            session.close()
        self._sessions.clear()
        self._spare.clear()

    def _in(self, number: int) -> Session:
        if number not in self._sessions:
            self._sessions[number] = self._spare.pop() if self._spare else self._session()
        return self._sessions[number]

    def _session(self) -> Session:
        self._begun += 1
        command = [
            part.replace("{seed}", str(seeds.derive(self._seed, "gtp", self._begun) % 2**31))
            for part in self.command
        ]
        session = Session(command, self.rules, self.seconds)
        try:
            session.clear()
        except _Broken:
            session.close()
            raise
        return session

    def _lost(self, number: int, broken: _Broken) -> Fault:
        session = self._sessions.pop(number, None)
        if session is not None:
            session.close()
        return Fault(f"{self.name} {broken}")


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
            raise _Broken(f"could not be started ({error.strerror or error})") from error
        self.lines: queue.Queue[str | None] = queue.Queue(_WAITING)
        # A thread reads, since a pipe can be waited for with a limit in no way that all systems have.
        threading.Thread(target=_read, args=(self.process.stdout, self.lines), daemon=True).start()

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
            raise _Broken(f"answered genmove with {_shown(word)}, which is no move") from None
        self.moves.append(move)
        return move

    def dead(self) -> tuple[int, ...]:
        """Ask which stones are dead."""
        words = self.say("final_status_list dead").split()
        try:
            return tuple(self.rules.move(word) for word in words)
        except SettingError:
            raise _Broken(f"named dead stones as {_shown(' '.join(words))}") from None

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
            raise _Broken(self._end(command)) from None

    def answer(self, command: str) -> str:
        """Wait for the answer to a command, up to the empty line behind it."""
        until = time.monotonic() + self.seconds
        lines: list[str] = []
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise _Broken(f"did not answer {command!r} within {self.seconds:g} seconds") from None
            if line is None:
                raise _Broken(self._end(command))
            if len(lines) == _WAITING:
                raise _Broken(f"answered {command!r} without an end")
            if line.strip():
                lines.append(line.rstrip("\r\n"))
            elif lines:
                break
        match = re.match(r"([=?])\d* ?(.*)", "\n".join(lines), re.DOTALL)
        if match is None:
            raise _Broken(f"answered {command!r} with {_shown(lines[0])}, which is not the Go Text Protocol")
        if match[1] == "?":
            raise _Broken(f"refused {command!r}: {_shown(match[2])}")
        return match[2].strip()

    def close(self) -> None:
        """Ask the program to end, and end it if it does not."""
        with contextlib.suppress(_Broken):
            self.send("quit")
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        with contextlib.suppress(queue.Empty):  # the thread that reads must not wait for room for ever
            while self.lines.get(timeout=_FAREWELL) is not None:
                pass

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
