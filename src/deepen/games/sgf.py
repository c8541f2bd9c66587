"""Game trees in the Smart Game Format, read and written: FF[3] and FF[4] (Hollosi 1999, "SGF file format FF[4]").

A file is a collection of trees; a tree is nodes in a row, then variations; a node has properties, and each of these
values. This file knows that and nothing of Go, of which :mod:`~deepen.games.go_records` knows.

Reading is strict where a record would be misunderstood, and kind where it cannot be: text around the games is passed
over as the format asks, lower-case letters in a property's name too (FF[3]), and a repeated property adds its values.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from deepen.errors import DataError

__all__ = ["Node", "decode", "escaped", "parse", "place", "unescaped", "write"]

_BEGIN = re.compile(r"\(\s*;")
_TOKEN = re.compile(r"\s*(?:([;()])|([A-Za-z]++)\s*((?:\[(?:[^\\\]]|\\.)*+\]\s*)++))", re.DOTALL)
_VALUE = re.compile(r"\[((?:[^\\\]]|\\.)*+)\]", re.DOTALL)
_ENCODING = re.compile(rb"CA\s*\[\s*([^\]\s]{1,40})\s*\]")
_BREAK = re.compile(r"\r\n|\n\r|\n|\r")
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_HEAD = 1 << 12  # bytes in which the encoding is looked for: the first node of a game is shorter (assumed)


@dataclass(slots=True)
class Node:
    """One node of a tree.

    Parameters
    ----------
    properties
        Values by name, as they stand in the file, still escaped: :meth:`text` takes that away.
    children
        What follows: the first one is the main line, the others are variations.
    at
        Where it began in the text it was read from, for messages; two nodes that differ in it alone are equal.
    """

    properties: dict[str, list[str]] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list, compare=False)
    at: int = field(default=0, compare=False)

    def text(self, name: str) -> str | None:
        """Give the first value of a property as people read it; None where there is none."""
        values = self.properties.get(name)
        return unescaped(values[0]) if values else None

    def line(self) -> Iterator[Node]:
        """Give this node and the main line behind it."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.children[0] if node.children else None


def parse(data: bytes | str, *, where: str = "the record") -> list[Node]:
    r"""Read all the trees of a collection.

    Parameters
    ----------
    data
        The file's content; bytes are decoded by what it says of itself (CA), else as UTF-8 or Latin-1.
    where
        The file's name, for messages.

    Returns
    -------
    list of Node
        The root of each.

    Raises
    ------
    DataError
        If there is no game in it, or it is broken: with line, column and what stands there.

    Examples
    --------
    >>> (root,) = parse("(;SZ[9]C[a \\] b];B[ee](;W[ce])(;W[cf]))")
    >>> root.text("C"), [node.properties for node in root.line()][1:]
    ('a ] b', [{'B': ['ee']}, {'W': ['ce']}])
    >>> parse("(;SZ[9];B[ee", where="game.sgf")
    Traceback (most recent call last):
    ...
    deepen.errors.DataError: game.sgf, line 1, column 9: the value of B is never closed; came: 'B[ee'
    """
    text = data if isinstance(data, str) else decode(data)
    return _Reader(text, where).trees()


