"""The cache: whole entries or none, under a size, for several processes at once."""

import json
import os
import subprocess
import sys
import time

import pytest

from deepen.data.cache import Cache, key_of
from deepen.errors import FolderError, SettingError

MINUTES_AGO = 3600


def writing(content=b"x" * 1000):
    return lambda stage: (stage / "data").write_bytes(content)


def age(path, seconds):
    then = time.time() - seconds
    os.utime(path, (then, then))


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


# -- keys


def test_keys_follow_from_content_and_from_nothing_else():
    assert key_of("a", {"x": 1, "y": [2]}) == key_of("a", {"y": [2], "x": 1})
    different = [
        *(key_of(part) for part in ("a", "b", "ab", {"x": 1}, {"x": 2}, b"a\0b", b"", None, 1, "1")),
        *(key_of(*parts) for parts in ((), ("a", "b"), ("b", "a"), (b"ab", b""), (b"a", b"b"))),
    ]
    assert len(set(different)) == len(different)
    assert all(len(key) == 32 and key.isalnum() for key in different)


# -- entries


def test_what_was_made_is_found_and_not_made_again(cache):
    assert cache.find("k") is None
    made = cache.make("k", writing(b"content"))
    assert cache.find("k") == made
    again = cache.make("k", lambda stage: pytest.fail("it was there"))
    assert (again / "data").read_bytes() == b"content"
    assert cache.size() == 7


def test_an_interrupted_write_leaves_nothing(cache):
    def interrupted(stage):
        (stage / "data").write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.make("k", interrupted)
    assert cache.find("k") is None
    assert list(cache.folder.iterdir()) == []


@pytest.mark.parametrize(
    "damage", ["truncated", "removed", "no manifest", "manifest is no JSON", "another's"]
)
def test_a_damaged_entry_is_made_again(cache, damage):
    path = cache.make("k", writing())
    manifest = path / "manifest.json"
    if damage == "truncated":
        (path / "data").write_bytes(b"x")
    elif damage == "removed":
        (path / "data").unlink()
    elif damage == "no manifest":
        manifest.unlink()
    elif damage == "manifest is no JSON":
        manifest.write_text("{")
    else:
        manifest.write_text(json.dumps({"deepen": "model", "files": {}}))
    assert cache.find("k") is None
    assert (cache.make("k", writing(b"new")) / "data").read_bytes() == b"new"
    assert [p.name for p in cache.folder.iterdir()] == ["k"]


# -- the size


def test_above_the_cap_the_ones_longest_unused_go(tmp_path):
    cache = Cache(tmp_path, most_bytes=3500)
    for number in range(3):
        age(cache.make(f"k{number}", writing()), MINUTES_AGO - number)
    assert cache.find("k0") is not None  # which makes it the one used last
    cache.make("k3", writing(), need=1000)
    assert [cache.find(f"k{n}") is not None for n in range(4)] == [True, False, True, True]
    assert cache.size() == 3000


def test_shrink_names_what_it_removed_and_keeps_what_is_asked(tmp_path):
    for number in range(3):
        age(Cache(tmp_path).make(f"k{number}", writing()), MINUTES_AGO - number)
    small = Cache(tmp_path, most_bytes=1)
    assert small.shrink(keep="k0") == ["k1", "k2"]
    assert small.find("k0") is not None


def test_what_was_used_just_now_is_never_removed(tmp_path):
    cache = Cache(tmp_path, most_bytes=1)
    cache.make("k0", writing())
    cache.make("k1", writing())
    assert cache.shrink(10**6) == []


def test_the_cache_leaves_half_of_the_free_space(tmp_path, monkeypatch):
    cache = Cache(tmp_path)
    age(cache.make("k0", writing()), MINUTES_AGO)
    usage = type("Usage", (), {"free": 500})
    monkeypatch.setattr("deepen.data.cache.shutil.disk_usage", lambda path: usage)
    assert cache.shrink(100) == []
    assert cache.shrink(400) == ["k0"]


def test_room_is_made_before_space_is_asked_for(tmp_path, monkeypatch):
    cache = Cache(tmp_path, most_bytes=1500)
    age(cache.make("k0", writing()), MINUTES_AGO)
    asked = []
    monkeypatch.setattr(
        "deepen.data.cache.folders.check_writable", lambda path, need: asked.append(cache.size())
    )
    cache.make("k1", writing(), need=1000)
    assert asked == [0]


