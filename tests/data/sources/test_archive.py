"""Archives: the honest ones are read, the hostile ones refused, and nothing is left behind."""

import io
import os
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from deepen.data.sources import archive, read, reading
from deepen.data.sources.unzip import unzip
from deepen.errors import DataError, Stopped

MODES = {"tar": "w", "tar.gz": "w:gz", "tgz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}


def write_zip(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as out:
        for name, data in members.items():
            out.writestr(name, data)
    return path


def write_tar(path, members, mode="w"):
    with tarfile.open(path, mode) as out:
        for name, data in members.items():
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(data)
            out.addfile(info, io.BytesIO(data))
    return path


def special(name, kind, **more):
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in more.items():
        setattr(info, key, value)
    return info


def refused(path, workspace, match):
    with pytest.raises(DataError, match=match) as caught:
        read(path, workspace=workspace)
    assert not workspace.exists() or list(workspace.iterdir()) == [], "something was left behind"
    return caught.value


CLASSES = {
    "pets/cat/1.jpg": b"1",
    "pets/cat/2.jpg": b"22",
    "pets/dog/3.jpg": b"",
    "__MACOSX/pets/cat/._1.jpg": b"x",
}


def check_classes(table):
    assert table["image"].to_pylist() == ["cat/1.jpg", "cat/2.jpg", "dog/3.jpg"]
    assert table["label"].to_pylist() == ["cat", "cat", "dog"]
    assert (table.folder / "cat/2.jpg").read_bytes() == b"22"


def test_zip_of_class_folders(tmp_path):
    table = read(write_zip(tmp_path / "pets.zip", CLASSES), workspace=tmp_path / "work")
    check_classes(table)
    assert table.origin == "pets.zip"
    assert not list((tmp_path / "work").rglob("*MACOSX*"))


@pytest.mark.parametrize("suffix", MODES)
def test_tar_of_class_folders(tmp_path, suffix):
    check_classes(
        read(write_tar(tmp_path / f"pets.{suffix}", CLASSES, MODES[suffix]), workspace=tmp_path / "work")
    )


def test_the_single_table_in_an_archive(tmp_path):
    table = read(
        write_zip(tmp_path / "t.zip", {"t.csv": "a,b\n1,2\n", "README": "hello"}), workspace=tmp_path / "w"
    )
    assert table.names == ("a", "b")


def test_without_a_workspace_a_temporary_folder_is_used(tmp_path):
    check_classes(read(write_zip(tmp_path / "pets.zip", CLASSES)))


def test_an_archive_is_unpacked_once(tmp_path, monkeypatch):
    path = write_zip(tmp_path / "pets.zip", CLASSES)
    first = read(path, workspace=tmp_path / "work").folder
    unpacked = []
    monkeypatch.setattr(reading, "unzip", lambda *given: unpacked.append(given) or unzip(*given))
    assert read(path, workspace=tmp_path / "work").folder == first
    assert not unpacked
    os.utime(path, ns=(1, 1))
    assert read(path, workspace=tmp_path / "work").folder != first
    assert unpacked


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../evil.jpg", "climbs out"),
        ("a/../../evil.jpg", "climbs out"),
        ("..\\evil.jpg", "climbs out"),
        ("/etc/evil.jpg", "absolute"),
        ("\\evil.jpg", "absolute"),
        ("C:\\evil.jpg", "drive"),
        ("c:evil.jpg", "drive"),
    ],
)
def test_names_that_lead_elsewhere(tmp_path, name, why):
    box = tmp_path / "box"
    box.mkdir()
    members = {"ok/1.jpg": b"1", name: b"2"}
    refused(write_zip(box / "a.zip", members), tmp_path / "work", why)
    refused(write_tar(box / "a.tar", members), tmp_path / "work", why)
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file()) == ["a.tar", "a.zip"]


