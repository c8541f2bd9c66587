"""Delimiters and quotes, found from the first lines."""

from __future__ import annotations

import pytest

from deepen.data.sources import dialect
from deepen.data.sources.dialect import NO_DELIMITER, Dialect, find_dialect


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("a,b\n1,2\n", ","), ("a;b\n1;2\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a|b\n1|2\n", "|"),
        ("a b\n1 2\n3 4\n", " "), ("a  b\n1    2\n3 4\n", " "),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),  # decimal commas delimit nothing
        ("a;b,c\n1;x,y\n2;z,w\n", ","),  # these are no numbers, so the commas count
        ('a,b\n"x;y;z",2\n"u;v;w",4\n', ","),  # what is quoted counts for nothing
        ("word\nother\n", ","), ("", ","), ("\n\n \n", ","),
    ],
)  # fmt: skip
def test_the_delimiter_that_cuts_most_lines_alike(text, mark):
    assert find_dialect(text.encode()).delimiter == mark


def test_regular_tabs_win_where_the_name_says_so():
    data = b"a\tb,c\n1\t2,3\n4\t5,6\n"
    assert find_dialect(data, tabs=True).delimiter == "\t"
    assert find_dialect(b"a,b\n1,2\n", tabs=True).delimiter == ","


def test_prose_has_no_delimiter_and_a_known_one_is_taken():
    data = b"It rained, and it was cold.\nWe stayed.\nNobody, not one, came or went.\n"
    assert find_dialect(data, prose=True).delimiter == NO_DELIMITER
    assert find_dialect(data).delimiter == ","
    assert find_dialect(data, delimiter="x").delimiter == "x"


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("a,b\n'x, y',1\n'z',2\n", "'"),
        ('a,b\n"x, y",1\n"z",2\n', '"'),
        ("a,b\nit's,1\nit's,2\n", '"'),  # an apostrophe encloses nothing
        ("a,b\n1,2\n3,4\n5,6\n'x',8\n9,10\n", '"'),  # in too few lines
    ],
)
def test_single_quotes_only_where_they_plainly_enclose_fields(text, quote):
    assert find_dialect(text.encode()).quote == quote


def test_the_last_line_of_the_sample_counts_only_whole(monkeypatch):
    data = b"a;b,c\nd;e,f\n" * 50
    monkeypatch.setattr(dialect, "_SAMPLE", data.index(b",f"))
    assert find_dialect(data) == Dialect(",", '"')  # cut there, the second line would have no comma


def test_bytes_that_are_no_text_and_a_quote_never_closed_end_somewhere():
    assert find_dialect(bytes(range(256)) * 40).delimiter in {",", ";", "\t", "|", " "}
    assert find_dialect(b'a,b\n"' + b"x" * 300_000 + b"\n1,2\n").delimiter in {",", " "}
