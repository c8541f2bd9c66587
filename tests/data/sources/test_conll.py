"""Files of tokens and tags: every form is read, and a line that is wrong is named."""

import gzip

import pytest

import deepen.data.sources as sources
from deepen.errors import DataError

TOKENS, TAGS = [["EU", "rejects"], ["中文", "👍🏽", "Ja"]], [["B-ORG", "O"], ["O", "O", "B-PER"]]


def load(tmp_path, text, name="s.conll", **options):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return sources.read(path, **options)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.conll", "EU\tB-ORG\nrejects\tO\n\n中文\tO\n👍🏽\tO\nJa\tB-PER\n"),
        ("s.iob", "EU B-ORG\nrejects O\n\n\n\n中文 O\n👍🏽   O\nJa B-PER"),
        ("s.bio", "\n\nEU B-ORG\r\nrejects O\r\n\r\n中文 O\r\n👍🏽 O\r\nJa B-PER\r\n \n"),
        ("s.conll", "# the first one\nEU B-ORG\nrejects O\n\n-DOCSTART- O\n\n中文 O\n👍🏽 O\nJa B-PER\n"),
        ("s.conll.gz", gzip.compress("EU\tB-ORG\nrejects\tO\n\n中文\tO\n👍🏽\tO\nJa\tB-PER\n".encode())),
    ],
)
def test_every_form_gives_the_same_sentences(tmp_path, name, text):
    table = load(tmp_path, text, name)
    assert table.names == ("tokens", "tags")
    assert table["tokens"].to_pylist() == TOKENS
    assert table["tags"].to_pylist() == TAGS
    assert table.target == "tags"


def test_a_sentence_stands_at_the_line_of_its_first_token(tmp_path):
    table = load(tmp_path, "a O\nb O\n\nc O\n")
    assert [table.where(row) for row in (0, 1)] == ["s.conll, line 1", "s.conll, line 4"]


def test_columns_between_keep_their_places_and_a_token_may_hold_blanks(tmp_path):
    table = load(tmp_path, "New York\tNNP\tB-LOC\nis\tVBZ\tO\n")
    assert table.names == ("tokens", "c2", "tags")
    assert table["tokens"].to_pylist() == [["New York", "is"]]
    assert table["c2"].to_pylist() == [["NNP", "VBZ"]]


def test_tokens_alone_have_no_tags(tmp_path):
    table = load(tmp_path, "a\nb\n\nc\n")
    assert table.names == ("tokens",)
    assert table.target is None


def test_a_hash_that_is_a_token_is_no_comment(tmp_path):
    table = load(tmp_path, "# O\ntag O\n\n# a comment of five words\nc O\n")
    assert table["tokens"].to_pylist() == [["#", "tag"], ["c"]]
    assert "1 comments were passed over" in table.notes


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a O\nb O\nc\n", "line 3"),
        ("a O\nb O X\nc O\n", "line 2"),
        ("a\tO\nb\t\nc\tO\n", "line 2"),
        ("\n\n\n", "empty"),
        ("-DOCSTART- O\n", "no token"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path, text, where):
    with pytest.raises(DataError, match=where):
        load(tmp_path, text)


def test_files_named_by_their_part_are_its_parts(tmp_path):
    for name in ("train", "test"):
        (tmp_path / f"{name}.conll").write_text(f"{name} O\n")
    table = sources.read(tmp_path)
    assert table.parts.tolist() == ["train", "test"]
