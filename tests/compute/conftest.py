import ctypes
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB, where the system lets us mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "mount") or libc.mount(b"none", bytes(place), b"tmpfs", 0, b"size=3m") != 0:
        pytest.skip("no file system can be mounted here")
    yield place
    libc.umount2(bytes(place), 2)
