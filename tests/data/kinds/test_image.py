"""Pictures: their size chosen, and all of them encoded, in parallel and in their order."""

import io
import json
import warnings

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image as Pillow

from deepen.data.kinds import from_dict, to_dict
from deepen.data.kinds.image import Image, Sources
from deepen.errors import DataError

RNG = np.random.default_rng(0)


def png(pixels):
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def pictures(*shapes):
    return [RNG.integers(0, 255, shape, dtype=np.uint8) for shape in shapes]


def folder_of(tmp_path, arrays):
    for at, array in enumerate(arrays):
        (tmp_path / f"{at}.png").write_bytes(png(array))
    return Sources(pa.chunked_array([[f"{at}.png" for at in range(len(arrays))]]), tmp_path)


def encode(kind, sources, *, workers=2, stop=lambda: False, progress=lambda done, of: None):
    out = np.zeros((len(sources), kind.height, kind.width, kind.channels), np.uint8)
    return out, kind.encode_into(sources, out, workers=workers, stop=stop, progress=progress)


def sized(sources, **options):
    kind = Image.fit(sources, np.arange(len(sources)), **options)
    return kind.height, kind.width, kind.channels


# -- what is a picture


def test_claims_files_bytes_and_pixels():
    def column(*values, type=None):
        return pa.chunked_array([pa.array(list(values), type)])

    assert Image.claims(column("a.JPG", None, "b/c.tiff"))
    assert Image.claims(column("a.jpg", type=pa.large_string()))
    assert Image.claims(column(b"\x89PNG"))
    assert Image.claims(column({"bytes": b"", "path": "a"}))
    assert (
        Image.claims(np.zeros((2, 8, 9)))
        and Image.claims(np.zeros((2, 4, 4), np.uint8))
        and Image.claims(np.zeros((2, 3, 4, 4)))
    )
    for other in (
        column("a.jpg", "b.txt"),
        column("a"),
        column(1),
        column({"x": 1}),
        column(None, type=pa.string()),
    ):
        assert Image.claims(other) is None
    assert Image.claims(np.zeros((2, 4))) is None


def test_a_column_that_cannot_hold_pictures_is_refused():
    with pytest.raises(DataError, match="no pictures"):
        Sources(pa.chunked_array([[1, 2]]), None)
    with pytest.raises(DataError, match="dimensions"):
        Sources(np.zeros((2, 4)), None)


def test_files_bytes_structs_and_dictionaries_give_the_same_pixels(tmp_path):
    arrays = pictures((8, 8, 3), (8, 8, 3), (8, 8, 3))
    files = folder_of(tmp_path, arrays)
    raw = [png(a) for a in arrays]
    names = [str(tmp_path / f"{n}.png") for n in range(3)]
    structs = [
        {"bytes": raw[0], "path": None},
        {"bytes": None, "path": "1.png"},
        {"bytes": raw[2], "path": "x"},
    ]
    for sources in (
        files,
        Sources(pa.chunked_array([raw]), None),
        Sources(pa.chunked_array([pa.array(raw, pa.large_binary())]), None),
        Sources(pa.chunked_array([structs]), tmp_path),
        Sources(pa.chunked_array([names]), None),
        Sources(pa.chunked_array([names]).dictionary_encode(), None),
        Sources(np.stack(arrays), None),
    ):
        out, bad = encode(Image(8, 8, 3), sources)
        assert not bad
        assert (out == np.stack(arrays)).all()


# -- arrays


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((5, 6, 8)), np.zeros((5, 6, 8, 1)), np.zeros((5, 1, 6, 8)), np.zeros((5, 6, 8, 3)),
        np.zeros((5, 3, 6, 8)), np.zeros((5, 6, 8, 4)), np.zeros((5, 4, 6, 8)),
    ],
)  # fmt: skip
def test_layouts_of_arrays(array):
    expected = 3 if {3, 4} & {array.shape[1], array.shape[-1]} else 1
    assert sized(Sources(array, None)) == (6, 8, expected)


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_first_and_last_give_the_same_pixels(channels):
    last = np.stack(pictures(*[(6, 8, channels)] * 4))
    first = np.moveaxis(last, -1, 1)
    for array in (first, np.ascontiguousarray(first), last):
        assert (encode(Image(6, 8, channels), Sources(array, None))[0] == last).all()


