import errno
import os
from pathlib import Path

import pytest

from deepen.compute.disk import check_writable, flush, named_unwritable
from deepen.errors import FolderError


def test_check_writable_makes_the_parent_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b" / "m")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_too_little_space_is_told_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="too little space is free; allowed: 1,000,000,000,000 MB or more"):
        check_writable(tmp_path / "m", need=10**18)


def test_flush_asks_the_disk_for_files_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda number: asked.append(str(Path(f"/proc/self/fd/{number}").readlink()))
    )
    (tmp_path / "a").write_bytes(b"1")
    for path in (tmp_path / "a", tmp_path):
        flush(path)
    assert asked == [str(tmp_path / "a"), str(tmp_path)]


def test_errors_of_the_system_name_the_place(tmp_path: Path) -> None:
    elsewhere = FileNotFoundError(errno.ENOENT, "No such file or directory", "/elsewhere")
    with (
        pytest.raises(FolderError, match="m: cannot be written .No such file"),
        named_unwritable(tmp_path / "m"),
    ):
        raise elsewhere
    with pytest.raises(FileNotFoundError), named_unwritable(tmp_path / "m", if_in=tmp_path):
        raise elsewhere
