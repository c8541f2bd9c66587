"""A game as a film: frames one after the other into an MP4 or a GIF, with a line of text beneath each.

Frames are taken as they come, so a long game needs no more memory than a short one. Small pictures, as of old games,
are enlarged by a whole number, so that a pixel stays a square.

Legend: T frames, H height, W width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from deepen.compute.disk import check_writable
from deepen.config import between
from deepen.errors import DataError, SettingError, nearest
from deepen.reporting.letters import font

__all__ = ["ENDINGS", "captioned", "enlarged", "write"]

ENDINGS = (".mp4", ".gif")
SIDE = 400  # pixels that the shorter side is enlarged to, at least: half of a small screen (assumed)
_SPOKEN = 0.045  # of the frame's height: the letters of a caption (looked at), within the two bounds below
_SMALLEST, _LARGEST = 13, 28
_STRIP, _LETTERS = (24, 24, 24), (240, 240, 240)
_QUICKEST = (
    50  # frames a second of a GIF: its delays count hundredths, and browsers slow down those below two
)
_QUALITY = "18"  # x264's constant rate factor; at 18 a loss is hardly seen (x264's documentation)

Frame = np.ndarray | tuple[np.ndarray, str]


def write(frames: Iterable[Frame], path: str | Path, *, fps: float = 30.0, side: int = SIDE) -> Path:
    """Write a film; the path's ending says of which kind.

    Parameters
    ----------
    frames
        T of (H, W, 3) uint8, all of one size; or pairs of such a frame and the line of text beneath it.
    path
        ``.mp4`` (H.264, needs the package av) or ``.gif``. It is there only once the film is whole.
    fps
        Frames in a second. A GIF shows 50 at most: of more, some are left out, so that it lasts as long.
    side
        Pixels that the shorter side has at least; smaller frames are enlarged.

    Raises
    ------
    SettingError
        If the ending is none of these, or av is missing.
    DataError
        If there are no frames, or one is no picture, or of another size than the first.
    FolderError
        If the file cannot be written there.

    Examples
    --------
    >>> import tempfile
    >>> frames = ((np.full((20, 20, 3), 12 * t, np.uint8), f"step {t}") for t in range(10))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     film = write(frames, Path(folder) / "dawn.gif", fps=10)
    ...     film.name, film.stat().st_size > 1000
    ('dawn.gif', True)
    """
    path = Path(path)
    between("fps", fps, 0, 1000, open_low=True)
    between("side", side, 1, 4096)
    writers: dict[str, Callable[[Iterator[np.ndarray], Path, float], None]] = {".mp4": _mp4, ".gif": _gif}
    ending = path.suffix.lower()
    if ending not in writers:
        raise SettingError(
            f"{path.suffix!r} is no kind of film", where=str(path), allowed=", ".join(ENDINGS),
            mend=nearest(ending, ENDINGS),
        )  # fmt: skip
    if not path.parent.is_dir():
        raise SettingError("there is no such folder", where=str(path.parent))
    check_writable(path)  # before the game is played, not behind it
    part = path.with_name(f".{path.name}.part")
    try:
        writers[ending](_ready(frames, side), part, fps)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def enlarged(frame: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Make each pixel a square of k by k, so that the shorter side of a frame (H, W, 3) has ``side`` pixels or more.

    Examples
    --------
    >>> enlarged(np.zeros((10, 20, 3), np.uint8), side=25).shape
    (30, 60, 3)
    """
    k = max(1, math.ceil(side / min(frame.shape[:2])))
    return frame if k == 1 else frame.repeat(k, axis=0).repeat(k, axis=1)


def captioned(frame: np.ndarray, text: str) -> np.ndarray:
    """Add a strip with one line of text beneath a frame (H, W, 3); what is too long for it is cut.

    Examples
    --------
    >>> captioned(np.zeros((200, 300, 3), np.uint8), "score 3").shape
    (222, 300, 3)
    """
    H, W = frame.shape[:2]
    size = int(np.clip(round(_SPOKEN * H), _SMALLEST, _LARGEST))
    strip = Image.new("RGB", (W, round(1.7 * size)), _STRIP)
    letters, line = font(size), " ".join(text.splitlines())
    room = W - size
    if letters.getlength(line) > room:
        while line and letters.getlength(line + "…") > room:
            line = line[:-1]
        line += "…"
    ImageDraw.Draw(strip).text((size // 2, strip.height / 2), line, fill=_LETTERS, font=letters, anchor="lm")
    return np.concatenate([frame, np.asarray(strip)])


def _ready(frames: Iterable[Frame], side: int) -> Iterator[np.ndarray]:
    """Check, enlarge and caption each frame; those without a text get an empty strip where the first one has one."""
    first: tuple[int, ...] | None = None
    spoken = False
    for t, given in enumerate(frames):
        frame, text = given if isinstance(given, tuple) else (given, "")
        frame = np.asarray(frame)
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or not frame.size:
            raise DataError(
                "not a picture",
                where=f"frame {t}",
                allowed="(H, W, 3) of uint8",
                came=f"{frame.shape} of {frame.dtype}",
            )
        if first is None:
            first, spoken = frame.shape, isinstance(given, tuple)
        if frame.shape != first:
            raise DataError(
                "of another size than the first frame",
                where=f"frame {t}",
                allowed=str(first),
                came=str(frame.shape),
            )
        large = enlarged(frame, side)
        yield captioned(large, text) if spoken else large
    if first is None:
        raise DataError("there are no frames, so there is no film to write")


def _mp4(frames: Iterator[np.ndarray], path: Path, fps: float) -> None:
    try:
        import av
    except ImportError as error:
        raise SettingError(
            "an MP4 needs the package av", mend="pip install 'deepen[play]', or write a .gif"
        ) from error
    first = next(frames)
    H, W = first.shape[:2]
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as film:
        stream = film.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
        stream.width, stream.height = (
            W + W % 2,
            H + H % 2,
        )  # colours have half the resolution: sizes must be even
        stream.pix_fmt = "yuv420p"  # the one form that every player shows
        stream.options = {"crf": _QUALITY}
        for frame in _chained(first, frames):
            whole = np.pad(frame, ((0, H % 2), (0, W % 2), (0, 0)), mode="edge")
            film.mux(stream.encode(av.VideoFrame.from_ndarray(whole, format="rgb24")))
        film.mux(stream.encode())


def _gif(frames: Iterator[np.ndarray], path: Path, fps: float) -> None:
    first = next(frames)
    every = math.ceil(fps / _QUICKEST)
    shown = (frame for t, frame in enumerate(_chained(first, frames)) if t % every == 0)
    pictures = (_palette(frame) for frame in shown)
    # Delays count hundredths of a second, so each is rounded; a film of 30 frames a second runs at 33.
    delay = 10 * max(1, round(100 * every / fps))
    next(pictures).save(
        path, format="GIF", save_all=True, append_images=pictures, duration=delay, loop=0, optimize=False
    )


def _palette(frame: np.ndarray) -> Image.Image:
    """The 256 colours that are nearest to those of a frame; exactly these where there are no more. No dithering."""
    return Image.fromarray(frame).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)


def _chained(first: np.ndarray, others: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    yield first
    yield from others
