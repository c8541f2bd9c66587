"""A server of the Go Text Protocol, version 2 (Farnebäck 2002), so that any Go client can play against a model.

It speaks of any game of which moves have names: of Go as everybody does, of the others with their own words (``1`` to
``7`` of Connect Four). A colour may move twice in a row only where the game knows the pass. In Go neither two passes
nor the longest game that the rules know end anything for good: as the protocol has it, that is the client's to say, and
whoever asks for a move, or makes one, plays on. A komi other than that of the player's rules is counted in the end, but
the player goes on playing for its own. What Go alone has, the score and dead stones among it, is in
:mod:`~deepen.matches.gtp_go`, the clocks in :mod:`~deepen.matches.gtp_time`.
"""

from __future__ import annotations

import dataclasses
import io
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import TextIO

import torch
from torch import Tensor

from deepen.errors import SettingError
from deepen.games.boards import Boards
from deepen.games.go import Go, GoBoards
from deepen.games.going_on import going_on
from deepen.matches.chooser import RESIGN, Chooser, chosen
from deepen.matches.gtp_arguments import Refused, colour, exactly, figure, whole
from deepen.matches.gtp_go import GoCommands
from deepen.matches.gtp_time import Clocks

__all__ = ["Server", "serve"]


def serve(chooser: Chooser, source: TextIO | None = None, sink: TextIO | None = None) -> None:
    r"""Answer commands line by line until ``quit`` or the end of the stream.

    Parameters
    ----------
    chooser
        Who plays.
    source, sink
        Where commands come from and answers go to; the process's own streams where they are not given.

    Examples
    --------
    >>> import io, torch
    >>> from deepen.games import TicTacToe
    >>> from deepen.matches.chooser import Choosing
    >>> rules = TicTacToe()
    >>> first = Choosing("first", rules, lambda boards: rules.legal(boards).int().argmax(1))
    >>> out = io.StringIO()
    >>> serve(first, io.StringIO("1 play b B2\ngenmove w\nplay b B2\n"), out)
    >>> out.getvalue().split("\n\n")
    ['=1', '= A3', '? illegal move', '']
    """
    source, sink = source or sys.stdin, sink or sys.stdout
    if isinstance(source, io.TextIOWrapper):
        source.reconfigure(errors="replace")  # bytes that are no text spoil a command, and not the game
    server = Server(chooser)
    for line in source:
        answer = server.answer(line)
        if answer is not None:
            sink.write(answer)
            sink.flush()
        if server.ended:
            break