def test_two_or_five_channels_are_refused():
    for count in (2, 5):
        with pytest.raises(DataError, match="channels"):
            Sources(np.zeros((3, 8, 8, count)), None)


@pytest.mark.parametrize("dtype", [bool, *"BbHhIiLlefd"])
def test_every_type_of_number_comes_out_as_bytes(dtype):
    dtype = np.dtype(dtype)
    if dtype == bool:
        values, expected = np.arange(96) % 2 == 0, np.where(np.arange(96) % 2 == 0, 255, 0)
    elif dtype.kind == "f":
        values = np.linspace(0, 1, 96).astype(dtype)
        expected = (values.astype(float) * 255).round()
    else:
        values = expected = np.linspace(0, min(255, np.iinfo(dtype).max), 96).astype(dtype)
    sources = Sources(values.reshape(2, 6, 8), None)
    kind = Image.fit(sources, np.arange(2))
    assert (encode(kind, sources)[0].ravel() == expected).all()


def test_sixteen_bits_and_standardised_floats_use_the_whole_range():
    for values in (np.linspace(0, 65535, 96).astype(np.uint16), np.linspace(-2.1, 2.6, 96)):
        sources = Sources(values.reshape(2, 6, 8), None)
        out, _ = encode(Image.fit(sources, np.arange(2)), sources)
        assert np.abs(out.ravel() - np.linspace(0, 255, 96)).max() <= 0.51


def test_what_is_black_and_white_comes_from_the_training_part_alone():
    array = np.random.default_rng(1).normal(size=(6, 8, 8))
    train = np.arange(4)
    kind = Image.fit(Sources(array, None), train)
    poisoned = array.copy()
    poisoned[4:] = 1e9
    assert Image.fit(Sources(poisoned, None), train) == kind
    whole, _ = encode(kind, Sources(array, None))
    one, _ = encode(kind, Sources(array[5:], None))
    assert (whole[5:] == one).all(), "a picture must be encoded the same alone and among others"
    assert (encode(kind, Sources(poisoned, None))[0][4:] == 255).all()


def test_values_that_are_not_finite_are_listed(tmp_path):
    array = np.random.default_rng(1).random((5, 8, 8))
    array[1, 0, 0], array[3, 0, 0] = np.nan, np.inf
    for kind in (Image.fit(Sources(array, None), np.arange(5)), Image(4, 4, 1, high=1.0)):
        out, bad = encode(kind, Sources(array, None))
        assert sorted(bad) == [1, 3]
        assert "infinite or missing" in bad[1]
        assert out[0].any()


def deep_pictures(brightest):
    """12-bit pictures, each a ramp up to its own brightest value."""
    return [np.linspace(0, most, 64).round().astype(np.uint16).reshape(8, 8) for most in brightest]


def test_what_is_white_in_deep_files_is_the_same_for_all(tmp_path):
    deep = deep_pictures([4000, 200, 3000, 100, 3900])
    sources = folder_of(tmp_path, deep)
    kind = Image.fit(sources, np.arange(3))
    assert (kind.low, kind.high, kind.deep) == (0.0, 4095.0, True)
    out, bad = encode(kind, sources)
    assert not bad
    for picture, pixels in zip(deep, out, strict=True):
        assert np.abs(pixels[..., 0] - picture * (255 / 4095)).max() <= 0.51
    assert from_dict(to_dict(kind)) == kind


def test_the_depth_of_files_comes_from_the_training_part_alone(tmp_path):
    sources = folder_of(tmp_path, deep_pictures([4000, 200, 60000]))
    kind = Image.fit(sources, np.arange(2))
    assert kind.high == 4095.0
    out, _ = encode(kind, sources)
    assert out[2].max() == 255
    assert (out[2] == 255).mean() > 0.9, "above white all is white"


