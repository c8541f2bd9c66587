"""Games of Go as they are kept in SGF: who played where, under which rules, and who won.

A place is ``row * size + column`` from the upper left, a pass is ``size * size``: the moves of a board game's rules.
Only the main line counts; variations are what commentators thought.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from deepen.errors import DataError
from deepen.games.sgf import Node, decode, escaped, parse, place, write

__all__ = ["GoRecord", "read_go", "write_go"]

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SETUP = {"AB": 1, "AW": -1, "AE": 0}
_COLOURS = {"B": 1, "W": -1}
_LARGEST = len(_LETTERS)  # an SGF board has no more lines than letters


@dataclass(frozen=True, kw_only=True)
class GoRecord:
    """One game.

    Parameters
    ----------
    size
        Of the board.
    moves
        (T, 2) colour (1 black, -1 white) and place, in their order.
    black, white
        Places of the stones that stood there before the first move, such as a handicap.
    komi
        None where the record names none that can be.
    winner
        1 black, -1 white, 0 a draw; None where nobody knows.
    result
        As it stands in the record: ``B+3.5``, ``W+Resign``.
    names
        Of black and of white.
    rules
        As it stands in the record: ``Japanese``.
    comments
        What is said of a position, by the number of moves made before.
    """

    size: int
    moves: tuple[tuple[int, int], ...] = ()
    black: tuple[int, ...] = ()
    white: tuple[int, ...] = ()
    komi: float | None = None
    winner: int | None = None
    result: str = ""
    names: tuple[str, str] = ("", "")
    rules: str = ""
    comments: Mapping[int, str] = field(default_factory=dict)


def read_go(data: bytes | str, *, where: str = "the record") -> list[GoRecord]:
    """Read every game of a file.

    Raises
    ------
    DataError
        If the file is broken, or a game in it is none of Go, plays off the board, or sets up stones among the moves:
        with line and column.

    Examples
    --------
    >>> (game,) = read_go("(;GM[1]SZ[9]KM[6.5]RE[B+R]PB[Ann];B[ee];W[])")
    >>> game.moves, game.komi, game.winner, game.names
    (((1, 40), (-1, 81)), 6.5, 1, ('Ann', ''))
    >>> read_go("(;SZ[9];B[ee];W[jj])", where="a.sgf")
    Traceback (most recent call last):
    ...
    deepen.errors.DataError: a.sgf, line 1, column 14: move 2 is off the board; allowed: two letters from a to i, or \
nothing for a pass; came: 'jj'
    """
    text = data if isinstance(data, str) else decode(data)
    return [_Reading(text, where).game(root) for root in parse(text, where=where)]


class _Reading:
    """Reads games out of the trees of one text."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where

    def game(self, root: Node) -> GoRecord:
        """Read the main line from a root."""
        if (root.text("GM") or "1").strip() != "1":
            raise self.wrong("not a game of Go", root, allowed="GM[1]", came=f"GM[{root.text('GM')}]")
        size = self.size(root)
        stones: dict[int, int] = {}
        moves: list[tuple[int, int]] = []
        comments: dict[int, str] = {}
        for node in root.line():
            self.set_up(node, size, stones, moves)
            moves += self.move(node, size, len(moves))
            if "C" in node.properties:
                comments[len(moves)] = node.text("C") or ""
        result = (root.text("RE") or "").strip()
        return GoRecord(
            size=size, moves=tuple(moves), black=_of(stones, 1), white=_of(stones, -1), komi=_komi(root.text("KM")),
            winner=_winner(result), result=result, names=(root.text("PB") or "", root.text("PW") or ""),
            rules=(root.text("RU") or "").strip(), comments=comments,
        )  # fmt: skip

    def size(self, root: Node) -> int:
        """Read the board's size: 19 if nothing is said."""
        said = (root.text("SZ") or "19").strip()
        sides = set(said.split(":"))
        (side,) = sides if len(sides) == 1 else ("",)
        if not side.isdecimal() or not 1 <= int(side[:4]) <= _LARGEST:
            raise self.wrong(
                "a board of this size is not known", root, allowed=f"a square of 1 to {_LARGEST} lines",
                came=f"SZ[{said[:20]}]",
            )  # fmt: skip
        return int(side)

    def set_up(self, node: Node, size: int, stones: dict[int, int], moves: list[tuple[int, int]]) -> None:
        """Put a node's stones on the board."""
        for name, colour in _SETUP.items():
            values = node.properties.get(name)
            if values is None:
                continue
            if moves:
                raise self.wrong(f"stones are set up after move {len(moves)}", node, came=name)
            for value in values:
                for where in self.places(value.strip(), size, node, name):
                    stones[where] = colour

    def places(self, value: str, size: int, node: Node, name: str) -> Iterator[int]:
        """Give the places of a point, or of a rectangle between two corners: ``aa:cc``."""
        corners = [_place(corner, size) for corner in value.split(":")]
        if len(corners) > 2 or None in corners:
            raise self.wrong(
                f"a stone of {name} is off the board", node, allowed=f"two letters from a to {_LETTERS[size - 1]}",
                came=repr(value[:20]),
            )  # fmt: skip
        rows, columns = zip(*(divmod(corner or 0, size) for corner in corners), strict=True)
        for row in range(min(rows), max(rows) + 1):
            for column in range(min(columns), max(columns) + 1):
                yield row * size + column

    def move(self, node: Node, size: int, before: int) -> list[tuple[int, int]]:
        """Read a node's move, if it has one."""
        made = [
            (colour, node.properties[name]) for name, colour in _COLOURS.items() if name in node.properties
        ]
        if not made:
            return []
        if len(made) > 1 or len(made[0][1]) > 1:
            raise self.wrong("more than one move in a node", node)
        ((colour, (value,)),) = made
        value = value.strip()
        if not value or (value == "tt" and size <= 19):  # FF[3] wrote a pass as a place off the board
            return [(colour, size * size)]
        found = _place(value, size)
        if found is None:
            raise self.wrong(
                f"move {before + 1} is off the board", node, came=repr(value[:20]),
                allowed=f"two letters from a to {_LETTERS[size - 1]}, or nothing for a pass",
            )  # fmt: skip
        return [(colour, found)]

    def wrong(self, what: str, node: Node, *, allowed: str = "", came: str = "") -> DataError:
        """Make the error that names the place."""
        return DataError(what, where=f"{self.where}, {place(self.text, node.at)}", allowed=allowed, came=came)


