"""Bytes of a text file as UTF-8: whatever they were written in, and what is no text."""

from __future__ import annotations

import gzip

import pytest

from deepen.data.sources.options import Options
from deepen.data.sources.text import load_text
from deepen.errors import DataError, Stopped

TEXT = "name,straße\nzoë,1\n"


def load(tmp_path, data, **options):
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    return load_text(path, Options(**options))


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"), ("utf-32", "utf-32"), ("cp1252", "cp1252"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("packed", [False, True])
def test_the_encoding_is_found_and_gone(tmp_path, encoding, told, packed):
    data = TEXT.encode(encoding)
    assert load(tmp_path, gzip.compress(data) if packed else data) == (TEXT.encode(), told)


def test_bytes_that_mean_nothing_in_cp1252_are_latin_1(tmp_path):
    assert load(tmp_path, b"a,b\n\x81,\xe9\n") == ("a,b\n\x81,é\n".encode(), "latin-1")


def test_a_named_encoding_is_taken_and_a_wrong_one_is_told_with_its_line(tmp_path):
    assert load(tmp_path, b"a\n\xe9\n", encoding="cp437") == ("a\nΘ\n".encode(), "cp437")
    with pytest.raises(DataError, match=r"t.csv, line 2: the text is not ascii; came: b'\\xe9\\n'"):
        load(tmp_path, b"a\n\xe9\n", encoding="ascii")


def test_lines_of_old_macs_end_as_others_do(tmp_path):
    assert load(tmp_path, b"a,b\r1,2\r")[0] == b"a,b\n1,2\n"
    assert load(tmp_path, b"a,b\r\n1,2\r\n")[0] == b"a,b\r\n1,2\r\n"


@pytest.mark.parametrize(
    "data", [b"", b" \n\t\n", "\ufeff".encode(), "\ufeff \n".encode("utf-16"), gzip.compress(b"")]
)
def test_nothing_but_blanks_is_empty(tmp_path, data):
    with pytest.raises(DataError, match="the file is empty"):
        load(tmp_path, data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a,b\n1,\x002\n3,4\n" + b"x,y\n" * 50, "t.csv, line 2: a NUL byte"),
        (bytes(range(1, 30)) * 9, "binary data, not a text table"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "not a text table"),
        (gzip.compress(TEXT.encode())[:-9], "gzip data are damaged or cut short"),
        (b"\x1f\x8b", "gzip data are damaged or cut short"),
        (gzip.compress(bytes(3 << 20)), "expands more than 1000-fold"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path, data, message):
    with pytest.raises(DataError, match=message):
        load(tmp_path, data)


def test_unpacking_ends_when_it_is_asked_to(tmp_path):
    with pytest.raises(Stopped):
        load(tmp_path, gzip.compress(TEXT.encode()), stop=lambda: True)
