import pytest

from deepen.compute import kept
from deepen.errors import FolderError


def test_what_is_kept_comes_back(tmp_path):
    facts, pictures = {"classes": [{"name": "ä\n", "train": 3}]}, {"b.png": b"2", "a.webp": b"1"}
    kept.save(tmp_path, facts, pictures)
    found = kept.load(tmp_path)
    assert found == (facts, pictures) and list(found[1]) == ["a.webp", "b.png"]


def test_nothing_is_written_of_nothing(tmp_path):
    kept.save(tmp_path, {}, {})
    assert list(tmp_path.iterdir()) == [] and kept.load(tmp_path) == ({}, {})


@pytest.mark.parametrize("words", ["[1]", "{"])
def test_a_damaged_file_is_refused(tmp_path, words):
    (tmp_path / kept.FILE).write_text(words)
    with pytest.raises(FolderError, match="is damaged"):
        kept.load(tmp_path)
