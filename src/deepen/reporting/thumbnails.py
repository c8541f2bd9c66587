"""Small copies of pictures, as the bytes of a file: each in whichever form is smallest.

Legend: H height, W width, C channels.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from deepen.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Thumbnail", "encoded", "smaller"]

_QUALITY = 80  # of WebP, from 0 to 100: where photographs of 128 pixels look unharmed (assumed)
_MOST_PIXELS = 50_000_000  # of a picture that is read again: what a plot of ours never reaches


@dataclass(frozen=True)
class Thumbnail:
    """A picture as the bytes of a file.

    Parameters
    ----------
    form
        ``png`` or ``webp``.
    data
        The bytes.
    width, height
        In pixels.
    """

    form: str
    data: bytes
    width: int
    height: int


def encoded(pixels: np.ndarray, *, side: int) -> Thumbnail:
    """Write pixels as a small picture.

    Parameters
    ----------
    pixels
        (H, W, C) uint8; of two or more than four channels the first is shown.
    side
        How many pixels the longer side may have.

    Examples
    --------
    >>> small = encoded(np.zeros((300, 200, 3), np.uint8), side=96)
    >>> small.form in ("png", "webp"), small.width, small.height
    (True, 64, 96)
    """
    from PIL import Image

    channels = pixels.shape[-1]
    shown = pixels if channels in (3, 4) else pixels[..., 0]
    return _written(Image.fromarray(np.ascontiguousarray(shown)), side)


def smaller(data: bytes, *, side: int, where: object = "a picture") -> Thumbnail:
    """Read a picture's bytes and write it with a longer side of at most ``side`` pixels.

    Raises
    ------
    DataError
        If the bytes are no picture.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise DataError("has too many pixels to be shown", where=where)
            image.load()
            return _written(image, side)
    except (OSError, ValueError, SyntaxError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"is no picture that can be read: {error}", where=where) from None


def _written(image: Image, side: int) -> Thumbnail:
    """Scale down, never up, and take the smallest form; few-coloured ones stay exact as PNG."""
    from PIL import features

    if image.mode not in ("L", "RGB", "RGBA"):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    image.thumbnail((side, side))
    written = {}
    with io.BytesIO() as file:
        image.save(file, "PNG", optimize=True)
        written["png"] = file.getvalue()
    if features.check("webp"):
        with io.BytesIO() as file:
            image.save(file, "WEBP", quality=_QUALITY, method=6)
            written["webp"] = file.getvalue()
    form = min(written, key=lambda name: len(written[name]))
    return Thumbnail(form, written[form], image.width, image.height)
