import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deepen.compute import folders, numbered
from deepen.compute.folders import MANIFEST

KIND = "example"

DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated": lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 2]),
    "empty": lambda p: p.write_bytes(b""),
    "longer": lambda p: p.write_bytes(p.read_bytes() + b"x"),
    "altered": lambda p: p.write_bytes(bytes([p.read_bytes()[0] ^ 1]) + p.read_bytes()[1:]),
    "deleted": lambda p: p.unlink(),
}


def text_in(folder: Path) -> str:
    folders.verify(folder, kind=KIND)
    return (folder / "a.txt").read_text()


def dead_pid() -> int:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def write_version(number: int) -> Callable[[Path], None]:
    def write(stage: Path) -> None:
        (stage / "a.txt").write_text(str(number))

    return write


def numbers(folder: Path) -> list[int]:
    return sorted(int(p.name) for p in folder.iterdir())


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_the_newest_few_are_kept(keep: int, tmp_path: Path) -> None:
    for number in (5, 20, 100, 1000):
        path = numbered.write_numbered(tmp_path / "c", number, write_version(number), kind=KIND, keep=keep)
    assert numbers(tmp_path / "c") == [5, 20, 100, 1000][-keep:]
    assert numbered.newest(tmp_path / "c", kind=KIND) == (path, [])
    assert text_in(path) == "1000"


def test_none_yet(tmp_path: Path) -> None:
    assert numbered.newest(tmp_path / "nowhere", kind=KIND) == (None, [])
    assert numbered.newest(tmp_path, kind=KIND) == (None, [])


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["a.txt", MANIFEST])
def test_a_damaged_newest_gives_way_to_the_one_before(damage: str, name: str, tmp_path: Path) -> None:
    for number in (1, 2):
        path = numbered.write_numbered(tmp_path, number, write_version(number), kind=KIND)
    DAMAGES[damage](path / name)
    found, damaged = numbered.newest(tmp_path, kind=KIND)
    assert found is not None
    assert text_in(found) == "1"
    assert len(damaged) == 1
    assert str(path) in damaged[0]
    for number in (2, 3):  # who goes on from 1 comes by 2 again
        numbered.write_numbered(tmp_path, number, write_version(number * 11), kind=KIND)
        assert [text_in(tmp_path / f"{n:09d}") for n in numbers(tmp_path)][-1] == str(number * 11)


def test_damaged_ones_of_an_earlier_run_do_not_push_out_the_new(tmp_path: Path) -> None:
    for number in (100, 200):
        path = numbered.write_numbered(tmp_path, number, write_version(number), kind=KIND)
        (path / "a.txt").unlink()
    assert numbered.newest(tmp_path, kind=KIND)[0] is None
    for number in (10, 20):
        path = numbered.write_numbered(tmp_path, number, write_version(number), kind=KIND)
        assert numbered.newest(tmp_path, kind=KIND) == (path, [])
    assert numbers(tmp_path) == [10, 20]


def test_what_killed_runs_left_under_other_numbers_is_swept(tmp_path: Path) -> None:
    (tmp_path / f".000000123.stage-{dead_pid()}-00000000").mkdir()
    numbered.write_numbered(tmp_path, 150, write_version(1), kind=KIND)
    assert [p.name for p in tmp_path.iterdir()] == ["000000150"]


def test_a_numbered_one_whose_replacement_was_killed_is_found(tmp_path: Path) -> None:
    path = numbered.write_numbered(tmp_path, 7, write_version(7), kind=KIND)
    path.rename(tmp_path / ".000000007.before")
    assert numbered.newest(tmp_path, kind=KIND) == (path, [])
