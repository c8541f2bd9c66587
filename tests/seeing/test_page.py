"""The page: passages are marked where a unit looks, and nothing of a user's is read as Markdown."""

from __future__ import annotations

import numpy as np

from deepen.data.tokens import Tokeniser
from deepen.seeing.page import escaped, passages


def test_what_a_unit_sees_is_marked():
    words = Tokeniser.fit(["one two three four five"] * 3, unit="words")
    (ids,) = words.encode(["one two three four five"])
    ids = np.append(ids, [0, 0])
    assert passages(words, ids, slice(1, 3), 1, 2.5) == "one [two three] four five (2.5)"
    assert passages(words, ids, slice(0, 7), 3, 1.0) == "one two three [four] five (1)"
    assert passages(words, ids, slice(0, 7), None, 1.0) == "one two three four five (1)"


def test_a_long_text_is_shown_around_the_place():
    letters = Tokeniser.fit(["abcdefghij" * 20], unit="characters")
    (ids,) = letters.encode(["abcdefghij" * 20])
    text = passages(letters, ids, slice(0, 200), 100, 1.0)
    assert "[a]" in text
    assert text.startswith("... ")
    assert len(text) < 60


def test_markdown_and_html_are_shown_as_they_stand():
    assert escaped("a|b <script> *c*\n`d` 91.2 % [90.0, 92.0]") == (
        "a&#124;b &#60;script&#62; &#42;c&#42; &#96;d&#96; 91.2 % [90.0, 92.0]"
    )
    assert escaped("[x](y)") == "&#91;x&#93;(y)"
