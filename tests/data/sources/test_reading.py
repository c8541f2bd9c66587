"""Which reader gets which source, and what is said when none does."""

import subprocess
import sys

import pytest

from deepen.data.sources import read
from deepen.data.sources.files import seen_in
from deepen.errors import DataError, Stopped


def test_a_missing_path_gets_the_nearest_name(tmp_path):
    (tmp_path / "patients.csv").touch()
    with pytest.raises(DataError, match=r"no such file or folder\. Did you mean 'patients\.csv'"):
        read(tmp_path / "patient.csv")
    with pytest.raises(DataError, match="nor the folder"):
        read(tmp_path / "nowhere" / "patients.csv")
    with pytest.raises(DataError):
        read("a\x00b")
    with pytest.raises(DataError):
        read("x" * 5000)


@pytest.mark.parametrize("source", [3, None, object(), {1, 2}, lambda: 3, iter([1])])
def test_what_cannot_be_read_says_what_can(source):
    with pytest.raises(DataError, match="a path to a folder, an archive"):
        read(source)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("a.h5", "h5py"),
        ("a.xlsx", "CSV"),
        ("a.pkl", "pickle"),
        ("a.pt", "tensors"),
        ("a.7z", "Unpack"),
        ("b.zst", "Unpack"),
    ],
)
def test_formats_that_are_not_read_say_what_to_do(tmp_path, name, advice):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match=advice):
        read(tmp_path / name)


def test_an_unknown_extension_is_told_by_its_bytes(tmp_path):
    (tmp_path / "iris.test").write_text("5.1,a\n4.9,b\n")
    assert read(tmp_path / "iris.test").names == ("c1", "c2")
    (tmp_path / "picture").write_bytes(b"\xff\xd8\xff\xe0")
    assert read(tmp_path / "picture")["image"].to_pylist() == ["picture"]
    (tmp_path / "paper").write_bytes(b"%PDF-1.4")
    with pytest.raises(DataError, match="not read"):
        read(tmp_path / "paper")


def test_single_images_and_lists_of_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("1.jpg", "2.png"):
        (tmp_path / name).touch()
    one = read(tmp_path / "1.jpg")
    assert (one["image"].to_pylist(), one.folder, one.target) == (["1.jpg"], tmp_path, None)
    two = read(["1.jpg", tmp_path / "2.png"])
    assert [(two.folder / name).name for name in two["image"].to_pylist()] == ["1.jpg", "2.png"]
    assert all((two.folder / name).is_file() for name in two["image"].to_pylist())
    assert read(["1.jpg", "2.png"], ["a", "b"])["target"].to_pylist() == ["a", "b"]
    with pytest.raises(DataError, match=r"Did you mean '1\.jpg'"):
        read(["1.jpeg"])


def test_a_list_of_texts_is_a_column():
    assert read(["good film", "bad film"])["x1"].to_pylist() == ["good film", "bad film"]


def test_a_list_of_dictionaries_is_a_table():
    assert read([{"a": 1}, {"b": 2}])["b"].to_pylist() == [None, 2]


def test_a_target_has_to_be_there(tmp_path):
    (tmp_path / "t.csv").write_text("age,outcome\n1,2\n")
    with pytest.raises(DataError, match="Did you mean 'outcome'"):
        read(tmp_path / "t.csv", target="outcom")


def test_stop(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Stopped):
        read(tmp_path / "t.csv", stop=lambda: True)


def test_the_import_is_light():
    code = "import sys, deepen.data.sources; print({'torch', 'pandas', 'PIL', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


WAV = b"RIFF\x00\x00\x00\x00WAVEfmt "


def test_one_recording(tmp_path):
    (tmp_path / "a.flac").write_bytes(b"fLaC")
    (tmp_path / "nameless").write_bytes(WAV)
    assert read(tmp_path / "a.flac")["audio"].to_pylist() == ["a.flac"]
    assert read(tmp_path / "nameless")["audio"].to_pylist() == ["nameless"]


def test_a_list_of_recordings(tmp_path):
    for name in ("a.wav", "b.MP3", "nameless"):
        (tmp_path / name).write_bytes(WAV)
    paths = [tmp_path / "a.wav", tmp_path / "b.MP3"]
    assert read([str(p) for p in paths])["audio"].to_pylist() == [p.as_posix() for p in paths]
    assert read([*paths, tmp_path / "nameless"], ["x", "y", "x"]).names == ("audio", "target")


def test_pictures_and_recordings_in_one_list_are_refused(tmp_path):
    for name in ("a.wav", "b.png"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DataError, match=r"files of two sorts; came: recording a\.wav, image b\.png"):
        read([tmp_path / "a.wav", tmp_path / "b.png"])


@pytest.mark.parametrize(
    ("head", "seen"),
    [
        (WAV, "audio"), (b"RIFF\x00\x00\x00\x00WEBP", "image"), (b"FORM\x00\x00\x00\x00AIFC", "audio"),
        (b"ID3\x04\x00", "audio"), (b"ID3,name\n", ""), (b"\xff\xfb\x90\x00", "audio"), (b"\xff\xe3\x48\xc4", "audio"),
        (b"\xff\xfea\x00,\x00", ""), (b"\xff\xd8\xff\xe0", "image"), (b"\xff\xff\xff\xff", ""),
        (b"\x00\x00\x00 ftypM4A \x00", "other"),
    ],
)  # fmt: skip
def test_what_the_first_bytes_show(head, seen):
    assert seen_in(head)[0] == seen
