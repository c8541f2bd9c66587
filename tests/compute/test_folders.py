import contextlib
import errno
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from deepen.compute import folders
from deepen.errors import FolderError

KIND = "example"


def save(target: Path, text: str = "hello", size: int = 10) -> None:
    with folders.staged(target, kind=KIND) as stage:
        (stage / "a.txt").write_text(text)
        (stage / "inner").mkdir()
        (stage / "inner" / "b.bin").write_bytes(b"\x07" * size)


def text_in(folder: Path) -> str:
    folders.verify(folder, kind=KIND)
    return (folder / "a.txt").read_text()


def left_beside(target: Path) -> list[str]:
    return sorted(p.name for p in target.parent.iterdir() if p != target)


def dead_pid() -> int:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def test_what_is_staged_stands_whole_under_its_name(tmp_path: Path) -> None:
    target = tmp_path / "new" / "model"
    with folders.staged(target, kind=KIND) as stage:
        (stage / "a.txt").write_text("hello")
        assert not target.exists()
        assert stage.stat().st_dev == target.parent.stat().st_dev
    assert text_in(target) == "hello"
    assert left_beside(target) == []
    manifest = json.loads((target / folders.MANIFEST).read_text())
    digest = hashlib.sha256(b"hello").hexdigest()
    assert manifest == {"deepen": KIND, "files": {"a.txt": {"sha256": digest, "bytes": 5}}}


def test_a_second_save_replaces_the_first(tmp_path: Path) -> None:
    save(tmp_path / "m", "one")
    save(tmp_path / "m", "two")
    assert text_in(tmp_path / "m") == "two"
    assert left_beside(tmp_path / "m") == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError(errno.EIO, "broken")])
def test_a_block_that_raises_leaves_what_stood_there(error: BaseException, tmp_path: Path) -> None:
    save(tmp_path / "m", "one")
    with (
        pytest.raises((ValueError, KeyboardInterrupt, OSError)),
        folders.staged(tmp_path / "m", kind=KIND) as stage,
    ):
        (stage / "a.txt").write_text("half")
        raise error
    assert text_in(tmp_path / "m") == "one"
    assert left_beside(tmp_path / "m") == []


def test_an_error_of_reading_elsewhere_passes_unchanged(tmp_path: Path) -> None:
    elsewhere = tmp_path / "photo.jpg"
    for error in (
        FileNotFoundError(errno.ENOENT, "No such file or directory", str(elsewhere)),
        PermissionError(errno.EACCES, "Permission denied", str(tmp_path / ".m.stage-1-x" / "a")),
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
        OSError("image file is truncated"),
    ):
        with pytest.raises(OSError) as found, folders.staged(tmp_path / "m", kind=KIND):
            raise error
        assert found.value is error
        assert left_beside(tmp_path / "m") == []
    with pytest.raises(FileNotFoundError), folders.staged(tmp_path / "m", kind=KIND):
        elsewhere.read_bytes()


def test_an_error_of_writing_to_the_stage_is_named(tmp_path: Path) -> None:
    for what in (
        lambda stage: (stage / "missing" / "a.txt").write_text(""),
        lambda stage: (stage / "a.txt").rename(stage / "b.txt"),
        lambda stage: (stage.parent / "nothing").rename(stage / "b.txt"),
        lambda _: (_ for _ in ()).throw(OSError(errno.EDQUOT, "Disk quota exceeded")),
    ):
        with (
            pytest.raises(FolderError, match="m: cannot be written .*Free space there"),
            folders.staged(tmp_path / "m", kind=KIND) as stage,
        ):
            what(stage)


def test_a_library_that_does_not_say_what_is_wrong_with_a_full_disk(small_disk: Path) -> None:
    with (
        pytest.raises(FolderError, match="cannot be written .*requested and .*written"),
        folders.staged(small_disk / "m", kind=KIND) as stage,
    ):
        np.save(stage / "a.npy", np.zeros(1_000_000))