class _Reader:
    """Reads one text; without recursion, since a hostile file may nest as deep as it likes."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where = text, where

    def trees(self) -> list[Node]:
        """Give the root of every tree."""
        found: list[Node] = []
        at = 0
        while begin := _BEGIN.search(self.text, at):
            self._between(at, begin.start())
            root, at = self._tree(begin.start())
            found.append(root)
        if not found:
            raise DataError(
                "holds no game record: nothing in it begins with '(;'", where=self.where,
                came=repr(self.text[:20]) if self.text.strip() else "nothing at all",
            )  # fmt: skip
        self._between(at, len(self.text))
        return found

    def _between(self, first: int, last: int) -> None:
        """Pass over what stands between games, unless it is a game's broken rest."""
        stray = self.text.find(")", first, last) if first else -1
        if stray >= 0:
            raise self.wrong("closes what was not opened", stray)

    def _tree(self, at: int) -> tuple[Node, int]:
        """Read a tree whose '(' stands at ``at``; give its root, and where it ends."""
        above = Node()  # of which the root is the only child
        node, opened = above, [above]  # opened: the node that each '(' follows
        fresh = True  # whether a node must come: nothing else may stand behind a '('
        at += 1
        while opened:
            token = _TOKEN.match(self.text, at)
            if token is None:
                raise self._broken(at)
            mark, name, values = token.groups()
            begin, at = token.start(1 if mark else 2), token.end()
            if name:
                if fresh:
                    raise self.wrong("a property outside of a node", begin, mend="A node begins with ';'.")
                self._add(node, name, values, begin)
            elif mark == ";":
                if node.children and not fresh:
                    raise self.wrong("a node behind a variation", begin, mend="Variations come last.")
                child = Node(at=begin)
                node.children.append(child)
                node, fresh = child, False
            elif fresh:
                raise self.wrong("a tree without a node", begin, mend="After '(' comes ';'.")
            elif mark == "(":
                opened.append(node)
                fresh = True
            else:
                node = opened.pop()
        return above.children[0], at

    def _add(self, node: Node, name: str, raw: str, at: int) -> None:
        if not name.isupper():
            name = "".join(letter for letter in name if letter.isupper())
            if not name:
                raise self.wrong("a property needs a name in capital letters", at)
        one = raw.count("[") == 1  # most have one value, and this is the quicker way to it
        values = [raw.rstrip()[1:-1]] if one else _VALUE.findall(raw)
        if name in node.properties:
            node.properties[name] += values
        else:
            node.properties[name] = values

    def _broken(self, at: int) -> DataError:
        """Find out what stands where no token is."""
        rest = re.compile(r"\s*").match(self.text, at)
        assert rest is not None
        at = rest.end()
        if at == len(self.text):
            return self.wrong("the record is cut short: a '(' is never closed", at)
        named = re.compile(r"([A-Za-z]+)\s*").match(self.text, at)
        if named is None:
            if self.text[at] == "[":
                return self.wrong("a value without a property, or one that is never closed", at)
            return self.wrong(
                "this is not of a game record", at, allowed="';', '(', ')' or a property such as B[dd]"
            )
        if self.text[named.end() : named.end() + 1] == "[":
            return self.wrong(f"the value of {named[1]} is never closed", at)
        return self.wrong(
            f"the property {named[1][:20]} has no value", at, allowed="one in brackets, as in B[dd]"
        )

    def wrong(self, what: str, at: int, *, allowed: str = "", mend: str = "") -> DataError:
        """Make the error that names the place."""
        came = self.text[at : at + 20]
        return DataError(what, where=f"{self.where}, {place(self.text, at)}", allowed=allowed,
                         came=repr(came) if came else "the end", mend=mend)  # fmt: skip


def write(trees: Iterable[Node]) -> str:
    """Write trees as a collection; what :func:`parse` reads of it is equal to them.

    Examples
    --------
    >>> print(write(parse("(;SZ[9] ;B[ee](;W[ce])(;W[cf]))")), end="")
    (;SZ[9];B[ee]
    (;W[ce])
    (;W[cf]))
    """
    parts: list[str] = []
    for root in trees:
        waiting: list[Node | None] = [root]  # None: a ')'
        opens = True
        while waiting:
            node = waiting.pop()
            if node is None:
                parts.append(")")
                continue
            if opens:
                parts.append("\n(" if parts and waiting else "(")
                waiting.append(None)
            parts.append(_node(node))
            opens = len(node.children) != 1
            waiting.extend(reversed(node.children))
        parts.append("\n")
    return "".join(parts)


def _node(node: Node) -> str:
    shown = (name + "".join(f"[{value}]" for value in values) for name, values in node.properties.items())
    return ";" + "".join(shown)


def decode(data: bytes) -> str:
    """Decode a file by its byte order mark, by the encoding it names (CA), as UTF-8, or as Latin-1.

    A byte that the named encoding does not know spoils a name or a comment, and no move: it becomes a sign of its own.

    Examples
    --------
    >>> decode("(;CA[gb2312]PB[黑])".encode("gb2312"))
    '(;CA[gb2312]PB[黑])'
    """
    for mark, name in _BOMS.items():
        if data.startswith(mark):
            return data.decode(name, "replace")
    named = _ENCODING.search(data, 0, _HEAD)
    if named is not None:
        try:
            return data.decode(named[1].decode("ascii", "replace"), "replace")
        except (LookupError, ValueError):
            pass  # a name that nobody knows
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def unescaped(value: str) -> str:
    r"""Take away what a value was escaped with: a backslash makes the next letter plain, and a line's end nothing.

    Examples
    --------
    >>> unescaped("[1 kyu\\] a\\:b")
    '[1 kyu] a:b'
    """
    text = _BREAK.sub("\n", value)
    text = re.sub(r"\\(.)", lambda m: "" if m[1] == "\n" else m[1], text, flags=re.DOTALL)
    return re.sub(r"[^\S\n]", " ", text)


def escaped(text: str) -> str:
    r"""Make a value of a text.

    Examples
    --------
    >>> escaped("[1 kyu]")
    '[1 kyu\\]'
    """
    return text.replace("\\", "\\\\").replace("]", "\\]")


def place(text: str, at: int) -> str:
    r"""Say where in a text something stands, as people count.

    Examples
    --------
    >>> place("(;\nB[dd]", 3)
    'line 2, column 1'
    """
    lines = _BREAK.split(text[:at])
    return f"line {len(lines)}, column {len(lines[-1]) + 1}"