@pytest.mark.parametrize(
    ("info", "why"),
    [
        (special("a/1.jpg", tarfile.SYMTYPE, linkname="/etc/passwd"), "link"),
        (special("a", tarfile.SYMTYPE, linkname="/tmp"), "link"),
        (special("a/1.jpg", tarfile.LNKTYPE, linkname="/etc/passwd"), "link"),
        (special("a/null.jpg", tarfile.CHRTYPE, devmajor=1, devminor=3), "device"),
        (special("a/disk.jpg", tarfile.BLKTYPE, devmajor=8), "device"),
        (special("a/pipe.jpg", tarfile.FIFOTYPE), "device"),
    ],
)
def test_links_and_devices_in_a_tar(tmp_path, info, why):
    refused(write_tar(tmp_path / "a.tar", {info: b""}), tmp_path / "work", why)


@pytest.mark.parametrize(
    ("kind", "why"), [(stat.S_IFLNK, "link"), (stat.S_IFCHR, "device"), (stat.S_IFIFO, "device")]
)
def test_links_and_devices_in_a_zip(tmp_path, kind, why):
    info = zipfile.ZipInfo("a/1.jpg")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as out:
        out.writestr(info, "/etc/passwd")
    refused(tmp_path / "a.zip", tmp_path / "work", why)