def test_too_little_space_is_an_error_before_the_work(cache):
    with pytest.raises(FolderError, match="too little space"):
        cache.make("k", lambda stage: pytest.fail("it should not begin"), need=10**18)


def test_what_is_being_written_or_removed_does_not_count(cache):
    cache.make("k", writing())
    (cache.folder / "k").rename(cache.folder / ".k.stage-1-abcd")
    assert cache.size() == 0
    assert cache.shrink(10**18) == []
    assert (cache.folder / ".k.stage-1-abcd").exists()


def test_other_folders_beside_the_entries_are_left_alone(cache):
    place = cache.archives()
    (place / "file").write_text("kept")
    assert cache.shrink(10**18) == []
    assert (place / "file").read_text() == "kept"


# -- settings


def test_the_folder_and_the_cap_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPEN_CACHE", str(tmp_path / "named"))
    monkeypatch.setenv("DEEPEN_CACHE_GB", "0.5")
    assert Cache().folder == tmp_path / "named"
    assert Cache().most_bytes == 2**29
    monkeypatch.delenv("DEEPEN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("DEEPEN_CACHE_GB", "")
    assert Cache().folder == tmp_path / "deepen"
    assert Cache().most_bytes > 2**30


@pytest.mark.parametrize("given", ["much", "inf", "nan"])
def test_a_cap_that_is_no_number_is_refused(given, monkeypatch, tmp_path):
    monkeypatch.setenv("DEEPEN_CACHE_GB", given)
    with pytest.raises(SettingError, match="DEEPEN_CACHE_GB"):
        Cache(tmp_path)


def test_making_a_cache_object_writes_nothing(tmp_path):
    cache = Cache(tmp_path / "cache")
    assert cache.size() == 0
    assert cache.shrink(10**18) == []
    assert not cache.folder.exists()


# -- several processes

WORK = """
import sys, time
from pathlib import Path
from deepen.data.cache import Cache
cache, me = Cache(Path(sys.argv[1])), sys.argv[2]
for number in range(20):
    def write(stage):
        (stage / "data").write_bytes(b"%d" % number * 1000)
        (stage / "more").write_bytes(me.encode())
    path = cache.make(f"k{number}", write)
    assert (path / "data").read_bytes() == b"%d" % number * 1000
"""


def test_two_processes_at_once_both_find_whole_entries(tmp_path):
    workers = [
        subprocess.Popen([sys.executable, "-c", WORK, str(tmp_path), name], stderr=subprocess.PIPE)
        for name in "ab"
    ]
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors.decode()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"k{n}" for n in range(20))


def test_an_entry_that_another_process_made_meanwhile_is_kept(cache):
    def write(stage):
        Cache(cache.folder).make("k", writing(b"theirs"))
        (stage / "data").write_bytes(b"mine")

    assert (cache.make("k", write) / "data").read_bytes() == b"theirs"
    assert [p.name for p in cache.folder.iterdir()] == ["k"]


# -- what was worked out


def test_what_was_worked_out_is_recalled_and_not_worked_out_again(cache):
    asked = []

    def work():
        asked.append(1)
        return {"accuracy": [0.1 + 0.2, None], "rows": 7}

    first = cache.recall("a" * 32, work)
    assert cache.recall("a" * 32, work) == first == {"accuracy": [0.1 + 0.2, None], "rows": 7}
    assert len(asked) == 1
    cache.recall("b" * 32, work)
    assert len(asked) == 2


def test_what_failed_is_not_recalled(cache):
    with pytest.raises(ZeroDivisionError):
        cache.recall("a" * 32, lambda: 1 / 0)
    assert cache.recall("a" * 32, lambda: 1) == 1


def test_folders_inside_an_unpacked_archive_are_known(cache, tmp_path):
    place = cache.archives() / "pets-0123"
    (place / "train" / "cats").mkdir(parents=True)
    assert cache.unpacked(place) == cache.unpacked(place / "train" / "cats") == place
    for other in (None, tmp_path, cache.folder, cache.archives(), tmp_path / "archives" / "pets-0123"):
        assert cache.unpacked(other) is None