def test_the_disk_has_every_file_before_the_name_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rename may reach the disk before the bytes do, unless those are flushed first."""
    flushed: set[str] = set()
    renamed: list[set[str]] = []
    fsync, rename = os.fsync, Path.rename

    def note_fsync(descriptor: int) -> None:
        flushed.add(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    def note_rename(self: Path, target: Path) -> Path:
        renamed.append(set(flushed))
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "rename", note_rename)
    save(tmp_path / "m")
    (before,) = renamed
    assert {"a.txt", "b.bin", "inner", folders.MANIFEST} < before
    assert tmp_path.name in flushed - before


def _child_saves_for_ever(target: Path, size: int) -> NoReturn:
    try:
        for version in range(1, 100_000):
            data = bytes([version % 256]) * size
            with folders.staged(target, kind=KIND) as stage:
                for name in "abc":
                    (stage / name).write_bytes(data)
    finally:
        os._exit(1)


def test_twenty_of_twenty_killed_saves_leave_a_folder_that_loads(tmp_path: Path) -> None:
    target, rng = tmp_path / "m", random.Random(0)
    with folders.staged(target, kind=KIND) as stage:
        for name in "abc":
            (stage / name).write_bytes(b"\0" * 1_000_000)
    caught_at_work = 0
    for _ in range(20):
        before, pid = target.stat().st_ino, os.fork()
        if not pid:
            _child_saves_for_ever(target, 1_000_000)
        with contextlib.suppress(FileNotFoundError):  # it may stand between the two renames
            while target.stat().st_ino == before:
                time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.05))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        folders.verify(target, kind=KIND)
        assert len({(target / name).read_bytes() for name in "abc"}) == 1
        caught_at_work += left_beside(target) != []
    assert caught_at_work > 5, "most must have been killed in the middle of a save"
    save(target)
    assert left_beside(target) == [], "what the killed ones left is swept by the next save"


def test_a_crash_between_the_two_renames_is_mended_by_the_next_reader(tmp_path: Path) -> None:
    save(tmp_path / "m", "one")
    (tmp_path / "m").rename(tmp_path / ".m.before")
    assert text_in(tmp_path / "m") == "one"
    (tmp_path / "m").rename(tmp_path / ".m.before")
    save(tmp_path / "m", "two")
    assert text_in(tmp_path / "m") == "two"
    assert left_beside(tmp_path / "m") == []


def test_a_second_rename_that_fails_puts_the_first_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "m", "one")
    rename = Path.rename

    def fail_for_stages(self: Path, target: Path) -> Path:
        if ".stage-" in self.name:
            raise OSError(errno.EIO, "broken")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail_for_stages)
        with pytest.raises(FolderError, match="broken"):
            save(tmp_path / "m", "two")
    assert (tmp_path / "m").is_dir()
    assert text_in(tmp_path / "m") == "one"


def test_stages_of_the_dead_are_swept_and_those_of_the_living_are_not(tmp_path: Path) -> None:
    dead, alive = (tmp_path / f".m[1].stage-{pid}-00000000" for pid in (dead_pid(), os.getppid()))
    other = tmp_path / f".n.stage-{dead_pid()}-00000000"
    for stage in (dead, alive, other):
        stage.mkdir()
        (stage / "half").write_text("")
    save(tmp_path / "m[1]")
    assert (dead.exists(), alive.exists(), other.exists()) == (False, True, True)


def test_a_full_disk_leaves_what_stood_there(small_disk: Path) -> None:
    save(small_disk / "m", "one", size=1_000_000)
    with pytest.raises(FolderError, match=r"m: cannot be written .No space left on device.*Free space"):
        save(small_disk / "m", "two", size=5_000_000)
    assert text_in(small_disk / "m") == "one"
    assert left_beside(small_disk / "m") == []
    with pytest.raises(FolderError, match="too little space is free; allowed: 10 MB or more; came: 2 MB"):
        folders.check_writable(small_disk / "n", need=10_000_000)


def test_a_disk_that_fails_while_flushing_leaves_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    save(tmp_path / "m", "one")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(FolderError, match="No space left"):
            save(tmp_path / "m", "two")
        with pytest.raises(FolderError, match="No space left"):
            folders.check_writable(tmp_path / "m")
    assert text_in(tmp_path / "m") == "one"


def test_a_place_that_cannot_be_written_is_told_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "m", tmp_path / "file" / "deeper" / "m", Path("/proc/m")):
        with pytest.raises(FolderError, match="cannot be written"):
            folders.check_writable(place)
        with pytest.raises(FolderError, match="cannot be written"):
            save(place)
    assert (tmp_path / "file").read_text() == ""


def test_what_deepen_did_not_write_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    (tmp_path / "file").write_text("a letter")
    for name in ("mine", "file"):
        with pytest.raises(FolderError, match="stands in the way: deepen did not write it"):
            save(tmp_path / name)
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"
    assert (tmp_path / "file").read_text() == "a letter"
    (tmp_path / "empty").mkdir()
    save(tmp_path / "empty")
    assert text_in(tmp_path / "empty") == "hello"


def test_what_came_to_stand_there_meanwhile_can_be_left(tmp_path: Path) -> None:
    with folders.staged(tmp_path / "m", kind=KIND, replace=False) as stage:
        (stage / "a.txt").write_text("first")
    with (
        pytest.raises(FolderError, match="cannot be written"),
        folders.staged(tmp_path / "m", kind=KIND, replace=False) as stage,
    ):
        (stage / "a.txt").write_text("second")
    assert text_in(tmp_path / "m") == "first"
    assert left_beside(tmp_path / "m") == []


DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 2]),
    "empty": lambda p: p.write_bytes(b""),
    "longer": lambda p: p.write_bytes(p.read_bytes() + b"x"),
    "altered": lambda p: p.write_bytes(bytes([p.read_bytes()[0] ^ 1]) + p.read_bytes()[1:]),
    "deleted": lambda p: p.unlink(),
}


@pytest.mark.parametrize("name", ["a.txt", "inner/b.bin"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_and_the_file_named(damage: str, name: str, tmp_path: Path) -> None:
    save(tmp_path / "m")
    DAMAGES[damage](tmp_path / "m" / name)
    with pytest.raises(FolderError) as error:
        folders.verify(tmp_path / "m", kind=KIND)
    assert str(error.value).startswith(f"{tmp_path / 'm' / name}: is ")
    if damage != "altered":
        with pytest.raises(FolderError, match=name):
            folders.verify(tmp_path / "m", kind=KIND, contents=False)


def test_what_is_free_may_change_and_the_rest_may_not(tmp_path: Path) -> None:
    with folders.staged(tmp_path / "m", kind=KIND, free=("*.png",)) as stage:
        for name in ("a.png", "b.png", "c.json"):
            (stage / name).write_bytes(b"written")
    (tmp_path / "m" / "a.png").write_bytes(b"edited")
    (tmp_path / "m" / "b.png").unlink()
    folders.verify(tmp_path / "m", kind=KIND)
    (tmp_path / "m" / "c.json").write_bytes(b"edited")
    with pytest.raises(FolderError, match=r"c\.json"):
        folders.verify(tmp_path / "m", kind=KIND)


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    """Also those in the manifest, unless they leave its meaning as it was."""
    save(tmp_path / "m")
    whole = json.loads((tmp_path / "m" / folders.MANIFEST).read_text())
    rng = random.Random(0)
    for path in sorted(p for p in (tmp_path / "m").rglob("*") if p.is_file()):
        data = path.read_bytes()
        for at in range(len(data)) if len(data) < 1000 else rng.sample(range(len(data)), 1000):
            path.write_bytes(data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :])
            try:
                folders.verify(tmp_path / "m", kind=KIND)
            except FolderError:
                continue
            assert path.name == folders.MANIFEST
            assert json.loads(path.read_text()) == whole
        path.write_bytes(data)
    folders.verify(tmp_path / "m", kind=KIND)


def test_other_folders_are_told_from_ours(tmp_path: Path) -> None:
    save(tmp_path / "m")
    with pytest.raises(FolderError, match="holds a example, not a model"):
        folders.verify(tmp_path / "m", kind="model")
    with pytest.raises(FolderError, match="nowhere: no such folder"):
        folders.verify(tmp_path / "nowhere", kind=KIND)
    (tmp_path / "other").mkdir()
    with pytest.raises(FolderError, match=r"not a folder that deepen wrote: it holds no manifest\.json"):
        folders.verify(tmp_path / "other", kind=KIND)
    for text in ("[]", '{"files": {}}', '{"deepen": "x", "files": []}', '{"deepen": "x", "files": {"a": 1}}'):
        (tmp_path / "other" / folders.MANIFEST).write_text(text)
        with pytest.raises(FolderError, match="is not one of deepen's"):
            folders.read_manifest(tmp_path / "other")


def test_remove_takes_the_name_away_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path / "m")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_a, **_k: None)  # killed before the files are gone
        folders.remove(tmp_path / "m")
    assert not (tmp_path / "m").exists()
    folders.remove(tmp_path / "m")
    save(tmp_path / "m")


def test_folders_need_no_torch() -> None:
    code = "import sys, deepen.compute.folders; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
