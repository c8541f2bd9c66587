"""How a text table is to be read: what may be said, and what is refused at once."""

from __future__ import annotations

import pytest

from deepen.data.sources.options import Options
from deepen.errors import SettingError, Stopped


@pytest.mark.parametrize(
    ("said", "mark"),
    [
        ("tab", "\t"), ("\\t", "\t"), ("TAB", "\t"), ("Semicolon", ";"), ("whitespace", " "), (" ", " "), ("|", "|"),
        ("x", "x"),
    ],
)  # fmt: skip
def test_a_delimiter_may_be_named(said, mark):
    assert Options(delimiter=said).delimiter == mark


@pytest.mark.parametrize("said", ["", ",,", "tabs", "\n", "\r", "'", '"', "§", "\u200b"])
def test_what_is_not_one_ascii_character_or_encloses_fields_is_none(said):
    with pytest.raises(SettingError, match="delimiter: is not one ASCII character") as caught:
        Options(delimiter=said)
    assert f"came: {said!r}" in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "cp1252", "utf-16-le", "shift_jis"])
def test_encodings_that_python_knows(encoding):
    assert Options(encoding=encoding).encoding == encoding


@pytest.mark.parametrize("encoding", ["", "utf-9", "hex", "base64", "rot13", "a\0b", "x" * 1000])
def test_an_encoding_that_is_none_of_text(encoding):
    with pytest.raises(SettingError, match="encoding: is no encoding known here"):
        Options(encoding=encoding)


def test_the_reading_ends_when_it_is_asked_to():
    Options().check_stop("a.csv")
    with pytest.raises(Stopped, match="a.csv: stopped while reading"):
        Options(stop=lambda: True).check_stop("a.csv")
