"""One picture: from a file or bytes, of whatever mode and format, to pixels of a given size.

Legend: H height, W width, C channels (1 for grey, 3 for colour).
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

__all__ = ["MOST_PIXELS", "PictureError", "decode", "measure", "resize"]

MOST_PIXELS = 2**30 // 12
"""Largest picture that is opened: 9,459 x 9,459, 256 MB decoded. Above it stands a decompression bomb. It is
the size from which Pillow warns; it refuses only what is larger than twice that."""

_ALPHA = {"RGBA", "LA", "PA", "RGBa", "La"}
_DEEP = {"I;16", "I;16L", "I;16B", "I;16N", "I", "F"}


class PictureError(ValueError):
    """A picture cannot be read; the message says why, and the caller knows which one it is."""


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


def measure(source: Path | bytes) -> tuple[int, int, bool]:
    """Read a picture's height, width and whether it has colour, from its header alone.

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
            return height, width, image.mode not in {"1", "L", "LA", "La", *_DEEP}
    except PictureError:
        raise
    except Exception as error:  # see decode
        raise PictureError(_why(error)) from None


def decode(source: Path | bytes, size: tuple[int, int], channels: int) -> np.ndarray:
    """Decode a picture to pixels: (H, W, C) uint8.

    It is turned as its EXIF data say; transparency is laid on white; 16-bit grey is brought to 8 bits by
    the range that its values show (8, 12 or 16 bits); palette, CMYK and the like become RGB.

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
            flat = _eight_bits(turned, channels)
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


def _eight_bits(image: Pillow.Image, channels: int) -> Pillow.Image:
    if image.mode in _DEEP:
        values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0.0, neginf=0.0)
        most = float(values.max(initial=0.0))
        # The nearest usual depth: 8-bit values in a deep file, a 12-bit sensor, or the full range.
        full = (
            1.0
            if image.mode == "F" and most <= 1
            else 255.0
            if most < 256
            else 4095.0
            if most < 4096
            else max(65535.0, most)
        )
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
