"""A server of the Go Text Protocol, version 2 (Farnebäck 2002), so that any Go client can play against a model.

It speaks of any game of which moves have names: of Go as everybody does, of the others with their own words (``1`` to
``7`` of Connect Four). A colour may move twice in a row only where the game knows the pass. After two passes the game
is over, and stones are counted as they stand: whoever thinks that some are dead has to take them. A komi other than
that of the player's rules is counted in the end, but the player goes on playing for its own.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, TextIO

from deepen.errors import SettingError
from deepen.games.boards import Boards
from deepen.matches.chooser import RESIGN, Chooser

__all__ = ["Server", "serve"]

_COLOURS = {"b": 1, "black": 1, "w": -1, "white": -1}
_LIVING = {"alive"}  # every stone that is left, since dead ones are played out
_STATUS = ("alive", "dead", "seki")


class _Refused(Exception):
    """What a command is answered with, instead of what it asked for."""


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
        self.commands: dict[str, Callable[[Sequence[str]], str]] = {
            "protocol_version": lambda _: "2", "name": lambda _: f"deepen ({chooser.name})",
            "version": lambda _: version("deepen"), "known_command": self._known, "list_commands": self._list,
            "quit": self._quit, "boardsize": self._boardsize, "clear_board": self._clear, "komi": self._komi,
            "play": self._play, "genmove": self._genmove, "reg_genmove": self._reg_genmove, "undo": self._undo,
            "showboard": self._show, "time_settings": self._times, "time_left": self._left,
        }  # fmt: skip
        if hasattr(self.rules, "score"):
            self.commands |= {"final_score": self._score, "final_status_list": self._status}

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
                raise _Refused("unknown command")
            said, mark = self.commands[name](arguments), "="
        except _Refused as refusal:
            said, mark = str(refusal), "?"
        except Exception as error:  # the protocol knows no other way to tell, and the game may go on
            said, mark = " ".join(f"{type(error).__name__}: {error}".split()), "?"
        return f"{mark}{number} {said}".rstrip() + "\n\n"

    def _known(self, arguments: Sequence[str]) -> str:
        (name,) = _exactly(arguments, 1)
        return str(name in self.commands).lower()

    def _list(self, _: Sequence[str]) -> str:
        return "\n".join(sorted(self.commands))

    def _quit(self, _: Sequence[str]) -> str:
        self.ended = True
        return ""

    def _boardsize(self, arguments: Sequence[str]) -> str:
        (text,) = _exactly(arguments, 1)
        if not text.isdecimal():
            raise _Refused("boardsize not an integer")
        if {int(text)} != {self.rules.shape.h, self.rules.shape.w}:
            raise _Refused("unacceptable size")
        return self._clear(())

    def _clear(self, _: Sequence[str]) -> str:
        self.past = [self.rules.begin(1)]
        return ""

    def _komi(self, arguments: Sequence[str]) -> str:
        try:
            komi = float(_exactly(arguments, 1)[0])
        except ValueError:
            komi = math.nan
        if not math.isfinite(komi):
            raise _Refused("komi not a float")
        self.komi = komi
        return ""

    def _times(self, arguments: Sequence[str]) -> str:
        if not all(a.isdecimal() for a in _exactly(arguments, 3)):
            raise _Refused("syntax error")
        return ""

    def _left(self, arguments: Sequence[str]) -> str:
        _, time, stones = _exactly(arguments, 3)
        self._colour(arguments)
        if not (time.lstrip("-").isdecimal() and stones.isdecimal()):
            raise _Refused("syntax error")
        return ""

    def _colour(self, arguments: Sequence[str]) -> int:
        if not arguments or arguments[0].lower() not in _COLOURS:
            raise _Refused("invalid color or coordinate")
        return _COLOURS[arguments[0].lower()]

    def _with_turn(self, colour: int) -> Boards:
        """The position with this colour to move, if the game lets it."""
        boards = self.boards
        if int(boards.turn) == colour:
            return boards
        try:
            self.rules.move("pass")
        except SettingError:
            raise _Refused("illegal move") from None
        return dataclasses.replace(boards, turn=-boards.turn)

    def _play(self, arguments: Sequence[str]) -> str:
        _, word = _exactly(arguments, 2)
        colour = self._colour(arguments)
        try:
            move = self.rules.move(word)
        except SettingError:
            raise _Refused("invalid color or coordinate") from None
        boards = self._with_turn(colour)
        if not bool(self.rules.legal(boards)[0, move]):
            raise _Refused("illegal move")
        self._make(boards, move)
        return ""

    def _make(self, boards: Boards, move: int) -> None:
        self.past.append(self.rules.play(boards, boards.turn.new_tensor([move]).long()))

    def _chosen(self, arguments: Sequence[str]) -> tuple[Boards, int]:
        boards = self._with_turn(self._colour(_exactly(arguments, 1)))
        if bool(boards.over):
            raise _Refused("game is over")
        move = int(self.chooser.choose(boards)[0])
        if move != RESIGN and not bool(self.rules.legal(boards)[0, move]):
            raise RuntimeError(f"{self.chooser.name} chose {self.rules.word(move)}, which is illegal")
        return boards, move

    def _genmove(self, arguments: Sequence[str]) -> str:
        boards, move = self._chosen(arguments)
        if move == RESIGN:
            return "resign"
        self._make(boards, move)
        return self.rules.word(move)

    def _reg_genmove(self, arguments: Sequence[str]) -> str:
        _, move = self._chosen(arguments)
        return "resign" if move == RESIGN else self.rules.word(move)

    def _undo(self, _: Sequence[str]) -> str:
        if len(self.past) == 1:
            raise _Refused("cannot undo")
        self.past.pop()
        return ""

    def _show(self, _: Sequence[str]) -> str:
        return "\n" + self.rules.text(self.boards)

    def _score(self, _: Sequence[str]) -> str:
        rules: Any = self.rules
        points = float(rules.score(self.boards)) + float(rules.komi) - self.komi
        return "0" if points == 0 else f"{'B' if points > 0 else 'W'}+{abs(points):g}"

    def _status(self, arguments: Sequence[str]) -> str:
        (status,) = _exactly(arguments, 1)
        if status not in _STATUS:
            raise _Refused("invalid status")
        chains: dict[int, list[str]] = {}
        if status in _LIVING:
            boards: Any = self.boards
            for place, chain in enumerate(boards.chain.flatten().tolist()):
                if chain >= 0:
                    chains.setdefault(chain, []).append(self.rules.word(place))
        return "\n".join(" ".join(words) for words in chains.values())


def _exactly(arguments: Sequence[str], count: int) -> Sequence[str]:
    if len(arguments) < count:
        raise _Refused("syntax error")
    return arguments[:count]
