"""One array for each input: in memory, or once for all in the cache, with what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from deepen.data.cache import Cache
from deepen.data.encoding import Encoding


@dataclass
class Doubles:
    """A kind whose rows are numbers, stored as pairs; those below zero cannot be read."""

    times: int = 2
    given: np.ndarray | None = None
    encoded: list[int] = field(default_factory=list)

    @property
    def stored(self) -> tuple[str, tuple[int, ...]]:
        return "float32", (2,)

    @property
    def encoding(self) -> dict[str, Any]:
        return {"kind": "doubles", "times": self.times}

    def ready(self, opened: Any) -> np.ndarray | None:
        return self.given

    def encode_into(
        self, opened: Any, out: np.ndarray, *, workers: int, stop: Any, progress: Any
    ) -> dict[int, str]:
        assert not out.any(), "it is zero before"
        bad = {}
        for row, value in enumerate(opened):
            if stop():
                break
            self.encoded.append(row)
            if value < 0:
                bad[row] = f"row {row}: below zero"
            else:
                out[row] = value, self.times * value
            progress(row + 1, len(opened))
        return bad


def make(kind, rows=(1, -1, 3), cache=None, name="numbers x", content=b"", stop=lambda: False, told=None):
    progress = (lambda *_: None) if told is None else (lambda done, of: told.append((done, of)))
    return Encoding(kind, rows, 1, stop, progress).make(cache, name, content)


WANTED = [[1, 2], [0, 0], [3, 6]]


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def test_in_memory_and_in_the_cache_it_is_the_same(cache):
    told: list[tuple[int, int]] = []
    for place in (None, cache):
        array, bad = make(Doubles(), cache=place, told=told)
        assert (array.tolist(), array.dtype, bad) == (WANTED, np.float32, {1: "row 1: below zero"})
        assert isinstance(array, np.memmap) == (place is not None)
    assert told == [(1, 3), (2, 3), (3, 3)] * 2


def test_a_second_time_it_is_read_and_not_encoded_and_nobody_can_write_into_it(cache):
    make(Doubles(), cache=cache)
    again = Doubles()
    array, bad = make(again, cache=cache)
    assert (array.tolist(), bad, again.encoded) == (WANTED, {1: "row 1: below zero"}, [])
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 7


@pytest.mark.parametrize(
    "other",
    [{"content": b"other"}, {"name": "numbers y"}, {"kind": Doubles(times=3)}, {"rows": (1, -1, 3, 4)}],
    ids=["content", "name", "settings", "rows"],
)
def test_what_decides_the_array_decides_its_place(cache, other):
    make(Doubles(), cache=cache)
    kind = other.get("kind", Doubles())
    array, _ = make(**{"kind": kind, **other}, cache=cache)
    assert kind.encoded and array[0].tolist() == [1, kind.times]
    assert len(list(cache.folder.iterdir())) == 2


def test_what_stands_in_memory_already_is_not_copied(cache):
    array = np.ones((3, 2), dtype=np.float32)
    found, bad = make(Doubles(given=array), cache=cache)
    assert found is array and bad == {} and not cache.folder.exists()


def test_what_is_stopped_half_way_leaves_nothing_in_the_cache_and_is_done_anew(cache):
    asked = []
    array, bad = make(Doubles(), cache=cache, stop=lambda: asked.append(1) or len(asked) > 1)
    assert (array.shape, bad) == ((0, 2), {})
    assert not [p for p in cache.folder.glob("*") if p.is_dir()]
    assert make(Doubles(), cache=cache)[0].tolist() == WANTED


def test_a_failure_leaves_nothing_in_the_cache(cache):
    class Fails(Doubles):
        def encode_into(self, *_: Any, **__: Any) -> dict[int, str]:
            raise OSError("the disk has gone")

    with pytest.raises(OSError, match="the disk has gone"):
        make(Fails(), cache=cache)
    assert not [p for p in cache.folder.glob("*") if p.is_dir()]


def test_no_rows_are_no_trouble():
    array, bad = make(Doubles(), rows=())
    assert (array.shape, bad) == ((0, 2), {})