def test_eight_bit_files_beside_deep_ones_stay_as_they_are(tmp_path):
    plain, (deep,) = pictures((8, 8))[0], deep_pictures([4095])
    sources = folder_of(tmp_path, [plain, deep])
    out, _ = encode(Image.fit(sources, np.arange(2)), sources)
    assert (out[0, ..., 0] == plain).all()
    assert out[1].max() == 255


def test_a_kind_saved_before_files_were_looked_at_together_scales_each_by_itself(tmp_path):
    sources = folder_of(tmp_path, deep_pictures([4095, 255]))
    old = to_dict(Image(8, 8, 1))
    del old["deep"]
    out, _ = encode(from_dict(old), sources)
    assert out.max(axis=(1, 2, 3)).tolist() == [255, 255]


def test_deep_files_that_cannot_be_read_do_not_decide(tmp_path):
    sources = folder_of(tmp_path, deep_pictures([200, 4000, 4000]))
    (tmp_path / "1.png").write_bytes((tmp_path / "1.png").read_bytes()[:60])
    (tmp_path / "2.png").write_bytes(b"")
    assert Image.fit(sources, np.arange(3)).high == 255.0


def test_grey_arrays_become_coloured_and_coloured_ones_grey():
    grey = np.stack(pictures((8, 8, 1), (8, 8, 1)))
    assert (encode(Image(8, 8, 3), Sources(grey, None))[0] == grey.repeat(3, -1)).all()
    assert (encode(Image(8, 8, 1), Sources(grey.repeat(3, -1), None))[0] == grey).all()


def test_arrays_of_another_size_are_resized_like_files(tmp_path):
    arrays = pictures(*[(20, 12, 3)] * 5)
    kind = Image(7, 5, 3)
    from_files, _ = encode(kind, folder_of(tmp_path, arrays))
    from_array, _ = encode(kind, Sources(np.stack(arrays), None))
    assert (from_files == from_array).all()


# -- the size


def test_pictures_of_one_size_keep_it(tmp_path):
    assert sized(folder_of(tmp_path, pictures((20, 30), (20, 30), (20, 30)))) == (20, 30, 1)


def test_one_coloured_picture_makes_all_coloured(tmp_path):
    assert sized(folder_of(tmp_path, pictures((20, 20), (20, 20, 3), (20, 20))))[2] == 3


def test_mixed_shapes_become_square_and_one_shape_stays(tmp_path):
    (tmp_path / "a").mkdir(), (tmp_path / "b").mkdir()
    assert sized(folder_of(tmp_path / "a", pictures((20, 40), (40, 20), (40, 20))))[:2] == (40, 40)
    assert sized(folder_of(tmp_path / "b", pictures((20, 40), (22, 44), (18, 36))))[:2] == (20, 40)


def test_large_pictures_are_brought_to_128_or_what_is_asked_for():
    sources = Sources(np.zeros((2, 300, 600), np.uint8), None)
    assert sized(sources) == (64, 128, 1)
    assert sized(sources, side=200) == (100, 200, 1)
    assert sized(Sources(np.zeros((2, 4000, 8), np.uint8), None), side=64)[:2] == (64, 4)


def test_the_size_comes_from_the_training_part_alone(tmp_path):
    sources = folder_of(tmp_path, pictures((16, 16), (16, 16), (90, 90, 3), (90, 90, 3)))
    kind = Image.fit(sources, np.array([0, 1]))
    assert (kind.height, kind.width, kind.channels) == (16, 16, 1)


