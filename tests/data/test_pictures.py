"""One picture of whatever mode and format, or of none."""

import io
import os
import struct
import time
import tracemalloc
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps, TiffImagePlugin, features

from deepen.data.pictures import MOST_PIXELS, PictureError, brightest, decode, measure, resize

HEIGHT, WIDTH = 6, 8
GREY = np.linspace(0, 255, HEIGHT * WIDTH).round().astype(np.uint8).reshape(HEIGHT, WIDTH)
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=-1)


def saved(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def grey(source):
    return decode(source, (HEIGHT, WIDTH), 1)[..., 0]


def colour(source):
    return decode(source, (HEIGHT, WIDTH), 3)


def png(width, height, rows=b""):
    """Make a PNG by hand, of a header and whatever rows."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


# -- modes


def test_grey_and_colour_come_through_unchanged():
    assert (grey(saved(Pillow.fromarray(GREY))) == GREY).all()
    assert (colour(saved(Pillow.fromarray(COLOUR))) == COLOUR).all()
    assert (colour(saved(Pillow.fromarray(GREY))) == GREY[..., None]).all()


def test_colour_becomes_grey_by_its_luma():
    red = saved(Pillow.new("RGB", (WIDTH, HEIGHT), (255, 0, 0)))
    assert (np.abs(grey(red).astype(int) - 76) <= 1).all()


def test_black_and_white():
    found = grey(saved(Pillow.fromarray(GREY > 127)))
    assert (found == np.where(GREY > 127, 255, 0)).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA", "PA"])
def test_what_is_clear_becomes_white(mode):
    image = Pillow.fromarray(COLOUR).convert("RGBA")
    image.putalpha(
        Pillow.fromarray(np.where(np.arange(WIDTH) < 4, 0, 255).astype(np.uint8)[None].repeat(HEIGHT, 0))
    )
    if mode == "PA":
        found = decode(saved(image.convert("PA"), "TIFF"), (HEIGHT, WIDTH), 3)
    else:
        found = colour(saved(image.convert(mode)))
    assert (found[:, :4] == 255).all()
    expected = COLOUR if mode == "RGBA" else np.asarray(image.convert(mode).convert("RGB"))
    assert (found[:, 4:] == expected[:, 4:]).all()


def test_half_clear_is_half_white():
    half = Pillow.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 128))
    assert (np.abs(colour(saved(half)).astype(int) - 127) <= 1).all()


def test_palettes_with_and_without_transparency():
    image = Pillow.fromarray((np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) % 3).astype(np.uint8), "L")
    image = image.convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    index = np.asarray(image)
    table = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    assert (colour(saved(image)) == table[index]).all()
    table[1] = 255
    for transparency in (1, bytes([255, 0, 255])):
        assert (colour(saved(image, transparency=transparency)) == table[index]).all()


def test_a_colour_key_is_clear_too():
    grey_key = saved(Pillow.fromarray(GREY), transparency=int(GREY[2, 3]))
    assert grey(grey_key)[2, 3] == 255
    colour_key = saved(Pillow.fromarray(COLOUR), transparency=tuple(int(v) for v in COLOUR[1, 1]))
    assert (colour(colour_key)[1, 1] == 255).all()


def test_cmyk_becomes_rgb():
    image = Pillow.fromarray(COLOUR).convert("CMYK")
    assert (np.abs(colour(saved(image, "TIFF")).astype(int) - COLOUR) <= 1).all()
    plain = Pillow.new("CMYK", (WIDTH, HEIGHT), (255, 0, 0, 0))
    assert np.abs(colour(saved(plain, "JPEG")).astype(int) - [0, 255, 255]).max() <= 4


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_deep_grey_is_brought_to_eight_bits_by_the_range_it_shows(bits):
    deep = np.linspace(0, 2**bits - 1, HEIGHT * WIDTH).round().astype(np.uint16).reshape(HEIGHT, WIDTH)
    for kind in ("PNG", "TIFF"):
        source = saved(Pillow.fromarray(deep), kind)
        assert np.abs(grey(source).astype(int) - GREY).max() <= 1
        assert measure(source) == (HEIGHT, WIDTH, False, True)
        assert brightest(source) == (2**bits - 1, False)


def test_what_is_white_can_be_said():
    deep = np.array([[0, 255, 2048, 4095, 60000, 0, 0]], np.uint16)
    found = decode(saved(Pillow.fromarray(deep)), (1, 7), 1, white=4095)
    assert found.ravel().tolist() == [0, 16, 128, 255, 255, 0, 0]
    assert (decode(saved(Pillow.fromarray(GREY)), (HEIGHT, WIDTH), 1, white=4095)[..., 0] == GREY).all()


def test_a_deep_picture_that_cannot_be_decoded():
    whole = saved(Pillow.fromarray(np.random.default_rng(0).integers(0, 4096, (64, 64)).astype(np.uint16)))
    with pytest.raises(PictureError):
        brightest(whole[: len(whole) // 2])


@pytest.mark.parametrize("most", [255, 65535, 2_000_000])
def test_whole_numbers_of_32_bits(most):
    deep = np.linspace(0, most, HEIGHT * WIDTH).round().astype(np.int32).reshape(HEIGHT, WIDTH)
    assert np.abs(grey(saved(Pillow.fromarray(deep), "TIFF")).astype(int) - GREY).max() <= 1


@pytest.mark.parametrize("most", [1.0, 255.0])
def test_floats(most):
    assert brightest(saved(Pillow.fromarray(np.float32([[most, np.inf, np.nan]])), "TIFF")) == (most, True)
    source = saved(Pillow.fromarray((GREY / 255 * most).astype(np.float32)), "TIFF")
    assert np.abs(grey(source).astype(int) - GREY).max() <= 1


def test_floats_that_are_no_numbers_are_black():
    values = GREY.astype(np.float32) / 255
    values[0, :3] = [np.nan, np.inf, -np.inf]
    found = grey(saved(Pillow.fromarray(values), "TIFF"))
    assert found[0, :3].tolist() == [0, 0, 0]
    assert found[-1, -1] == 255


# -- EXIF


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_their_exif_data_say(orientation):
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    source = saved(Pillow.fromarray(COLOUR), exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Pillow.open(io.BytesIO(source))))
    height, width, is_colour, _ = measure(source)
    assert (height, width) == expected.shape[:2] == ((WIDTH, HEIGHT) if orientation > 4 else (HEIGHT, WIDTH))
    assert is_colour
    assert (decode(source, (height, width), 3) == expected).all()


# -- formats


@pytest.mark.parametrize(
    "kind",
    [
        "PNG", "BMP", "GIF", "TIFF", "PPM", "JPEG",
        *(["WEBP"] if features.check("webp") else []),
    ],
)  # fmt: skip
def test_formats(kind):
    options = {"JPEG": {"quality": 100}, "WEBP": {"lossless": True}}.get(kind, {})
    source = saved(Pillow.fromarray(GREY), kind, **options)
    assert np.abs(grey(source).astype(int) - GREY).max() <= (2 if kind == "JPEG" else 0)
    assert measure(source)[:2] == (HEIGHT, WIDTH)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "PNG", "WEBP"])
def test_of_several_frames_the_first_is_taken(kind):
    if kind == "WEBP" and not features.check("webp"):
        pytest.skip("this Pillow reads no WebP")
    frames = [Pillow.new("L", (WIDTH, HEIGHT), shade).convert("RGB") for shade in (200, 100, 0)]
    extra = {"lossless": True} if kind == "WEBP" else {}
    source = saved(frames[0], kind, save_all=True, append_images=frames[1:], **extra)
    assert np.abs(grey(source).astype(int) - 200).max() <= 1


def test_the_name_of_a_file_does_not_matter(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(saved(Pillow.fromarray(GREY)))
    assert (grey(tmp_path / "photo.jpg") == GREY).all()


# -- sizes


@pytest.mark.parametrize("size", [(1, 1), (3, 4), (12, 16), (5, 50), (40, 2)])
@pytest.mark.parametrize("shape", [(6, 8), (1, 300), (300, 1), (2, 2)])
def test_every_size_comes_out_as_asked_and_keeps_what_is_plain(shape, size):
    plain = Pillow.new("RGB", shape[::-1], (10, 100, 200))
    for channels in (1, 3):
        found = decode(saved(plain), size, channels)
        assert found.shape == (*size, channels)
        assert found.dtype == np.uint8
        assert len(np.unique(found.reshape(-1, channels), axis=0)) == 1


def test_shrinking_averages():
    image = Pillow.fromarray(np.kron([[0, 200], [100, 40]], np.ones((4, 4))).astype(np.uint8))
    assert resize(image, (2, 2), 1)[..., 0].tolist() == [[0, 200], [100, 40]]


def test_shrinking_takes_every_pixel_into_account():
    board = (np.indices((16, 16)).sum(0) % 2 * 200).astype(np.uint8)
    assert (resize(Pillow.fromarray(board), (4, 4), 1) == 100).all()


def test_growing_is_smooth():
    ramp = np.array([[0, 100, 200]] * 3, np.uint8)
    grown = resize(Pillow.fromarray(ramp), (24, 24), 1)[12, :, 0].astype(int)
    assert (np.diff(grown) >= 0).all()
    assert np.diff(grown).max() < 20


def test_what_hangs_over_is_cut_off_evenly():
    wide = np.zeros((4, 12), np.uint8)
    wide[:, 4:8] = 255
    assert (resize(Pillow.fromarray(wide), (4, 4), 1) == 255).all()


def test_a_large_jpeg_is_shrunk_to_what_a_slow_decoder_would_give():
    ramp = np.linspace(0, 255, 1600).astype(np.uint8)[None].repeat(800, 0)
    found = decode(saved(Pillow.fromarray(ramp), "JPEG", quality=95), (32, 64), 1)[..., 0]
    assert np.abs(found.astype(int) - ramp[0].reshape(64, 25).mean(1)).max() <= 3


# -- what is no picture


def refused(source, *words):
    for read in (lambda: measure(source), lambda: decode(source, (8, 8), 3)):
        with pytest.raises(PictureError) as caught:
            read()
        message = str(caught.value)
        assert message and "\n" not in message
        for word in words:
            assert word in message


def test_what_is_not_there_or_not_a_picture_is_refused(tmp_path):
    refused(tmp_path / "none.png", "no such file")
    for name, content in (
        ("text.jpg", b"hello, I am a text\n"),
        ("empty.png", b""),
        ("zeros.png", bytes(999)),
    ):
        (tmp_path / name).write_bytes(content)
        refused(tmp_path / name, "not a picture")
        refused(content, "not a picture")
    refused(tmp_path, "not a file")
    refused(tmp_path / "null\0byte.png")


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    refused(tmp_path / "pipe.png", "not a file")


def test_postscript_is_not_run():
    refused(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n", "PostScript")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "PPM"])
def test_a_picture_cut_short_is_refused(kind, tmp_path):
    noise = Pillow.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    whole = saved(noise, kind)
    for share in (0.1, 0.5, 0.9):
        (tmp_path / "cut").write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(PictureError):
            decode(tmp_path / "cut", (64, 64), 3)


@pytest.mark.parametrize("side", [50_000, 12_000, int(MOST_PIXELS**0.5) + 2])
def test_a_bomb_is_refused_quickly_and_with_little_memory(side):
    packed = zlib.compressobj()
    rows = b"".join(packed.compress(bytes(side + 1)) for _ in range(100)) + packed.flush()
    bomb = png(side, side, rows)
    assert len(bomb) < 20_000
    tracemalloc.start()
    begin = time.perf_counter()
    with warnings.catch_warnings(action="ignore"):
        refused(bomb, "pixels")
    assert time.perf_counter() - begin < 1
    assert tracemalloc.get_traced_memory()[1] < 10 << 20
    tracemalloc.stop()


def test_the_header_alone_is_read_to_measure():
    assert measure(png(9000, 9000)) == (9000, 9000, False, False)
    with pytest.raises(PictureError):
        measure(png(0, 9))


def test_damage_anywhere_gives_a_picture_or_the_one_error():
    rng = np.random.default_rng(0)
    exif = Pillow.Exif()
    exif[0x0112] = 6
    image = Pillow.fromarray(rng.integers(0, 255, (24, 20, 3), dtype=np.uint8))
    kinds = ["PNG", "JPEG", "GIF", "BMP", "PPM", *(k.upper() for k in ("webp", "avif") if features.check(k))]
    for kind in kinds:
        whole = saved(image, kind, **({"exif": exif} if kind in ("PNG", "JPEG", "WEBP") else {}))
        for _ in range(60):
            damaged = bytearray(whole)
            for at in rng.integers(0, min(400, len(whole)), 4):
                damaged[at] = rng.integers(256)
            with warnings.catch_warnings(action="ignore"):
                for read in (measure, lambda source: decode(source, (8, 8), 3)):
                    try:
                        read(bytes(damaged))
                    except PictureError as error:
                        assert str(error)


def test_a_warning_of_pillow_is_an_error_too():
    with warnings.catch_warnings(action="error"), pytest.raises(PictureError):
        measure(png(10_000, 10_000))


def test_odd_metadata_do_not_stop_a_picture():
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[0x0112] = 77
    assert (grey(saved(Pillow.fromarray(GREY), "TIFF", tiffinfo=tags)) == GREY).all()
