"""Text files that may be no tables: each sort is told from the others, and nothing of a text is lost."""

import numpy as np
import pytest

from deepen.data.sources import read
from deepen.errors import DataError

NOVEL = "It was late, and nobody came.\n\nShe waited; the lamp, as ever, smoked.\nNo word.\n" * 20


def put(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("name", ["novel.txt", "novel", "novel.md"])
def test_running_text_is_one_row_as_it_stands(tmp_path, name):
    table = read(put(tmp_path, name, "\n  " + NOVEL))
    assert table.names == ("text",)
    assert table["text"].to_pylist() == ["\n  " + NOVEL]
    assert any("running text" in note for note in table.notes)
    assert table.target is None


def test_line_ends_of_windows_become_plain_ones(tmp_path):
    table = read(put(tmp_path, "a.txt", NOVEL.replace("\n", "\r\n")))
    assert table["text"][0].as_py() == NOVEL


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a\tb\n1\t2\n3\t4\n", 2),
        ("1.5 2 yes\n2.5  3 no\n3.5 4 yes\n", 3),
        ("1;2\n3;4\n", 2),
        ("a,b,c\n" + "1,2,x\n" * 20, 3),
        ("\n".join(f"{i * 0.5}" for i in range(40)), 1),
        ("\n".join(f"-{i}e-3" for i in range(40)), 1),
    ],
)
def test_tables_in_txt_files_stay_tables(tmp_path, text, columns):
    table = read(put(tmp_path, "t.txt", text))
    assert len(table.names) == columns
    assert table.names != ("text",)


def test_told_how_it_is_written_it_is_a_table(tmp_path):
    path = put(tmp_path, "t.txt", NOVEL)
    assert read(path, header=False).names == ("c1",)
    assert len(read(put(tmp_path, "u.txt", "one two\nthree\n" * 20), delimiter="|", header=False)) == 40


@pytest.mark.parametrize("marks", [("0", "1"), ("__label__good", "__label__bad"), ("NUM:date", "LOC:city")])
def test_labelled_lines_are_labels_and_texts(tmp_path, marks):
    rows = [f"{marks[i % 2]} sentence {i}, and so on{' again' * (i % 7)}" for i in range(40)]
    table = read(put(tmp_path, "data.train", "\n".join(rows)))
    assert table.names == ("label", "text")
    assert table.target == "label"
    assert table["label"][1].as_py() == marks[1].removeprefix("__label__")
    assert table["text"][3].as_py() == "sentence 3, and so on again again again"
    assert table.where(2) == "data.train, line 3"


def test_verse_whose_lines_often_begin_alike_is_no_list_of_labels(tmp_path):
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(50)]
    lines = [
        f"{'And' if i % 3 else words[i % 50]} {' '.join(rng.choice(words, 3 + i % 5))}" for i in range(200)
    ]
    assert read(put(tmp_path, "t.txt", "\n".join(lines))).names == ("text",)


def test_a_text_of_few_words_is_no_list_of_labels(tmp_path):
    rng = np.random.default_rng(0)
    lines = [" ".join(rng.choice(["rain", "sun", "wind", "the"], 3 + i % 5)) for i in range(400)]
    assert read(put(tmp_path, "t.txt", "\n".join(lines))).names == ("text",)
    labelled = [f"{'good' if i % 2 else 'bad'} {line}" for i, line in enumerate(lines)]
    assert read(put(tmp_path, "u.txt", "\n".join(labelled))).names == ("label", "text")


def test_a_list_of_names_is_text(tmp_path):
    names = "\n".join(["emma", "olivia", "ava", "isabella", "sophia"] * 10)
    assert read(put(tmp_path, "names.txt", names)).names == ("text",)


def test_a_byte_that_is_not_utf8_is_named_but_another_encoding_is_read(tmp_path):
    good = "".join(
        f"{c}ö war die Größe der Straße.\n{c}y sah Cafés, naïve Gäste und Bögen.\n" for c in "abcdefghijk"
    )
    raw = good.encode()
    path = tmp_path / "bad.txt"
    path.write_bytes(raw[:36] + b"\xff" + raw[36:])
    with pytest.raises(DataError, match=r"bad.txt, byte 36: a byte that is not UTF-8.*came: 0xff"):
        read(path)
    old = put(tmp_path, "old.txt", good, "cp1252")
    assert read(old)["text"][0].as_py() == good


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "empty"),
        (b" \n\n ", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "PNG"),
        (bytes(range(256)) * 40, "binary|NUL"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path, data, match):
    (tmp_path / "x.txt").write_bytes(data)
    with pytest.raises(DataError, match=match):
        read(tmp_path / "x.txt")


def test_a_folder_of_texts_is_a_row_for_each_in_the_order_of_their_names(tmp_path):
    for i in (2, 0, 1):
        put(tmp_path, f"books/{i}.txt", f"Book {i}. " + NOVEL)
    (tmp_path / "books" / "notes.pdf").write_bytes(b"%PDF")
    table = read(tmp_path / "books")
    assert table.names == ("text",)
    assert [t[:7] for t in table["text"].to_pylist()] == ["Book 0.", "Book 1.", "Book 2."]
    assert "left out, not texts: 1 .pdf" in table.notes


def test_class_folders_of_texts_are_texts_with_labels_and_parts(tmp_path):
    for part in ("train", "test"):
        for label in ("pos", "neg"):
            for i in range(3):
                put(tmp_path, f"reviews/{part}/{label}/{i}.txt", f"{label}, film {i}, {part}")
    (tmp_path / "reviews" / "train" / "pos" / "3.txt").write_bytes(b"")
    table = read(tmp_path / "reviews")
    assert table.names == ("text", "label")
    assert table.target == "label"
    assert sorted(set(table.parts)) == ["test", "train"]
    found = dict(zip(table["text"].to_pylist(), table["label"].to_pylist(), strict=True))
    assert found["neg, film 2, test"] == "neg"
    assert found[None] == "pos"


def test_tables_beside_each_other_are_still_refused(tmp_path):
    for name in ("a.txt", "b.txt"):
        put(tmp_path, f"t/{name}", "x\ty\n" + "1\t2\n" * 20)
    with pytest.raises(DataError, match="several tables"):
        read(tmp_path / "t")


def test_parts_of_running_text_stay_parts(tmp_path):
    put(tmp_path, "t/train.txt", NOVEL)
    put(tmp_path, "t/test.txt", NOVEL[:200])
    table = read(tmp_path / "t")
    assert table.names == ("text",)
    assert table.parts.tolist() == ["train", "test"]