def write_go(record: GoRecord) -> str:
    """Write a game as a file; what :func:`read_go` reads of it is equal to it.

    Examples
    --------
    >>> print(write_go(GoRecord(size=9, moves=((1, 40), (-1, 81)), komi=7.0, comments={1: "tengen"})), end="")
    (;GM[1]FF[4]CA[UTF-8]SZ[9]KM[7];B[ee]C[tengen];W[])
    """
    size = record.size
    root = Node({"GM": ["1"], "FF": ["4"], "CA": ["UTF-8"], "SZ": [str(size)]})
    said = {
        "KM": "" if record.komi is None else f"{record.komi:g}", "RU": record.rules, "PB": record.names[0],
        "PW": record.names[1], "RE": record.result or _RESULTS.get(record.winner, ""),
    }  # fmt: skip
    root.properties |= {name: [escaped(value)] for name, value in said.items() if value}
    for name, places in (("AB", record.black), ("AW", record.white)):
        if places:
            root.properties[name] = [_word(at, size) for at in places]
    node = root
    for number, (colour, at) in enumerate(record.moves):
        _comment(node, record, number)
        node.children.append(Node({"B" if colour > 0 else "W": [_word(at, size)]}))
        node = node.children[0]
    _comment(node, record, len(record.moves))
    return write([root])


_RESULTS: dict[int | None, str] = {1: "B+", -1: "W+", 0: "0"}


def _comment(node: Node, record: GoRecord, number: int) -> None:
    if number in record.comments:
        node.properties["C"] = [escaped(record.comments[number])]


def _place(value: str, size: int) -> int | None:
    if len(value) != 2:
        return None
    column, row = (_LETTERS.find(letter) for letter in value)
    return row * size + column if 0 <= column < size and 0 <= row < size else None


def _word(at: int, size: int) -> str:
    return "" if at == size * size else _LETTERS[at % size] + _LETTERS[at // size]


def _of(stones: Mapping[int, int], colour: int) -> tuple[int, ...]:
    return tuple(at for at, of in stones.items() if of == colour)


def _komi(said: str | None) -> float | None:
    try:
        komi = float((said or "").strip().replace(",", "."))
    except ValueError:
        return None
    return komi if math.isfinite(komi) else None


def _winner(result: str) -> int | None:
    if re.match(r"[Bb](lack)?\s*\+", result):
        return 1
    if re.match(r"[Ww](hite)?\s*\+", result):
        return -1
    return 0 if result.lower() in {"0", "draw", "jigo"} else None
