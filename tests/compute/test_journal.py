from pathlib import Path

import pytest

from deepen.compute.journal import append, read, write_whole
from deepen.errors import FolderError


def test_what_is_added_is_read_in_its_order(tmp_path: Path):
    for k in range(3):
        append(tmp_path / "a.jsonl", {"k": k, "word": "Ω"})
    assert read(tmp_path / "a.jsonl") == [{"k": k, "word": "Ω"} for k in range(3)]
    assert read(tmp_path / "none.jsonl") == []


@pytest.mark.parametrize("torn", [b'{"k": ', b"{", b'{"k": 9}'])
def test_a_torn_end_is_passed_over_and_cut_off(tmp_path: Path, torn: bytes):
    path = tmp_path / "a.jsonl"
    append(path, {"k": 0})
    path.write_bytes(path.read_bytes() + torn)
    assert read(path) == [{"k": 0}]
    append(path, {"k": 1})
    assert read(path) == [{"k": 0}, {"k": 1}]


def test_damage_in_the_middle_is_named(tmp_path: Path):
    (tmp_path / "a.jsonl").write_text('{"k": 0}\nnonsense\n{"k": 1}\n')
    with pytest.raises(FolderError, match=r"line 2"):
        read(tmp_path / "a.jsonl")


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path):
    write_whole(tmp_path / "a", "first")
    write_whole(tmp_path / "a", b"second")
    assert (tmp_path / "a").read_text() == "second"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_place_that_cannot_be_written(tmp_path: Path):
    with pytest.raises(FolderError, match="missing"):
        write_whole(tmp_path / "missing" / "a", "x")