def test_a_member_that_expands_a_thousandfold(tmp_path):
    bomb = {"a/1.jpg": bytes(8 << 20)}
    path = write_zip(tmp_path / "a.zip", bomb, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    refused(path, tmp_path / "work", "1000-fold")
    refused(write_tar(tmp_path / "a.tar.xz", bomb, "w:xz"), tmp_path / "work", "1000-fold")


def test_a_bomb_beside_a_large_photograph(tmp_path):
    """The archive as a whole does not expand much: only the member tells."""
    bomb = {"a/1.jpg": os.urandom(100_000), "a/2.jpg": bytes(8 << 20)}
    path = write_zip(tmp_path / "a.zip", bomb, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    refused(path, tmp_path / "work", "'a/2.jpg' expands more")


def test_an_archive_that_expands_a_thousandfold_in_small_members(tmp_path):
    members = {f"a/{i}.jpg": bytes(100_000) for i in range(100)}
    refused(write_tar(tmp_path / "a.tar.bz2", members, "w:bz2"), tmp_path / "work", "the archive expand")


def test_bytes_are_counted_and_not_believed(tmp_path):
    """A header that claims fewer bytes than there are gets the member no further than the claim."""
    path = write_zip(tmp_path / "a.zip", {"a/1.jpg": b"x" * 5000}, compression=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    refused(path, tmp_path / "work", "damaged")


def test_the_limit_on_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    members = {"a/1.jpg": os.urandom(600), "a/2.jpg": os.urandom(600)}
    refused(write_zip(tmp_path / "a.zip", members), tmp_path / "work", "larger than")
    refused(write_tar(tmp_path / "a.tar", members), tmp_path / "work", "larger than")


def test_the_limit_counts_what_comes(tmp_path):
    unpacking = archive.Unpacking(tmp_path, "a.zip", 1 << 20, 1000, archive.Options())
    with pytest.raises(DataError, match="larger than"):
        unpacking.write("a.jpg", io.BytesIO(bytes(5000)), size=10)


class Unreadable(io.BytesIO):
    def read(self, size=-1):
        raise AssertionError("was read")


def test_a_claim_over_the_limit_is_refused_unread(tmp_path):
    unpacking = archive.Unpacking(tmp_path, "a.zip", 1 << 20, 1000, archive.Options())
    with pytest.raises(DataError, match="larger than"):
        unpacking.write("a.jpg", Unreadable(), size=5000)


def test_fewer_bytes_than_claimed(tmp_path):
    unpacking = archive.Unpacking(tmp_path, "a.zip", 1 << 20, 1000, archive.Options())
    with pytest.raises(DataError, match="cut short"):
        unpacking.write("a.jpg", io.BytesIO(b"123"), size=4)


def test_a_full_disk_is_said_before(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "_SPARE_DISK", 1 << 60)
    error = refused(write_zip(tmp_path / "a.zip", {"a/1.jpg": b"1"}), tmp_path / "work", "room on the disk")
    assert "a.zip" in str(error)


@pytest.mark.parametrize("twin", ["a/1.jpg", "a/1.JPG", "A/1.jpg", "./a//1.jpg"])
def test_two_members_of_one_name(tmp_path, twin):
    refused(
        write_tar(tmp_path / "a.tar", {"a/1.jpg": b"1", tarfile.TarInfo(twin): b"2"}), tmp_path / "w", "twice"
    )


def test_a_file_where_a_folder_should_be(tmp_path):
    refused(
        write_tar(tmp_path / "a.tar", {"a": b"1", "a/1.jpg": b"2"}), tmp_path / "work", "cannot be written"
    )


def test_an_encrypted_zip(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a/1.jpg": b"1"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    refused(path, tmp_path / "work", "the member 'a/1.jpg' is encrypted")


@pytest.mark.parametrize("suffix", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_a_damaged_archive(tmp_path, suffix):
    whole = tmp_path / f"whole.{suffix}"
    members = {f"a/{i}.jpg": os.urandom(20_000) for i in range(5)}
    write_zip(whole, members) if suffix == "zip" else write_tar(whole, members, MODES[suffix])
    data = whole.read_bytes()
    (tmp_path / f"cut.{suffix}").write_bytes(data[: len(data) // 2])
    refused(tmp_path / f"cut.{suffix}", tmp_path / "work", "damaged")
    (tmp_path / f"junk.{suffix}").write_bytes(b"this is no archive at all, only text" * 20)
    refused(tmp_path / f"junk.{suffix}", tmp_path / "work", "damaged")


def test_a_flipped_byte_in_a_zip(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"a/1.jpg": b"x" * 1000})
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    refused(path, tmp_path / "work", "damaged")


def test_a_header_of_absurd_size(tmp_path):
    """tarfile would read a long name as a whole into memory, whatever its size."""
    long = special("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    refused(
        write_tar(tmp_path / "a.tar", {long: b"a" * (4 << 20), "a/1.jpg": b""}), tmp_path / "work", "absurd"
    )


def test_old_code_page_in_names(tmp_path):
    name = os.fsdecode(b"caf\xe9/1.jpg")
    with tarfile.open(tmp_path / "a.tar", "w", encoding="utf-8", errors="surrogateescape") as out:
        out.addfile(tarfile.TarInfo(name))
        out.addfile(tarfile.TarInfo("tea/2.jpg"))
    assert read(tmp_path / "a.tar", workspace=tmp_path / "work")["label"].to_pylist() == ["café", "tea"]


def test_stop_ends_unpacking_and_leaves_nothing(tmp_path):
    asked = iter([False, False, False])
    for path in (write_zip(tmp_path / "a.zip", CLASSES), write_tar(tmp_path / "a.tar", CLASSES)):
        asked = iter([False, False, False])
        with pytest.raises(Stopped):
            read(path, workspace=tmp_path / "work", stop=lambda asked=asked: next(asked, True))
        assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("suffix", ["zip", "tar"])
def test_recordings_right_inside_a_folder_of_an_archive(tmp_path, suffix):
    folder = tmp_path / "recordings"
    folder.mkdir()
    for name in ("7_theo_3.wav", "0_ann_1.wav"):
        (folder / name).write_bytes(b"x")
    path = shutil.make_archive(str(tmp_path / "digits"), suffix, tmp_path, "recordings")
    table = read(Path(path), workspace=tmp_path / "unpacked")
    assert table["audio"].to_pylist() == ["recordings/0_ann_1.wav", "recordings/7_theo_3.wav"]
    assert all((table.folder / name).is_file() for name in table["audio"].to_pylist())
