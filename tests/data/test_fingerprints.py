"""The hash of a row: equal for equal content, different for any other."""

import os

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Pillow

from deepen.data.cache import Cache
from deepen.data.fingerprints import rows_of


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


@pytest.fixture
def hashes(cache):
    def of(folder=None, *, stop=lambda: False, progress=lambda done, of: None, **columns):
        given = {}
        for name, column in columns.items():
            kind = "image" if name.startswith("image") else "number"
            given[name] = (
                column if isinstance(column, np.ndarray | pa.ChunkedArray) else chunked(column),
                kind,
            )
        return rows_of(given, folder, cache, workers=2, stop=stop, progress=progress)

    return of


def chunked(values, type=None):
    return pa.chunked_array([pa.array(values, type)])


def photos(folder, count=6):
    for at in range(count):
        pixels = np.random.default_rng(at).integers(0, 255, (8, 8, 3), dtype=np.uint8)
        Pillow.fromarray(pixels).save(folder / f"{at}.png")
    return chunked([f"{at}.png" for at in range(count)])


def test_equal_rows_have_equal_hashes_and_others_others(hashes):
    found = hashes(a=[1, 2, 1, 1], b=["x", "x", "x", "y"])
    assert found.dtype == np.uint64
    assert found[0] == found[2]
    assert len(set(found.tolist())) == 3


@pytest.mark.parametrize("type", [pa.int8(), pa.int64(), pa.uint16(), pa.float32(), pa.float64()])
def test_the_type_of_a_number_does_not_matter(hashes, type):
    assert (hashes(a=chunked([0, 1, 100, 1], type)) == hashes(a=[0.0, 1.0, 100.0, 1.0])).all()


def test_lists_of_numbers_are_hashed_by_what_they_hold(hashes):
    rows = [[1.0, 2.0], [1.0], [], None, [1.0, None], [2.0, 1.0], [1.0, 2.0]]
    found = hashes(a=rows)
    assert len(set(found[:6].tolist())) == 6
    assert found[0] == found[6]
    assert (hashes(a=pa.chunked_array([rows[:3], rows[3:]])) == found).all()
    assert (hashes(a=chunked([[9.0], *rows]).slice(1)) == found).all()
    assert (hashes(a=chunked([[1, 2]], pa.large_list(pa.int8()))) == found[0]).all()
    steps = hashes(
        a=[[[1.0, 2.0]], [[1.0], [2.0]], [[1.0, 2.0], []], [None, [1.0, 2.0]], [[2.0, 1.0]], [[1.0, 2.0]]]
    )
    assert len(set(steps[:5].tolist())) == 5
    assert steps[0] == steps[5]


def test_the_type_of_a_name_and_the_chunks_do_not_matter(hashes):
    plain = hashes(a=["x", None, "y", "x"])
    assert (hashes(a=chunked(["x", None, "y", "x"], pa.large_string())) == plain).all()
    assert (hashes(a=chunked(["x", None, "y", "x"]).dictionary_encode()) == plain).all()
    assert (hashes(a=pa.chunked_array([["x"], [None, "y"], [], ["x"]])) == plain).all()


def test_minus_zero_is_zero_and_every_nan_is_the_same(hashes):
    odd_nan = np.array([0xFFF8000000000001], np.uint64).view(np.float64)[0]
    found = hashes(a=[0.0, -0.0])
    assert found[0] == found[1]
    found = hashes(a=pa.chunked_array([pa.array([None, float("nan"), odd_nan, 0.0])]))
    assert found[0] == found[1] == found[2] != found[3]


def test_missing_is_neither_empty_nor_its_own_word(hashes):
    assert len(set(hashes(a=[None, "", "None", "null"]).tolist())) == 4


def test_whole_numbers_too_large_for_floats_are_told_apart(hashes):
    found = hashes(a=[2**53, 2**53 + 1, 2**62, 2**62 + 1, 2**53])
    assert len(set(found.tolist())) == 4
    assert found[0] == found[4]


def test_the_order_of_columns_does_not_matter_but_their_names_do(hashes):
    one = hashes(a=[1, 2], b=[3, 3])
    assert (one == hashes(b=[3, 3], a=[1, 2])).all()
    assert not (one == hashes(a=[3, 3], b=[1, 2])).any()
    assert hashes(a=[1], b=[2]) != hashes(a=[2], b=[1])
    assert hashes(a=[1]) != hashes(b=[1])


def test_lists_and_structs_are_hashed_by_their_content(hashes):
    found = hashes(a=[["x", "y"], ["x"], ["x", "y"], None])
    assert found[0] == found[2]
    assert len(set(found.tolist())) == 3