class Server:
    """One game, and what is asked of it.

    Parameters
    ----------
    chooser
        Who answers ``genmove``.

    Attributes
    ----------
    ended
        Whether ``quit`` came.
    """

    def __init__(self, chooser: Chooser) -> None:
        self.chooser, self.rules = chooser, chooser.rules
        self.ended = False
        self.komi = float(getattr(self.rules, "komi", 0.0))
        self.past: list[Boards] = [self.rules.begin(1)]
        self._clocks = Clocks(self.rules.shape.h * self.rules.shape.w)
        self.commands: dict[str, Callable[[Sequence[str]], str]] = {
            "protocol_version": lambda _: "2", "name": lambda _: f"deepen ({chooser.name})",
            "version": lambda _: version("deepen"), "known_command": self._known, "list_commands": self._list,
            "quit": self._quit, "boardsize": self._boardsize, "clear_board": self._clear, "komi": self._komi,
            "play": self._play, "genmove": self.genmove, "reg_genmove": self._reg_genmove, "undo": self._undo,
            "showboard": self._show, **self._clocks.commands,
        }  # fmt: skip
        if isinstance(self.rules, Go):
            self.commands |= GoCommands(self, self.rules).commands

    @property
    def boards(self) -> Boards:
        """The position, a batch of one."""
        return self.past[-1]

    def answer(self, line: str) -> str | None:
        """Answer a line; None where there is no command in it."""
        # Control characters go, a tab is a blank, and a comment runs to the end: so the protocol has it.
        clean = "".join(c for c in line.replace("\t", " ").split("#")[0] if c.isprintable())
        words = clean.split()
        number = words.pop(0) if words and words[0].isascii() and words[0].isdecimal() else ""
        if not words:
            return None
        name, arguments = words[0], words[1:]
        try:
            if name not in self.commands:
                raise Refused("unknown command")
            said, mark = self.commands[name](arguments), "="
        except Refused as refusal:
            said, mark = str(refusal), "?"
        except Exception as error:  # the protocol knows no other way to tell, and the game may go on
            said, mark = " ".join(f"{type(error).__name__}: {error}".split()), "?"
        return f"{mark}{number} {said}".rstrip() + "\n\n"

    def _known(self, arguments: Sequence[str]) -> str:
        (name,) = exactly(arguments, 1)
        return str(name in self.commands).lower()

    def _list(self, _: Sequence[str]) -> str:
        return "\n".join(sorted(self.commands))

    def _quit(self, _: Sequence[str]) -> str:
        self.ended = True
        return ""

    def _boardsize(self, arguments: Sequence[str]) -> str:
        size = whole(exactly(arguments, 1)[0], "boardsize not an integer")
        if {size} != {self.rules.shape.h, self.rules.shape.w}:
            raise Refused("unacceptable size")
        return self._clear(())

    def _clear(self, _: Sequence[str]) -> str:
        self.past = [self.rules.begin(1)]
        self._clocks.begin()
        return ""

    def _komi(self, arguments: Sequence[str]) -> str:
        self.komi = figure(exactly(arguments, 1)[0], "komi not a float")
        return ""

    def _with_turn(self, turn: int) -> Boards:
        """The position with this colour to move, if the game lets it."""
        boards = self.boards
        if isinstance(boards, GoBoards) and isinstance(self.rules, Go) and bool(boards.over):
            boards = going_on(self.rules, boards)
        if int(boards.turn) == turn:
            return boards
        try:
            self.rules.move("pass")
        except SettingError:
            raise Refused("illegal move") from None
        return dataclasses.replace(boards, turn=-boards.turn)

    def _play(self, arguments: Sequence[str]) -> str:
        _, word = exactly(arguments, 2)
        turn = colour(arguments)
        try:
            move = self.rules.move(word)
        except SettingError:
            raise Refused("invalid color or coordinate") from None
        boards = self._with_turn(turn)
        if not bool(self.rules.legal(boards)[0, move]):
            raise Refused("illegal move")
        self._make(boards, move)
        return ""

    def _make(self, boards: Boards, move: int) -> None:
        self.past.append(self.rules.play(boards, torch.tensor([move], device=boards.turn.device)))

    def _chosen(
        self, arguments: Sequence[str], among: Callable[[Boards], Tensor | None] | None = None
    ) -> tuple[Boards, int]:
        boards = self._with_turn(colour(exactly(arguments, 1)))
        if bool(boards.over):
            raise Refused("game is over")
        allowed = None if among is None else among(boards)
        player = self._clocks.fit(self.chooser, boards, len(self.past) - 1)
        move = self._clocks.timed(int(boards.turn), player, lambda: chosen(player, boards, allowed))
        if move != RESIGN and not bool(self.rules.legal(boards)[0, move]):
            raise RuntimeError(f"{self.chooser.name} chose {self.rules.word(move)}, which is illegal")
        return boards, move

    def genmove(
        self, arguments: Sequence[str], among: Callable[[Boards], Tensor | None] | None = None
    ) -> str:
        """Answer ``genmove``; ``among`` gives the moves (1, A) bool to choose from, or None for all."""
        boards, move = self._chosen(arguments, among)
        if move == RESIGN:
            return "resign"
        self._make(boards, move)
        return self.rules.word(move)

    def _reg_genmove(self, arguments: Sequence[str]) -> str:
        _, move = self._chosen(arguments)
        return "resign" if move == RESIGN else self.rules.word(move)

    def _undo(self, _: Sequence[str]) -> str:
        if len(self.past) == 1:
            raise Refused("cannot undo")
        self.past.pop()
        return ""

    def _show(self, _: Sequence[str]) -> str:
        return "\n" + self.rules.text(self.boards)
