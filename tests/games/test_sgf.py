from __future__ import annotations

import random

import pytest

from deepen.errors import DataError
from deepen.games import sgf
from deepen.games.sgf import Node


def drawn(rng: random.Random, depth: int = 6) -> Node:
    """A tree by chance: names, several values, escapes, line ends, variations."""
    letters = "abAB [](){};:\\\n\r\t\0é黑"
    node = Node()
    for _ in range(rng.randrange(4)):
        name = "".join(rng.choice("ABCWXYZ") for _ in range(rng.randrange(1, 4)))
        values = [
            "".join(rng.choice(letters) for _ in range(rng.randrange(8))) for _ in range(rng.randrange(1, 4))
        ]
        node.properties[name] = [sgf.escaped(value) for value in values]
    if depth:
        node.children = [drawn(rng, depth - 1) for _ in range(rng.choice((0, 1, 1, 1, 2, 3)))]
    return node


def same(a: Node, b: Node) -> bool:
    return a == b and len(a.children) == len(b.children) and all(map(same, a.children, b.children))


@pytest.mark.parametrize("seed", range(100))
def test_what_is_written_is_read_again(seed: int) -> None:
    rng = random.Random(seed)
    trees = [drawn(rng) for _ in range(rng.randrange(1, 4))]
    again = sgf.parse(sgf.write(trees))
    assert len(again) == len(trees) and all(map(same, trees, again))


def test_escapes_are_taken_away_and_put_back() -> None:
    for text in ("a]b", "\\", "\\]", "a\nb", "[x]:y"):
        assert sgf.unescaped(sgf.escaped(text)) == text
    assert sgf.unescaped("soft\\\nbreak") == "softbreak"
    assert sgf.unescaped("a\r\nb\rc\n\rd\te") == "a\nb\nc\nd e"
    assert sgf.unescaped("\\:\\a") == ":a"


def test_only_the_first_child_is_the_main_line() -> None:
    (root,) = sgf.parse("(;B[aa](;W[bb](;B[cc])(;B[dd]))(;W[ee]))")
    assert [node.properties for node in root.line()] == [{"B": ["aa"]}, {"W": ["bb"]}, {"B": ["cc"]}]


def test_what_the_format_lets_pass() -> None:
    (first, second) = sgf.parse("a mail: ((;GaMe[1]SiZe [9]\n [7]AB[aa]AB[bb])\nand (  ;W[]) \0")
    assert first.properties == {"GM": ["1"], "SZ": ["9", "7"], "AB": ["aa", "bb"]}
    assert second.properties == {"W": [""]}


def test_a_hundred_thousand_variations_deep() -> None:
    n = 100_000
    (root,) = sgf.parse("(;" * n + ")" * n)
    assert sum(1 for _ in root.line()) == n
    assert sgf.write([root]).count("(") == 1  # a row of only children needs no variation


BROKEN = {
    "": "nothing at all",
    "\x89PNG\r\n\x1a\n": "nothing in it begins with '(;'",
    "(;B[aa]": "line 1, column 8: the record is cut short",
    "(;B[aa": "line 1, column 3: the value of B is never closed",
    "(;\nC[a\\]\n": "line 2, column 1: the value of C is never closed",
    "(;B[aa][bb": "line 1, column 8: a value without a property, or one that is never closed",
    "(;[aa])": "line 1, column 3: a value without a property",
    "(;B;W[aa])": "line 1, column 3: the property B has no value",
    "(;b[aa])": "line 1, column 3: a property needs a name in capital letters",
    "(;B[aa](W[bb]))": "line 1, column 9: a property outside of a node",
    "(;B[aa](;W[bb]);B[cc])": "line 1, column 16: a node behind a variation",
    "(;B[aa]())": "line 1, column 9: a tree without a node",
    "(;B[aa]))": "line 1, column 9: closes what was not opened",
    "(;B[aa]#)": "line 1, column 8: this is not of a game record",
    "(;B[aa]\x00\x01)": "line 1, column 8: this is not of a game record",
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_broken_is_named_with_its_place(text: str) -> None:
    with pytest.raises(DataError) as caught:
        sgf.parse(text, where="g.sgf")
    assert BROKEN[text] in str(caught.value) and str(caught.value).startswith("g.sgf")


def test_every_truncation_is_named_or_read() -> None:
    whole = "(;SZ[9]C[a\\]b];B[ee](;W[ce])(;W[cf]))"
    for end in range(len(whole)):
        with pytest.raises(DataError):
            sgf.parse(whole[:end])


@pytest.mark.parametrize("seed", range(300))
def test_noise_gives_a_tree_or_a_named_error_and_nothing_else(seed: int) -> None:
    rng = random.Random(seed)
    data = bytearray(b"(;GM[1]SZ[19]CA[UTF-8];B[aa]C[x\\]y];W[bb](;B[cc])(;B[dd]))")
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(data))
        if rng.random() < 0.5:
            data.pop(at)
        else:
            data.insert(at, rng.randrange(256))
    try:
        assert sgf.parse(bytes(data))
    except DataError as error:
        assert error.what


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb2312", "shift_jis", "euc_kr"])
def test_encodings(encoding: str) -> None:
    named = "UTF-8" if encoding == "utf-8-sig" else encoding
    name = "表" if encoding != "euc_kr" else "바둑"  # in Shift-JIS its second byte is a backslash
    (root,) = sgf.parse(f"(;CA[{named}]PB[{name}];B[aa])".encode(encoding))
    assert root.text("PB") == name


@pytest.mark.parametrize("named", ["", "CA[klingon]", "CA[hex]", "CA[undefined]", "CA[rot13]"])
def test_an_encoding_that_is_none_is_guessed(named: str) -> None:
    assert sgf.parse(f"(;{named}PB[Jürgen])".encode())[0].text("PB") == "Jürgen"
    assert sgf.parse(f"(;{named}PB[Jürgen])".encode("latin-1"))[0].text("PB") == "Jürgen"