def test_no_collision_among_a_hundred_thousand_rows(hashes):
    rng = np.random.default_rng(0)
    columns = {name: rng.integers(0, 100, 100_000) for name in "abcd"}
    columns = {name: chunked(values) for name, values in columns.items()}
    distinct = len(np.unique(np.stack([c.to_numpy() for c in columns.values()], 1), axis=0))
    assert len(np.unique(hashes(**columns))) == distinct


def test_close_numbers_do_not_collide(hashes):
    values = np.nextafter(1.0, 2.0) ** np.arange(10_000)
    assert len(np.unique(hashes(a=chunked(values)))) == len(np.unique(values))


# -- pictures


def test_a_changed_pixel_changes_the_hash(hashes):
    pixels = np.zeros((3, 8, 8), np.uint8)
    pixels[1, 4, 4] = 1
    found = hashes(image=pixels)
    assert found[0] == found[2] != found[1]


def test_copies_under_other_names_are_found(hashes, tmp_path):
    column = photos(tmp_path)
    (tmp_path / "copy.png").write_bytes((tmp_path / "2.png").read_bytes())
    found = hashes(tmp_path, image=chunked([*column.to_pylist(), "copy.png"]))
    assert found[2] == found[-1]
    assert len(set(found.tolist())) == 6


def test_an_edited_picture_has_another_hash_and_a_touched_one_the_same(hashes, tmp_path):
    column = photos(tmp_path)
    before = hashes(tmp_path, image=column)
    os.utime(tmp_path / "1.png", (1, 1))
    assert (hashes(tmp_path, image=column) == before).all()
    Pillow.new("RGB", (8, 8), "red").save(tmp_path / "3.png")
    assert (hashes(tmp_path, image=column) != before).tolist() == [False] * 3 + [True] + [False] * 2


def test_an_edit_that_keeps_the_size_is_seen_by_the_time_of_change(hashes, tmp_path):
    (tmp_path / "0.png").write_bytes(b"one")
    os.utime(tmp_path / "0.png", ns=(1000, 1000))
    before = hashes(tmp_path, image=chunked(["0.png"]))
    (tmp_path / "0.png").write_bytes(b"two")
    os.utime(tmp_path / "0.png", ns=(1000, 1001))
    assert hashes(tmp_path, image=chunked(["0.png"])) != before


def test_bytes_and_files_of_the_same_content_are_equal(hashes, tmp_path):
    column = photos(tmp_path)
    raw = [(tmp_path / name).read_bytes() for name in column.to_pylist()]
    assert (hashes(tmp_path, image=column) == hashes(image=chunked(raw))).all()


def test_files_are_read_once(hashes, tmp_path, monkeypatch):
    column = photos(tmp_path)
    before = hashes(tmp_path, image=column)
    monkeypatch.setattr("deepen.data.fingerprints._file", lambda path: pytest.fail("it was read again"))
    assert (hashes(tmp_path, image=column) == before).all()


def test_an_archive_that_deepen_unpacked_is_not_looked_through_again(hashes, cache, tmp_path, monkeypatch):
    place = cache.archives() / "photos-0123"
    place.mkdir()
    column = photos(place)
    before = hashes(place, image=column)
    with monkeypatch.context() as patch:
        for what in ("_statistics", "_file"):
            patch.setattr(f"deepen.data.fingerprints.{what}", lambda *_: pytest.fail("it was looked at"))
        assert (hashes(place, image=column) == before).all()
    fewer = column.slice(1)
    assert (hashes(place, image=fewer) == before[1:]).all()


def test_files_elsewhere_that_a_table_in_an_archive_names_are_looked_at(hashes, cache, tmp_path):
    place = cache.archives() / "photos-0123"
    place.mkdir()
    for name in (str(tmp_path / "0.png"), "../../../0.png"):
        (tmp_path / "0.png").write_bytes(b"one")
        before = hashes(place, image=chunked([name]))
        (tmp_path / "0.png").write_bytes(b"three")
        assert hashes(place, image=chunked([name])) != before


def test_files_that_cannot_be_read_have_hashes_too(hashes, tmp_path):
    found = hashes(tmp_path, image=chunked(["none.png", "none.png", "null\0.png", "other.png"]))
    assert found[0] == found[1]
    assert len(set(found.tolist())) == 3


def test_a_row_without_a_picture_is_hashed(hashes, tmp_path):
    found = hashes(tmp_path, image=chunked([*photos(tmp_path, 2).to_pylist(), None, None]))
    assert found[2] == found[3]
    assert len(set(found.tolist())) == 3


def test_it_stops_when_told_and_keeps_nothing_half_done(hashes, cache, tmp_path):
    column = photos(tmp_path)
    hashes(tmp_path, image=column, stop=lambda: True)
    assert cache.size() == 0
    seen = []
    hashes(tmp_path, image=column, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(6, 6)]
