"""Folders: classes, parts, wrapping folders, tables among images, and what is left out."""

import pytest

from deepen.data.sources import read
from deepen.errors import DataError, Stopped


def fill(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def pairs(table):
    return list(zip(table["image"].to_pylist(), table["label"].to_pylist(), strict=True))


def test_class_folders_nested(tmp_path):
    table = read(fill(tmp_path / "pets", "cat/1.jpg", "cat/old/2.PNG", "dog/3.jpeg"))
    assert pairs(table) == [("cat/1.jpg", "cat"), ("cat/old/2.PNG", "cat"), ("dog/3.jpeg", "dog")]
    assert (table.origin, table.target, table.parts) == ("pets/", "label", None)
    assert table.folder == tmp_path / "pets"


def test_a_wrapping_folder_is_gone_through(tmp_path):
    table = read(fill(tmp_path, "a/b/cat/1.jpg", "a/b/dog/2.jpg", "__MACOSX/a/._x.jpg"))
    assert pairs(table) == [("cat/1.jpg", "cat"), ("dog/2.jpg", "dog")]
    assert table.folder == tmp_path / "a/b"


def test_parts_are_honoured(tmp_path):
    table = read(fill(tmp_path, "Train/cat/1.jpg", "Train/dog/2.jpg", "VAL/cat/3.jpg", "testing/dog/x/4.jpg"))
    found = {
        f: (c, p)
        for f, c, p in zip(
            *map(list, (table["image"].to_pylist(), table["label"].to_pylist(), table.parts)), strict=True
        )
    }
    assert found == {
        "Train/cat/1.jpg": ("cat", "train"),
        "Train/dog/2.jpg": ("dog", "train"),
        "VAL/cat/3.jpg": ("cat", "valid"),
        "testing/dog/x/4.jpg": ("dog", "test"),
    }


def test_a_part_without_classes_is_left_out_and_said(tmp_path):
    table = read(
        fill(tmp_path, "train/cat/1.jpg", "train/dog/2.jpg", "valid/cat/5.jpg", "test/3.jpg", "test/4.jpg")
    )
    assert sorted(set(table.parts)) == ["train", "valid"]
    assert any("2 images" in note and "test/3.jpg" in note for note in table.notes)


def test_one_part_alone_is_no_split(tmp_path):
    table = read(fill(tmp_path, "train/cat/1.jpg", "train/dog/2.jpg"))
    assert table.parts is None
    assert set(table["label"].to_pylist()) == {"cat", "dog"}


def test_one_class_folder_keeps_its_class(tmp_path):
    assert read(fill(tmp_path, "cat/1.jpg", "cat/2.jpg"))["label"].to_pylist() == ["cat", "cat"]


def test_a_flat_folder_has_no_labels(tmp_path):
    table = read(fill(tmp_path, "1.jpg", "2.jpg"))
    assert table.names == ("image",)
    assert table.target is None


def test_hidden_files_are_ignored_and_others_counted(tmp_path):
    names = ("cat/1.jpg", "dog/2.jpg", ".git/3.jpg", "cat/.hidden.jpg", "cat/Thumbs.db", "cat/.DS_Store")
    table = read(fill(tmp_path, *names, "cat/a.txt", "b.PDF", "dog/c.txt"))
    assert len(table) == 2
    assert "left out, not images: 2 .txt, 1 .pdf" in table.notes


def test_loose_images_beside_classes_are_said(tmp_path):
    table = read(fill(tmp_path, "cat/1.jpg", "dog/2.jpg", "loose.jpg"))
    assert len(table) == 2
    assert any("loose.jpg" in note for note in table.notes)


def test_one_table_beside_images_is_the_source(tmp_path):
    fill(tmp_path, "photos/1.jpg", "photos/2.jpg")
    (tmp_path / "list.csv").write_text("file,age\nphotos/1.jpg,3\nphotos/2.jpg,4\n")
    table = read(tmp_path)
    assert table.names == ("file", "age")
    assert (table.folder / table["file"][0].as_py()).is_file()


def test_tables_named_as_parts_are_joined(tmp_path):
    for name, rows in {
        "test.csv": "3,4\n",
        "train-1.csv": "1,2\n",
        "train-2.csv": "5,6\n",
        "dev.csv": "7,8\n",
    }.items():
        (tmp_path / name).write_text("a,b\n" + rows)
    table = read(tmp_path)
    assert table["a"].to_pylist() == ["1", "5", "7", "3"]
    assert table.parts.tolist() == ["train", "train", "valid", "test"]
    assert table.where(3) == "test.csv, line 2"


def test_several_tables_are_refused(tmp_path):
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("a\n1\n")
    with pytest.raises(DataError, match=r"one\.csv, two\.csv"):
        read(tmp_path)


def test_empty_and_foreign_folders(tmp_path):
    (tmp_path / "empty" / "inner").mkdir(parents=True)
    with pytest.raises(DataError, match=r"empty/: the folder is empty"):
        read(tmp_path / "empty")
    with pytest.raises(DataError, match=r"no image, no recording, no text and no table; came: 2 \.doc"):
        read(fill(tmp_path / "docs", "a.doc", "b.doc"))


def test_links_in_a_circle_end(tmp_path):
    fill(tmp_path, "cat/1.jpg", "dog/2.jpg")
    (tmp_path / "cat" / "up").symlink_to(tmp_path)
    assert len(read(tmp_path)) == 2


def test_stop(tmp_path):
    with pytest.raises(Stopped):
        read(fill(tmp_path, "cat/1.jpg"), stop=lambda: True)


# -- recordings


def test_class_folders_of_recordings(tmp_path):
    table = read(fill(tmp_path / "birds", "wren/1.wav", "wren/old/2.FLAC", "robin/3.mp3", "robin/notes.doc"))
    assert table.names == ("audio", "label")
    assert table["audio"].to_pylist() == ["robin/3.mp3", "wren/1.wav", "wren/old/2.FLAC"]
    assert table["label"].to_pylist() == ["robin", "wren", "wren"]
    assert table.notes == ("left out, not recordings: 1 .doc",)


def test_parts_of_recordings_and_strays(tmp_path):
    table = read(fill(tmp_path, "train/a/1.ogg", "train/b/2.ogg", "test/a/3.ogg", "4.ogg"))
    assert table.parts.tolist() == ["test", "train", "train"]
    assert "left out, in no class folder: 1 recordings, such as 4.ogg" in table.notes


def test_a_flat_folder_of_recordings_has_no_label(tmp_path):
    table = read(fill(tmp_path, "7_theo_3.wav", "0_ann_1.wav"))
    assert (table.names, table.target) == (("audio",), None)


def test_of_pictures_and_recordings_the_more_are_taken(tmp_path):
    table = read(fill(tmp_path, "a/1.wav", "b/2.wav", "b/cover.jpg"))
    assert table.names == ("audio", "label")
    assert table.notes == ("left out, not recordings: 1 .jpg",)


def test_a_table_beside_recordings_is_read_with_them(tmp_path):
    fill(tmp_path, "1.wav", "2.wav")
    (tmp_path / "all.csv").write_text("sound,y\n1.wav,a\n2.wav,b\n")
    assert read(tmp_path).names == ("sound", "y")


def test_sounds_of_a_format_that_is_not_read_get_the_way_to_convert_them(tmp_path):
    with pytest.raises(DataError, match=r"came: 2 \.m4a, 1 \.doc\. Convert it: ffmpeg"):
        read(fill(tmp_path, "a/1.m4a", "b/2.m4a", "b/x.doc"))
