import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepen.errors import DataError, FolderError, SettingError
from deepen.reporting import film

COLOURS = np.array([[230, 40, 30], [20, 150, 60], [30, 60, 220], [240, 240, 240], [0, 0, 0]], np.uint8)


def frames(count, H=40, W=52):
    """A square that walks to the right on a coloured ground."""
    for t in range(count):
        frame = np.broadcast_to(COLOURS[t % 3], (H, W, 3)).copy()
        frame[10:20, t : t + 10] = COLOURS[3]
        yield frame


def read_mp4(path):
    av = pytest.importorskip("av")
    with av.open(str(path)) as opened:
        stream = opened.streams.video[0]
        facts = stream.codec_context.name, stream.codec_context.pix_fmt, float(stream.average_rate)
        return facts, [f.to_ndarray(format="rgb24") for f in opened.decode(stream)]


def test_an_mp4_reads_back_as_what_was_written(tmp_path: Path) -> None:
    given = list(frames(12))
    path = film.write(iter(given), tmp_path / "a.mp4", fps=25, side=40)
    (codec, form, rate), back = read_mp4(path)
    assert (codec, form, rate) == ("h264", "yuv420p", 25.0)
    assert len(back) == 12 and back[0].shape == (40, 52, 3)
    for one, other in zip(given, back, strict=True):
        assert np.abs(one.astype(int) - other).mean() < 4  # lossy
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_odd_sizes_are_padded_to_even_ones(tmp_path: Path) -> None:
    _, back = read_mp4(film.write(frames(3, 41, 53), tmp_path / "odd.mp4", side=1))
    assert back[0].shape == (42, 54, 3)
    assert np.abs(back[0][41].astype(int) - back[0][40]).max() < 30  # the edge goes on, no black line


def test_a_gif_has_the_very_colours(tmp_path: Path) -> None:
    given = list(frames(8))
    path = film.write(given, tmp_path / "a.gif", fps=10, side=40)
    with Image.open(path) as opened:
        assert opened.n_frames == 8 and opened.info["duration"] == 100 and opened.info["loop"] == 0
        for t, frame in enumerate(given):
            opened.seek(t)
            assert np.array_equal(np.asarray(opened.convert("RGB")), frame)


def test_a_gif_has_up_to_256_colours_exactly(tmp_path: Path) -> None:
    ramp = np.stack(np.meshgrid(np.arange(16) * 16, np.arange(15) * 17), -1).astype(np.uint8)  # (15, 16, 2)
    frame = np.concatenate([ramp, ramp[..., :1] // 2], axis=-1)
    with Image.open(film.write([frame], tmp_path / "a.gif", side=15)) as opened:
        assert np.array_equal(np.asarray(opened.convert("RGB")), frame)


def test_a_gif_of_many_frames_a_second_lasts_as_long(tmp_path: Path) -> None:
    path = film.write(frames(40), tmp_path / "quick.gif", fps=100, side=1)
    with Image.open(path) as opened:
        assert opened.n_frames == 20  # delays of one hundredth are slowed down by browsers
        total = 0
        for t in range(opened.n_frames):
            opened.seek(t)
            total += opened.info["duration"]
    assert total == 400


def test_small_frames_are_enlarged_by_whole_numbers() -> None:
    small = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    large = film.enlarged(small, side=7)
    assert large.shape == (8, 12, 3)
    assert np.array_equal(large[::4, ::4], small) and np.array_equal(large[3::4, 3::4], small)
    assert film.enlarged(large, side=8) is large


def test_captions_stand_beneath_and_are_cut_where_too_long(tmp_path: Path) -> None:
    frame = np.full((100, 300, 3), 9, np.uint8)
    short, long = film.captioned(frame, "score 3"), film.captioned(frame, "score " * 60)
    empty = film.captioned(frame, "")
    assert short.shape == long.shape == empty.shape and np.array_equal(short[:100], frame)
    assert (short[100:].max(axis=(0, 2)) > 100)[150:].sum() == 0  # the strip's right half is free
    assert (long[100:, 250:] > 100).any() and not (long[100:, 296:] > 100).any()
    assert empty[100:].std() == 0
    assert not np.array_equal(film.captioned(frame, "ключ ★"), film.captioned(frame, "????? ?"))


def test_every_frame_gets_a_strip_where_the_first_has_one(tmp_path: Path) -> None:
    a, b = frames(2)
    path = film.write([(a, "one"), b], tmp_path / "a.gif", side=40)
    with Image.open(path) as opened:
        assert opened.size[1] > 40 and opened.n_frames == 2
        assert np.asarray(opened.convert("RGB"))[40:].std() > 0
        opened.seek(1)
        assert np.asarray(opened.convert("RGB"))[40:].std() == 0


@pytest.mark.parametrize("name", ["a.avi", "a", "a.gif.txt"])
def test_other_endings_are_refused_before_a_frame_is_made(tmp_path: Path, name: str) -> None:
    def never():
        raise AssertionError
        yield

    with pytest.raises(SettingError, match=r"no kind of film; allowed: \.mp4, \.gif"):
        film.write(never(), tmp_path / name)


@pytest.mark.parametrize("ending", film.ENDINGS)
def test_hostile_frames_leave_nothing_behind(tmp_path: Path, ending: str) -> None:
    good = next(frames(1))

    def broken():
        for _ in range(100):  # the encoder begins to write only when it is some frames behind
            yield good
        raise RuntimeError("the game broke")

    path = tmp_path / f"a{ending}"
    for given, what in (
        ([], "no frames"),
        ([good, good[:30]], r"frame 1: of another size.*\(40, 52, 3\); came: \(30, 52, 3\)"),
        ([good.astype(float)], "frame 0: not a picture"),
        ([good[..., 0]], "frame 0: not a picture"),
        ([good[:0]], "frame 0: not a picture"),
    ):
        with pytest.raises(DataError, match=what):
            film.write(given, path)
    with pytest.raises(RuntimeError, match="broke"):
        film.write(broken(), path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SettingError, match="no such folder"):
        film.write([good], tmp_path / "none" / path.name)
    with pytest.raises(SettingError, match="fps"):
        film.write([good], path, fps=0)


def test_without_av_the_install_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(SettingError, match=r"package av.*pip install 'deepen\[play\]'"):
        film.write(frames(2), tmp_path / "a.mp4")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that nobody can write to")
def test_a_place_that_cannot_be_written_is_refused_before_the_first_frame() -> None:
    frames = iter([(np.zeros((8, 8, 3), np.uint8), "")])
    with pytest.raises(FolderError, match=r"/proc/game.gif: cannot be written"):
        film.write(frames, "/proc/game.gif")
    assert len(list(frames)) == 1
