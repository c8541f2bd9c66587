"""Pictures: as file names, as bytes, or as arrays; encoded as pixels of one size.

Legend: N rows, B examples in a batch, H height, W width, C channels.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa

from deepen.data.columns import Column, is_text
from deepen.data.pictures import PictureError, decode, measure
from deepen.errors import DataError

__all__ = ["Image", "Sources"]

_SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".jfif", ".avif",
)  # fmt: skip
_LOOK_AT = 1000  # headers read to choose the size: the median of so many is sure to a few per cent
_LARGEST = (
    128  # pixels a side unless asked for: without pretraining, more costs time that accuracy needs (assumed)
)


class Sources:
    """The pictures of a column, whatever they are given as, one at a time.

    Parameters
    ----------
    column
        File names, bytes, structs with ``bytes`` and ``path``, or an array of pixels.
    folder
        What relative file names stand relative to.
    """

    def __init__(self, column: Column, folder: Path | None) -> None:
        self.array = _as_pixels(column) if isinstance(column, np.ndarray) else None
        self._column, self._folder = column, folder

    def __len__(self) -> int:
        return len(self._column)

    def __getitem__(self, row: int) -> Path | bytes | None:
        value = self._column[row].as_py()
        if isinstance(value, dict):
            value = value.get("bytes") or value.get("path")
        if isinstance(value, str):
            return self._folder / value if self._folder else Path(value)
        return value  # type: ignore[no-any-return]

    def name(self, row: int) -> str:
        """What messages call this picture."""
        value = None if self.array is not None else self._column[row].as_py()
        return value if isinstance(value, str) else f"picture {row + 1}"


def _as_pixels(array: np.ndarray) -> np.ndarray:
    """Bring an array to (N, H, W, C) uint8."""
    if array.ndim == 3:
        array = array[..., None]
    if array.shape[-1] not in (1, 3, 4) and array.shape[1] in (1, 3, 4):
        array = np.moveaxis(array, 1, -1)
    if array.shape[-1] == 4:
        array = array[..., :3]
    if array.shape[-1] not in (1, 3):
        raise DataError("pictures need 1, 3 or 4 channels", came=f"an array of shape {array.shape}")
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    low, high = float(np.min(array)), float(np.max(array))
    if not np.isfinite([low, high]).all():
        raise DataError("an infinite or missing value in an array of pictures", came=f"{low} to {high}")
    if np.issubdtype(array.dtype, np.integer) and low >= 0 and high <= 255:
        return array.astype(np.uint8)
    low = min(low, 0.0)
    high = 1.0 if low == 0 and high <= 1 else 255.0 if low == 0 and high <= 255 else high
    return np.clip((array - low) * (255.0 / max(high - low, 1e-12)), 0, 255).round().astype(np.uint8)


@dataclass(frozen=True)
class Image:
    """A column of pictures, as fitted on the training part.

    Encoded as uint8 pixels (N, H, W, C); a batch is brought to mean 0 and deviation 1 on its device, by
    the channel means and deviations of the training part.
    """

    height: int
    width: int
    channels: int
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    name: ClassVar[str] = "image"

    @classmethod
    def claims(cls, column: Column) -> str | None:
        """Say why the column holds pictures, or None if it does not."""
        if isinstance(column, np.ndarray):
            return "pixels" if column.ndim in (3, 4) else None
        kind = column.type
        if pa.types.is_struct(kind) and {f.name for f in kind} >= {"bytes"}:
            return "bytes of files"
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            return "bytes of files"
        if is_text(column):
            some = [v for v in column.drop_null().slice(0, 20).to_pylist() if v]
            if some and all(v.lower().endswith(_SUFFIXES) for v in some):
                return "names of files"
        return None

    @classmethod
    def fit(cls, sources: Sources, rows: np.ndarray, *, side: int | None = None) -> Self:
        """Choose height, width and channels from the training part's pictures.

        Parameters
        ----------
        rows
            The training part.
        side
            The longer side in pixels, if the user or the clock has set it.
        """
        if sources.array is not None:
            _, height, width, channels = sources.array.shape
            sizes = [(height, width, channels == 3)]
        else:
            some = rows if len(rows) <= _LOOK_AT else rows[:: -(-len(rows) // _LOOK_AT)]
            sizes = list(_headers(sources, some))
        if not sizes:
            raise DataError(
                "none of the pictures can be read", came=f"{sources.name(int(rows[0]))} and others"
            )
        height, width = (int(np.median([s[i] for s in sizes])) for i in (0, 1))
        channels = 3 if any(s[2] for s in sizes) else 1
        longest = side or min(_LARGEST, max(height, width))
        scale = longest / max(height, width)
        # Photographs come upright and lying down; only where one shape rules is it kept.
        shapes = {(s[0] > s[1]) - (s[0] < s[1]) for s in sizes}
        if len(shapes) > 1:
            return cls(longest, longest, channels)
        return cls(max(4, round(height * scale)), max(4, round(width * scale)), channels)

    def encode_into(
        self,
        sources: Sources,
        out: np.ndarray,
        *,
        workers: int,
        stop: Callable[[], bool],
        progress: Callable[[int, int], None],
    ) -> dict[int, str]:
        """Decode every picture into ``out`` (N, H, W, C), in parallel.

        Returns
        -------
        dict
            Row and reason of each that could not be read; its pixels stay zero.
        """
        size = self.height, self.width
        if sources.array is not None and sources.array.shape[1:3] == size:
            for at in range(0, len(out), 4096):
                out[at : at + 4096] = _channels(sources.array[at : at + 4096], self.channels)
            return {}

        def one(row: int) -> str | None:
            try:
                out[row] = self._pixels(sources, row)
            except PictureError as error:
                return str(error)
            return None

        bad: dict[int, str] = {}
        # Pillow lets go of the interpreter while it decodes, so threads decode in parallel.
        with ThreadPoolExecutor(workers) as pool:
            for first in range(0, len(out), 512):
                if stop():
                    break
                block = range(first, min(first + 512, len(out)))
                for row, why in zip(block, pool.map(one, block), strict=True):
                    if why:
                        bad[row] = why
                progress(block.stop, len(out))
        return bad

    def _pixels(self, sources: Sources, row: int) -> np.ndarray:
        if sources.array is not None:
            from PIL import Image as Pillow

            from deepen.data.pictures import resize

            pixels = _channels(sources.array[row], self.channels)
            made = Pillow.fromarray(pixels if self.channels == 3 else pixels[..., 0])
            return resize(made, (self.height, self.width), self.channels)
        source = sources[row]
        if source is None:
            raise PictureError("there is no picture")
        return decode(source, (self.height, self.width), self.channels)

    def with_statistics(self, pixels: np.ndarray, rows: np.ndarray) -> Image:
        """Add the channel means and deviations of the training part's pixels."""
        some = rows if len(rows) <= 4096 else rows[:: -(-len(rows) // 4096)]
        sample = np.asarray(pixels[np.sort(some)], dtype=np.float64)
        mean = sample.mean(axis=(0, 1, 2)) if len(sample) else np.zeros(self.channels)
        std = sample.std(axis=(0, 1, 2)) if len(sample) else np.ones(self.channels)
        return Image(
            self.height, self.width, self.channels, tuple(mean.tolist()), tuple(np.maximum(std, 1.0).tolist())
        )

    def to_dict(self) -> dict[str, Any]:
        """Write as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read from plain data."""
        return cls(**{**data, "mean": tuple(data["mean"]), "std": tuple(data["std"])})


def _headers(sources: Sources, rows: np.ndarray) -> Iterator[tuple[int, int, bool]]:
    for row in itertools.islice(rows, _LOOK_AT):
        source = sources[int(row)]
        if source is not None:
            try:
                yield measure(source)
            except PictureError:
                continue  # encode_into reports it, with its reason


def _channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    """Make grey pixels coloured or coloured ones grey (ITU-R 601 luma)."""
    if pixels.shape[-1] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels, 3, axis=-1)
    return (pixels @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8)[..., None]
