"""JSON: lines, lists, and the line of what is wrong."""

import gzip
import json

import pytest

from deepen.data.sources import read
from deepen.errors import DataError


def load(tmp_path, text, name="t.jsonl"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path)


ROWS = [{"n": 1, "s": "a", "in": {"x": 0.5}}, {"n": 2, "in": {"x": None}, "tags": ["p"]}]
EXPECTED = {"n": [1, 2], "s": ["a", None], "in.x": [0.5, None], "tags": [None, ["p"]]}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.jsonl", "\n".join(map(json.dumps, ROWS)) + "\n"),
        ("t.ndjson", "\n\n".join(map(json.dumps, ROWS))),
        ("t.json", json.dumps(ROWS, indent=1)),
        ("t.json", "\n".join(map(json.dumps, ROWS))),
        ("t.json", json.dumps({"data": ROWS}, indent=1)),
        ("t.jsonl.gz", gzip.compress("\n".join(map(json.dumps, ROWS)).encode())),
    ],
)
def test_layouts(tmp_path, name, text):
    table = load(tmp_path, text, name)
    assert {n: table[n].to_pylist() for n in table.names} == EXPECTED


def test_lines_are_told(tmp_path):
    assert load(tmp_path, '{"a": 1}\n\n{"a": 2}\n').where(1) == "t.jsonl, line 3"


def test_mixed_types_become_text_and_are_said(tmp_path):
    table = load(tmp_path, '{"a": 1}\n{"a": "x"}\n{"a": null}\n')
    assert table["a"].to_pylist() == ["1", "x", None]
    assert "mixes types" in table.notes[0]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"a": 1}\n\n{"a": \n{"a": 3}\n', r"t\.jsonl, line 3: not sound JSON"),
        ('{"a": 1}\n[1, 2]\n', r"t\.jsonl, line 2: not a JSON object"),
        ('{"a": 1}\n3\n', r"line 2: not a JSON object"),
        ("[1, 2]", "row 1: not an object"),
        ("[]", "no row"),
        ('[{"a": 1},\n{"a" 2}]', "line 2: not sound JSON"),
        ('{"a":' * 100_000, "not sound JSON"),
        ("", "empty"),
    ],
)
def test_refused(tmp_path, text, match):
    with pytest.raises(DataError, match=match):
        load(tmp_path, text)