def test_where_no_picture_can_be_read_that_is_an_error(tmp_path):
    (tmp_path / "0.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"none of the pictures.*0\.png"):
        Image.fit(Sources(pa.chunked_array([["0.png"]]), tmp_path), np.array([0]))


# -- encoding


def test_the_bad_ones_are_listed_with_their_reasons_and_the_others_keep_their_places(tmp_path):
    arrays = pictures(*[(8, 8, 3)] * 40)
    folder_of(tmp_path, arrays)
    whole = (tmp_path / "5.png").read_bytes()
    (tmp_path / "5.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "7.png").write_bytes(b"")
    (tmp_path / "11.png").unlink()
    (tmp_path / "13.png").write_bytes(b"a text renamed")
    names = [f"{n}.png" for n in range(40)]
    names[17] = None
    sources = Sources(pa.chunked_array([names[:9], names[9:]]), tmp_path)
    out, bad = encode(Image(8, 8, 3), sources)
    assert sorted(bad) == [5, 7, 11, 13, 17]
    assert bad[7] == bad[13] == "not a picture in any known format"
    assert bad[11] == "no such file"
    assert bad[17] == "there is no picture"
    for row, array in enumerate(arrays):
        assert (out[row] == (0 if row in bad else array)).all()
    assert sources.name(5) == "5.png"
    assert sources.name(17) == "picture 18"


def test_many_threads_give_the_same_as_one(tmp_path):
    sources = folder_of(tmp_path, pictures(*[(13, 9, 3)] * 60))
    kind = Image(8, 8, 3)
    one, many = encode(kind, sources, workers=1), encode(kind, sources, workers=8)
    assert (one[0] == many[0]).all()
    assert one[1] == many[1]


def test_threads_leave_the_warnings_filters_as_they_were(tmp_path):
    sources = folder_of(tmp_path, pictures(*[(13, 9, 3)] * 60))
    before = list(warnings.filters)
    Image.fit(sources, np.arange(60))
    encode(Image(8, 8, 3), sources, workers=8)
    assert warnings.filters == before


def test_what_pillow_warns_of_is_not_passed_on(monkeypatch):
    monkeypatch.setattr(Pillow, "MAX_IMAGE_PIXELS", 10)
    sources = Sources(pa.chunked_array([[png(np.full((3, 5), 7, np.uint8))] * 3]), None)
    with warnings.catch_warnings(record=True, action="always") as seen:
        kind = Image.fit(sources, np.arange(3))
        out, bad = encode(kind, sources)
    assert not seen and not bad
    assert (out == 7).all()


def test_it_stops_when_told_and_tells_how_far_it_is():
    seen = []
    sources = Sources(pa.chunked_array([[png(np.full((4, 4), 7, np.uint8))] * 1200]), None)
    out, _ = encode(
        Image(4, 4, 1),
        sources,
        stop=lambda: len(seen) == 1,
        progress=lambda done, of: seen.append((done, of)),
    )
    assert seen == [(512, 1200)]
    assert (out[:512] == 7).all() and not out[512:].any()


# -- statistics


@pytest.mark.parametrize("count", [3, 200, 5000])
def test_mean_and_deviation_are_those_of_the_training_part(count):
    pixels = np.random.default_rng(0).integers(0, 200, (count, 4, 4, 3), dtype=np.uint8)
    rows = np.arange(0, count, 2)
    kind = Image(4, 4, 3).with_statistics(pixels, rows)
    sample = pixels[rows].astype(float)
    np.testing.assert_allclose(kind.mean, sample.mean((0, 1, 2)), rtol=1e-9)
    np.testing.assert_allclose(kind.std, sample.std((0, 1, 2)), rtol=1e-9)
    poisoned = pixels.copy()
    poisoned[1::2] = 255
    assert Image(4, 4, 3).with_statistics(poisoned, rows) == kind


def test_plain_pictures_have_a_deviation_to_divide_by():
    kind = Image(4, 4, 1).with_statistics(np.full((9, 4, 4, 1), 200, np.uint8), np.arange(9))
    assert kind.mean == (200.0,)
    assert kind.std == (1.0,)


def test_written_as_json_and_read_back_it_is_the_same():
    array = np.random.default_rng(1).normal(size=(6, 8, 8))
    kind = Image.fit(Sources(array, None), np.arange(6))
    kind = kind.with_statistics(encode(kind, Sources(array, None))[0], np.arange(6))
    assert from_dict(json.loads(json.dumps(to_dict(kind)))) == kind


def test_as_given_pixels_go_from_0_to_1():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3)).astype(np.uint8)
    kind = Image(4, 6, 3).with_statistics(pixels, np.arange(5)).as_given()
    found = from_dict(json.loads(json.dumps(to_dict(kind)))).to_net(torch.from_numpy(pixels))
    np.testing.assert_allclose(found.permute(0, 2, 3, 1), pixels / 255, atol=1e-6)
