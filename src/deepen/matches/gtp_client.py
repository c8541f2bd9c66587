"""Another program as a player, by way of the Go Text Protocol: GNU Go, or any engine that speaks it.

Several games are played at once, each with a process of its own, so that they share the cores. What programs do wrong
is part of the result and ends one game, not the match: see :class:`~deepen.matches.chooser.Fault`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from deepen.compute import seeds
from deepen.config import between
from deepen.errors import SettingError
from deepen.games.rules import Rules
from deepen.matches.chooser import Fault
from deepen.matches.gtp_session import Broken, Session

__all__ = ["Gtp", "program"]

_FOLDERS = ("/usr/games", "/usr/local/games")  # where Debian puts games, often not among a service's paths


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
        except Broken as broken:
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
            except Broken as broken:
                found[number] = self._lost(number, broken)
        for number in games:
            if number in found:
                continue
            try:
                found[number] = self._sessions[number].moved()
            except Broken as broken:
                found[number] = self._lost(number, broken)
        return found

    def judge(self, number: int, moves: Sequence[int]) -> tuple[tuple[int, ...], str]:
        """Give the places of the stones that the program holds to be dead, and the result as it says it."""
        try:
            session = self._in(number)
            session.tell(moves)
            return session.dead(), session.say("final_score")
        except Broken as broken:
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
        except Broken:
            session.close()
            raise
        return session

    def _lost(self, number: int, broken: Broken) -> Fault:
        session = self._sessions.pop(number, None)
        if session is not None:
            session.close()
        return Fault(f"{self.name} {broken}")
