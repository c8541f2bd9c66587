"""One picture: from a file or bytes, of whatever mode and format, to pixels of a given size.

Legend: H height, W width, C channels (1 for grey, 3 for colour).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

__all__ = ["MOST_PIXELS", "Header", "PictureError", "brightest", "decode", "measure", "resize", "white_of"]

MOST_PIXELS = 2**30 // 12
"""Largest picture that is opened: 9,459 x 9,459, 256 MB decoded. Above it stands a decompression bomb. It is
the size from which Pillow warns; it refuses only what is larger than twice that."""

_ALPHA = {"RGBA", "LA", "PA", "RGBa", "La"}
_DEEP = {"I;16", "I;16L", "I;16B", "I;16N", "I", "F"}


class PictureError(ValueError):
    """A picture cannot be read; the message says why, and the caller knows which one it is."""


class Header(NamedTuple):
    """What a picture's header tells."""

    height: int
    width: int
    colour: bool
    deep: bool = False
    """Grey with more than eight bits for each pixel."""


def _open(source: Path | bytes) -> Pillow.Image:
    if isinstance(source, Path) and source.exists() and not source.is_file():
        raise PictureError("not a file")  # a pipe or device might never end
    image = Pillow.open(io.BytesIO(source) if isinstance(source, bytes) else source)
    if image.format == "EPS":
        raise PictureError("PostScript is a program, and is not run")
    if image.width * image.height > MOST_PIXELS:
        image.close()
        raise PictureError(
            f"{image.width:,} x {image.height:,} pixels is more than the {MOST_PIXELS:,} allowed"
        )
    return image


def measure(source: Path | bytes) -> Header:
    """Read what a picture's header tells, and nothing else.

    Raises
    ------
    PictureError
        If it is no picture, or too large.
    """
    try:
        with _open(source) as image:
            height, width = image.height, image.width
            # Asked for its EXIF data, a PNG that has none in front is decoded to its end.
            known = image.format != "PNG" or "exif" in image.info
            if known and image.getexif().get(0x0112, 1) >= 5:  # the orientations that lie on their side
                height, width = width, height
            deep = image.mode in _DEEP
            return Header(height, width, not deep and image.mode not in {"1", "L", "LA", "La"}, deep)
    except PictureError:
        raise
    except Exception as error:  # see decode
        raise PictureError(_why(error)) from None


def brightest(source: Path | bytes) -> tuple[float, bool]:
    """Read the largest finite value of a deep grey picture, and whether its values are fractions.

    Raises
    ------
    PictureError
        If it is no picture, too large, or cut short.
    """
    try:
        with _open(source) as image:
            return float(_values(image).max(initial=0.0)), image.mode == "F"
    except PictureError:
        raise
    except Exception as error:  # see decode
        raise PictureError(_why(error)) from None


def white_of(most: float, *, fractions: bool = False) -> float:
    """Guess from the largest value what is white: the nearest usual depth.

    Examples
    --------
    >>> white_of(0.9, fractions=True)
    1.0
    >>> [white_of(most) for most in (1, 3900, 4100, 70_000)]  # the first: 8-bit values in a deep file
    [255.0, 4095.0, 65535.0, 70000]
    """
    if fractions and most <= 1:
        return 1.0
    return next((full for full in (255.0, 4095.0, 65535.0) if most < full + 1), most)


def decode(
    source: Path | bytes, size: tuple[int, int], channels: int, *, white: float | None = None
) -> np.ndarray:
    """Decode a picture to pixels: (H, W, C) uint8.

    It is turned as its EXIF data say; transparency is laid on white; 16-bit grey is brought to 8 bits;
    palette, CMYK and the like become RGB.

    Parameters
    ----------
    white
        The value that is white in deep grey pictures; without it each is brought to 8 bits by the range that
        its own values show.

    Raises
    ------
    PictureError
        If it is no picture, too large, or cut short.
    """
    try:
        with _open(source) as image:
            if image.format == "JPEG":
                # Lets the decoder give an eighth, a quarter or half of the size: up to four times as quick.
                image.draft("RGB" if channels == 3 else "L", (2 * size[1], 2 * size[0]))
            turned = ImageOps.exif_transpose(image)
            flat = _eight_bits(turned, channels, white)
            return resize(flat, size, channels)
    except PictureError:
        raise
    except MemoryError:
        raise PictureError("not enough memory to decode it") from None
    except Exception as error:
        # Decoders raise whatever they like on damaged files: RuntimeError, AttributeError, struct.error, ...
        raise PictureError(_why(error)) from None


def _why(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, UnidentifiedImageError):
        return "not a picture in any known format"
    return str(error).split("\n")[0] or type(error).__name__


def _values(image: Pillow.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0)


def _eight_bits(image: Pillow.Image, channels: int, white: float | None) -> Pillow.Image:
    if image.mode in _DEEP:
        values = _values(image)
        most = float(values.max(initial=0.0))
        full = white_of(most, fractions=image.mode == "F") if white is None else white
        image = Pillow.fromarray(np.clip(values * (255.0 / full), 0, 255).round().astype(np.uint8))
    if image.mode in _ALPHA or "transparency" in image.info:
        clear = image.convert("RGBA")
        image = Pillow.alpha_composite(Pillow.new("RGBA", clear.size, "white"), clear)
    return image.convert("RGB" if channels == 3 else "L")


def resize(image: Pillow.Image, size: tuple[int, int], channels: int) -> np.ndarray:
    """Bring a picture to (H, W, C): it is made to cover the size, and what hangs over is cut off evenly."""
    height, width = size
    if (image.height, image.width) != size:
        image = ImageOps.fit(
            image,
            (width, height),
            Pillow.Resampling.BICUBIC if image.width < width else Pillow.Resampling.BOX,
        )
    return np.asarray(image, dtype=np.uint8).reshape(height, width, channels)
